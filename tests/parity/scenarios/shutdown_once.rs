//! Says good bye.

use collectd::prelude::*;

pub(crate) struct ShutdownOnce;

impl Plugin for ShutdownOnce {
    const NAME: &'static str = "shutdown_once";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ShutdownOnce)
    }
}

impl Shutdown for ShutdownOnce {
    fn shutdown(&self) -> Result {
        log::info!("shutdown");
        Ok(())
    }
}

impl Drop for ShutdownOnce {
    fn drop(&mut self) {
        log::info!("gone");
    }
}
