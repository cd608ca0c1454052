//! Libraries that are preloaded into daemons, from `tests/c`.

use std::path::{Path, PathBuf};
use std::process::Command;

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
