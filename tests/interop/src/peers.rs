use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// The sources of the peers' programs.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("peers")
}

/// libcollectdclient, see `tests/peers/lcc_interop.c`.
///
/// # Panics
///
/// When it cannot be built; the message names the package to install.
#[must_use]
pub fn lcc() -> Command {
    static BUILT: OnceLock<TempDir> = OnceLock::new();
    let dir = BUILT.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut cc = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        cc.args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"]).arg(dir.path().join("lcc"));
        cc.arg(sources().join("lcc_interop.c")).arg("-lcollectdclient");
        build(&mut cc, "gcc and libcollectdclient-dev");
        dir
    });
    Command::new(dir.path().join("lcc"))
}

/// go-collectd, see `tests/peers/go/interop.go`. Built without modules from what is installed: nothing is fetched.
///
/// # Panics
///
/// When it cannot be built; the message names the packages to install.
#[must_use]
pub fn go() -> Command {
    static BUILT: OnceLock<TempDir> = OnceLock::new();
    let dir = BUILT.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let own = env::var_os("GOPATH").unwrap_or_default();
        let debian = PathBuf::from("/usr/share/gocode");
        let path = env::join_paths(env::split_paths(&own).filter(|path| path.is_absolute()).chain([debian]));
        let path = path.expect("paths that were joined before");
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(dir.path().join("go")).arg(sources().join("go/interop.go"));
        go.env("GO111MODULE", "off").env("GOPATH", path).env("GOPROXY", "off").env("GOFLAGS", "");
        go.env("CGO_ENABLED", "0").env("GOCACHE", dir.path().join("cache"));
        build(&mut go, "golang-go and golang-collectd-dev");
        dir
    });
    Command::new(dir.path().join("go"))
}

/// A program that is installed.
///
/// # Panics
///
/// When it is not; the message names the package to install.
#[must_use]
pub fn stock(program: &str, package: &str) -> Command {
    // The sbin directories are not in the PATH of a plain user.
    let path = env::var_os("PATH").unwrap_or_default();
    let mut dirs = env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    let found = dirs.find_map(|dir| Some(dir.join(program)).filter(|path| path.is_file()));
    Command::new(found.unwrap_or_else(|| panic!("{program} not found: install the package {package}")))
}

fn build(command: &mut Command, packages: &str) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {command:?} ({error}): install {packages}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}, which needs {packages}:\n{said}");
}
