//! Runs a program that fails, and takes what it says.

use std::io::Read as _;
use std::process::{Command, Stdio};

use collectd::prelude::*;

pub(crate) struct ChildStatus;

impl Plugin for ChildStatus {
    const NAME: &'static str = "child_status";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ChildStatus)
    }
}

impl Read for ChildStatus {
    fn read(&self) -> Result {
        let mut child = Command::new("sh").args(["-c", "echo said; exit 3"]).stdout(Stdio::piped()).spawn()?;
        let mut said = String::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout.read_to_string(&mut said)?;
        }
        match child.wait() {
            Ok(status) => log::info!("{}, {status}", said.trim()),
            Err(error) => log::info!("{}, no status: {error}", said.trim()),
        }
        Ok(())
    }
}
