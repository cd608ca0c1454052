//! Libraries that are preloaded into daemons, from `tests/c`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use collectd_test_daemon::Builder;
use tempfile::TempDir;

/// Builds `c/NAME.c`, and puts it into a directory.
pub(crate) fn build(name: &str, dir: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/c/{name}.c"));
    let so = dir.join(format!("{name}.so"));
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&so).arg(source);
    let output = cc.arg("-ldl").output().unwrap_or_else(|error| panic!("cannot run {cc:?}: {error}"));
    assert!(output.status.success(), "{cc:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    so
}

/// What can go wrong in a daemon, see `c/inject.c`; a directory with its switches.
pub(crate) struct Injections {
    dir: TempDir,
}

impl Injections {
    pub(crate) fn new() -> Injections {
        let dir = tempfile::tempdir().expect("a temporary directory");
        build("inject", dir.path());
        Injections { dir }
    }

    /// Has a daemon look here.
    pub(crate) fn preload(&self, builder: Builder) -> Builder {
        builder.env("LD_PRELOAD", self.dir.path().join("inject.so")).env("INJECT", self.dir.path())
    }

    pub(crate) fn begin(&self, name: &str) {
        fs::write(self.dir.path().join(name), "").expect("a temporary directory is writable");
    }

    /// Whether it is still to happen, or goes on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.dir.path().join(name).exists()
    }

    pub(crate) fn end(&self, name: &str) {
        let _gone = fs::remove_file(self.dir.path().join(name));
    }
}

/// What names of hosts stand for, see `c/hosts.c`.
pub(crate) struct Hosts {
    dir: TempDir,
}

impl Hosts {
    /// Of lines with a name and its addresses.
    pub(crate) fn new(lines: &str) -> Hosts {
        let dir = tempfile::tempdir().expect("a temporary directory");
        build("hosts", dir.path());
        fs::write(dir.path().join("hosts"), lines).expect("a temporary directory is writable");
        Hosts { dir }
    }

    /// Has a daemon ask here.
    pub(crate) fn preload(&self, builder: Builder) -> Builder {
        builder.env("LD_PRELOAD", self.dir.path().join("hosts.so")).env("HOSTS", self.dir.path().join("hosts"))
    }
}
