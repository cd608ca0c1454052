//! What a dispatch returns when all is well.

use collectd::prelude::*;

pub(crate) struct DispatchResult;

impl Plugin for DispatchResult {
    const NAME: &'static str = "dispatch_result";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(DispatchResult)
    }
}

impl Read for DispatchResult {
    fn read(&self) -> Result {
        let result = Values::new("gauge").gauge(1.0).dispatch();
        log::info!("{result:?}");
        Ok(())
    }
}
