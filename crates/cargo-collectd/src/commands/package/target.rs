//! Why nothing could be built for a target: cargo says it once for each crate, and not of the option.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the compiler lacks for it; `None` if that is not the reason.
pub(super) fn lacks(target: &str) -> Option<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let mut command = Command::new(rustc);
    command.args(["--print", "target-libdir", "--target", target]).stdin(Stdio::null());
    let output = command.output().ok()?;
    if !output.status.success() {
        return Some(format!(
            "--target {target}: the compiler knows no such target; `rustc --print target-list` says which it knows"
        ));
    }
    let dir = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_there = Path::new(dir.trim_end()).is_dir();
    (!is_there).then(|| {
        format!("--target {target}: Rust's library for it is not installed: `rustup target add {target}`, or your system's package")
    })
}
