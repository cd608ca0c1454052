//! The crate's own tests, by cargo.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::process::Stdio;

use anyhow::Context;

use super::report::{Outcome, Problem};
use crate::project::Project;
use crate::shell::Shell;

const HELP: &str = "mend what stands above; `cargo test` runs them alone, and `cargo collectd test -- NAME` only those \
                    with that name";

pub(super) fn run(project: &Project, args: &[OsString], shell: &Shell) -> anyhow::Result<Outcome> {
    let mut command = project.command("test");
    command.args(["--color", shell.color_argument()]).args(args).stdin(Stdio::null());
    if shell.is_json() {
        // Standard output is for a program.
        let stderr = io::stderr().as_fd().try_clone_to_owned().context("cannot use standard error")?;
        command.stdout(stderr);
    }
    let status = command.status().context("cannot run cargo")?;
    if status.success() {
        return Ok(Outcome::Fine(String::new()));
    }
    Ok(Outcome::Failed(vec![Problem { text: format!("cargo test: {status}"), help: HELP.to_owned() }]))
}
