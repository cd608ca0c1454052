//! Reads and writes collectd's network protocol: sockets, multicast groups, security, batches.
//!
//! What any collectd on the local network sends to the default groups, one line for each value list and
//! notification:
//!
//! ```no_run
//! for item in collectd_net::Reader::new()? {
//!     println!("{}", item?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! And values for any collectd that listens:
//!
//! ```no_run
//! use collectd_net::{Values, Writer};
//!
//! let mut writer = Writer::new("collectd.example.org")?;
//! writer.send(&Values::new("load").plugin("load").gauges([0.5, 0.4, 0.3]))?;
//! writer.flush()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading
//!
//! [`Reader::builder`] listens on several groups and addresses of both families at once, and demands what security
//! it is told to:
//!
//! ```no_run
//! use collectd_net::{Reader, SecurityLevel};
//!
//! let reader = Reader::builder()
//!     .join("239.192.74.66")
//!     .join("ff18::efc0:4a42")
//!     .listen("192.0.2.7:25827")
//!     .interface("eth0")
//!     .auth_file("/etc/collectd/passwd")
//!     .security_level(SecurityLevel::Sign)
//!     .build()?;
//! for warning in reader.warnings() {
//!     eprintln!("warning: {warning}");
//! }
//! for item in reader {
//!     let item = item?;
//!     if item.host().contains("foobar") && item.plugin() == "swap" {
//!         println!("{item}");
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The iterator yields owned [`Item`]s. Where that is too slow, [`Reader::receive`] hands out whole batches of
//! packets with items that borrow from them.
//!
//! # Writing
//!
//! [`Writer::builder`] sends the same to several [`Server`]s, to each with its own security:
//!
//! ```no_run
//! use std::time::Duration;
//! use collectd_net::{Server, Writer};
//!
//! let writer = Writer::builder()
//!     .server(Server::new("a.example.org").encrypt("alice", "w0nderl4nd"))
//!     .server(Server::new("239.192.74.66").ttl(4).interface("eth0"))
//!     .linger(Duration::from_millis(200))
//!     .build()?;
//! # Ok::<(), collectd_net::OpenWriterError>(())
//! ```
//!
//! The crate has no threads. It never logs: what is worth knowing is returned.
#![forbid(unsafe_code)]

mod address;
mod item;
mod reader;
mod statistics;
mod writer;

pub use collectd_types::{
    Identifier, IdentifierRef, Interval, Meta, MetaRef, Name, NameRef, Notification, NotificationBuilder,
    NotificationRef, Severity, Time, Value, Values, ValuesRef,
};
pub use collectd_udp::{Endpoint, EndpointError, Interface, Sleeper, Waited, Waker};
pub use collectd_wire::{
    AuthFileError, DecodeError, DecodeErrorKind, EncodeError, KeyRing, SealError, Sealer, SecurityLevel,
};

pub use address::{Address, InterfaceId, UnknownInterface};
pub use item::{Content, ContentRef, Item, ItemRef};
pub use reader::{
    Batch, Items, Malformed, OpenReaderError, Packet, Packets, PacketsIter, ReadError, Reader, ReaderBuilder, Unpacker,
    Warning,
};
pub use statistics::ReaderStatistics;
pub use writer::{
    ItemError, ItemReason, Link, OpenWriterError, Outgoing, Server, ServerError, ServerErrors, ServerReason,
    ServerStatistics, Unsent, WriteError, Writer, WriterBuilder, WriterStatistics,
};
