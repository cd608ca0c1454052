//! Cannot start.

use collectd::prelude::*;

pub(crate) struct InitFails;

impl Plugin for InitFails {
    const NAME: &'static str = "init_fails";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Err(Error::msg("nothing to measure"))
    }
}

impl Read for InitFails {
    fn read(&self) -> Result {
        Values::new("gauge").gauge(1.0).dispatch()?;
        Ok(())
    }
}
