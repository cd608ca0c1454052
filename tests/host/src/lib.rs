//! A fake collectd daemon, for tests of what is written against the real one.
//!
//! It comes as a library and as a program. Whoever links this crate (`use collectd_test_host as _;` is enough) has the daemon's
//! functions in the same process, and [`Host`] plays the daemon. [`Session`] starts the program, which loads plugins as the daemon
//! does. Both take the same commands and report the same [`Event`]s; `README.md` lists them.

mod host;
#[cfg(feature = "programs")]
mod session;

pub use collectd_reports::{Event, Meta};
pub use host::{Host, is_daemon_thread};
#[cfg(feature = "programs")]
pub use session::{Outcome, Release, Session, SessionBuilder, fake_collectd};
