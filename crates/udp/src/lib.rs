//! UDP sockets as collectd's network protocol uses them: resolving names, multicast groups, many
//! datagrams per system call. It knows nothing of what is in the datagrams.
//!
//! * [`Endpoint`], [`resolve`] and [`resolve_listen`] turn what people write into addresses.
//! * [`Sender`] is a socket connected to one address; [`Sender::send_batch`] sends many datagrams.
//! * [`Receiver`] is a set of bound sockets; [`Receiver::recv_batch`] receives many datagrams,
//!   [`Receiver::recv_batch_mut`] lets them be changed where they lie.
//!
//! ```
//! use std::time::Duration;
//! use collectd_udp::{Listen, Receiver, SendOptions, Sender};
//!
//! let mut receiver = Receiver::builder().listen(Listen::new(([127, 0, 0, 1], 0).into())).bind()?;
//! let mut sender = Sender::connect(receiver.local_addrs()[0], &SendOptions::default())?;
//! sender.send_batch(&["one", "two"])?;
//!
//! let batch = receiver.recv_batch(Some(Duration::from_secs(5)))?;
//! assert_eq!(batch.iter().next().unwrap().data, b"one");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! On Linux a batch is one system call (`sendmmsg`, `recvmmsg`). Elsewhere, and on a kernel that
//! lacks these calls, it is a loop over single calls with the same results.
//!
//! The crate has no threads of its own. [`resolve`] blocks as long as the system's resolver does;
//! sending and receiving never wait longer than they are told.

mod addr;
mod batch_mut;
mod error;
mod interface;
mod listen;
mod receiver;
mod resolve;
mod sender;
mod slots;
mod sys;
mod waker;

pub use addr::{Endpoint, EndpointError, GROUP_V4, GROUP_V6, PORT};
pub use batch_mut::{BatchMut, DatagramMut};
pub use error::{BindError, OpenError, RecvError, SendError};
pub use interface::{Interface, InterfaceError};
pub use listen::Listen;
pub use receiver::{Builder, DEFAULT_BUFFER_SIZE, Receiver};
pub use resolve::{ResolveError, resolve, resolve_listen};
pub use sender::{SendOptions, Sender, Sent, sends_segments};
pub use slots::{Batch, Datagram, Datagrams, MAX_DATAGRAM_SIZE};
pub use sys::BATCH_SIZE;
pub use waker::{Sleeper, Waited, Waker};
