use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The collectd to test with: `$COLLECTD`, or the first in `PATH` and the sbin directories.
///
/// # Panics
///
/// When there is none; the message names the package to install.
#[must_use]
pub fn collectd() -> PathBuf {
    if let Some(path) = env::var_os("COLLECTD").filter(|path| !path.is_empty()) {
        return path.into();
    }
    find("collectd")
        .expect("collectd not found: install the package collectd-core (Debian, Ubuntu) or collectd (Fedora)")
}

/// Where the plugins are that come with the daemon, as `collectd -h` says.
///
/// # Panics
///
/// When there is no daemon, or it does not say.
pub fn stock_plugin_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let help = Command::new(collectd()).arg("-h").output().expect("collectd -h runs");
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        help.lines()
            .find_map(|line| line.trim_start().strip_prefix("Plugin directory"))
            .map(|dir| PathBuf::from(dir.trim()))
            .unwrap_or_else(|| panic!("collectd -h names no plugin directory:\n{help}"))
    })
}

/// The types.db that comes with the daemon.
///
/// # Panics
///
/// When there is none where packages and `make install` put it.
#[must_use]
pub fn stock_types_db() -> PathBuf {
    let daemon = collectd();
    let prefix = daemon.parent().and_then(Path::parent).unwrap_or(Path::new("/usr"));
    [prefix, Path::new("/usr")]
        .iter()
        .map(|prefix| prefix.join("share/collectd/types.db"))
        .find(|path| path.exists())
        .expect("no share/collectd/types.db: install the package collectd-core (Debian, Ubuntu) or collectd (Fedora)")
}

pub(crate) fn valgrind() -> PathBuf {
    find("valgrind").expect("valgrind not found: install the package valgrind")
}

/// `/usr/sbin` is not in the `PATH` of a plain user.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let sbin = ["/usr/sbin", "/usr/local/sbin", "/opt/collectd/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(sbin).map(|dir| dir.join(program)).find(|path| path.is_file())
}
