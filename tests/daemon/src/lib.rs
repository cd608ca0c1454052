//! Runs the real collectd in tests: privately, in a temporary directory, ended with the test.
//!
//! [`Daemon::builder`] starts one and waits until it reads; [`Builder::run_once`] is `collectd -T`;
//! [`Builder::check_start_fails`] is for configurations that must be refused. [`cargo_build`] builds the plugins
//! to load, [`UdpSink`] receives what they send, and [`Report`] holds what valgrind said.
//!
//! ```no_run
//! use collectd_test_daemon::Daemon;
//!
//! let mut daemon = Daemon::builder().load("csv").load("uptime").start();
//! let rows = daemon.wait_rows("testhost/uptime/uptime", 1);
//! assert!(daemon.stop().success());
//! # drop(rows);
//! ```
//!
//! Nothing here skips: without collectd or valgrind a test fails, and says what to install.

mod builder;
pub mod cargo_build;
mod csv;
mod daemon;
mod locate;
mod once;
mod port;
mod pretend;
mod process;
mod udp;
mod unixsock;
mod wait;

pub use builder::Builder;
pub use collectd_reports::{Finding, Report};
pub use csv::Rows;
pub use daemon::Daemon;
pub use locate::{collectd, stock_plugin_dir, stock_types_db};
pub use once::{Outcome, check_start_fails, run_once};
pub use port::{free_tcp_port, free_udp_port, udp_queues};
pub use pretend::mount_namespace;
pub use udp::UdpSink;
pub use wait::wait_until;
