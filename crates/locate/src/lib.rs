//! Finds the collectd that is installed: the daemon, the directory of its plugins, its types.db.
#![forbid(unsafe_code)]

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where programs are that a plain user does not have in `PATH`.
const SBIN: [&str; 4] = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/collectd/sbin"];

/// Something of collectd that is not where it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// No daemon.
    #[error("collectd not found: install the package collectd-core (Debian, Ubuntu) or collectd (Fedora)")]
    NoDaemon,
    /// The daemon that was named, or found, cannot be asked for its directories.
    #[error("cannot run {program} -h", program = .0.display())]
    NotRunnable(PathBuf, #[source] io::Error),
    /// Its help names no such directory.
    #[error("{program} -h names no plugin directory:\n{help}", program = .0.display(), help = .1)]
    NoPluginDir(PathBuf, String),
    /// No types.db where packages and `make install` put it.
    #[error("no share/collectd/types.db: install the package collectd-core (Debian, Ubuntu) or collectd (Fedora)")]
    NoTypesDb,
}

/// A daemon, and what it says of itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Collectd {
    /// The program.
    pub program: PathBuf,
    /// Where it looks for plugins unless it is told otherwise.
    pub plugin_dir: PathBuf,
    /// As `5.12.0`, if it says.
    pub version: Option<String>,
}

impl Collectd {
    /// Finds the daemon and asks it.
    ///
    /// # Errors
    ///
    /// If there is none, or it does not say where its plugins are.
    pub fn find() -> Result<Self, LocateError> {
        Collectd::ask(collectd()?)
    }

    /// Asks this one.
    ///
    /// # Errors
    ///
    /// If it does not say where its plugins are.
    pub fn ask(program: PathBuf) -> Result<Self, LocateError> {
        let help = Command::new(&program).arg("-h").stdin(Stdio::null()).output();
        let help = match help {
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Err(error) => return Err(LocateError::NotRunnable(program, error)),
        };
        let dir = help.lines().find_map(|line| line.trim_start().strip_prefix("Plugin directory"));
        let Some(dir) = dir else { return Err(LocateError::NoPluginDir(program, help)) };
        let version = help.lines().find_map(|line| line.strip_prefix("collectd ")?.split(',').next());
        let version = version.map(str::to_owned);
        Ok(Collectd { plugin_dir: dir.trim().into(), program, version })
    }

    /// The types.db that comes with it.
    ///
    /// # Errors
    ///
    /// If there is none where packages and `make install` put it.
    pub fn types_db(&self) -> Result<PathBuf, LocateError> {
        let prefix = self.program.parent().and_then(Path::parent).unwrap_or(Path::new("/usr"));
        let mut files = [prefix, Path::new("/usr")].into_iter().map(|prefix| prefix.join("share/collectd/types.db"));
        files.find(|path| path.exists()).ok_or(LocateError::NoTypesDb)
    }
}

/// The daemon: `$COLLECTD`, or the first in `PATH` and the sbin directories.
///
/// # Errors
///
/// If there is none.
pub fn collectd() -> Result<PathBuf, LocateError> {
    if let Some(path) = env::var_os("COLLECTD").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    program("collectd").ok_or(LocateError::NoDaemon)
}

/// A program in `PATH` or in the sbin directories, which the `PATH` of a plain user lacks.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let sbin = SBIN.map(PathBuf::from);
    env::split_paths(&path).chain(sbin).map(|dir| dir.join(name)).find(|path| path.is_file())
}
