//! Fails at the end.

use collectd::prelude::*;

pub(crate) struct ShutdownFails;

impl Plugin for ShutdownFails {
    const NAME: &'static str = "shutdown_fails";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ShutdownFails)
    }
}

impl Shutdown for ShutdownFails {
    fn shutdown(&self) -> Result {
        Err(Error::msg("too late"))
    }
}
