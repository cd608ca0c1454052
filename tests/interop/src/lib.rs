//! Holds [`Reader`](collectd_net::Reader) and [`Writer`](collectd_net::Writer) against other implementations of
//! collectd's protocol, over loopback and between network namespaces.
//!
//! Each peer is a program of its own: the daemon with its `network` plugin, libcollectdclient, go-collectd, InfluxDB,
//! collectd-tg. What they send and get is written as [`List`]s, to the last bit, and compared. The tests are one
//! file per peer; a test that shows a defect of a peer says so in its name.

#![forbid(unsafe_code)]

mod c_daemon;
mod influxdb;
mod list;
mod net_namespace;
mod ours;
mod peers;
mod program;
pub mod sample;
mod security;

pub use c_daemon::{CDaemon, Note};
pub use influxdb::{InfluxDb, Point, points_of_list};
pub use list::{List, assert_same, sorted};
pub use net_namespace::{Namespace, Pair, as_root, ip};
pub use ours::{listen, receive, receive_no_more, send, send_all, send_large, send_notification};
pub use peers::{go, lcc, stock};
pub use program::Program;
pub use security::{PASSWORD, Security, USER};

/// For what healthy programs do in a fraction of a second, on a machine that is busy.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
