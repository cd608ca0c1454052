use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use collectd_locate::Collectd;

/// The collectd to test with: `$COLLECTD`, or the first in `PATH` and the sbin directories.
///
/// # Panics
///
/// When there is none; the message names the package to install.
#[must_use]
pub fn collectd() -> PathBuf {
    collectd_locate::collectd().unwrap_or_else(|error| panic!("{error}"))
}

/// Where the plugins are that come with the daemon, as `collectd -h` says.
///
/// # Panics
///
/// When there is no daemon, or it does not say.
pub fn stock_plugin_dir() -> &'static Path {
    &asked().plugin_dir
}

/// The types.db that comes with the daemon.
///
/// # Panics
///
/// When there is none where packages and `make install` put it.
#[must_use]
pub fn stock_types_db() -> PathBuf {
    asked().types_db().unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn valgrind() -> PathBuf {
    collectd_locate::program("valgrind").expect("valgrind not found: install the package valgrind")
}

fn asked() -> &'static Collectd {
    static ASKED: OnceLock<Collectd> = OnceLock::new();
    ASKED.get_or_init(|| Collectd::find().unwrap_or_else(|error| panic!("{error}")))
}
