//! Uses a type that types.db does not have, and none at all.

use collectd::prelude::*;

pub(crate) struct UnknownType;

impl Plugin for UnknownType {
    const NAME: &'static str = "unknown_type";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(UnknownType)
    }
}

impl Read for UnknownType {
    fn read(&self) -> Result {
        // Not before the dispatch: value lists are also made where there is no daemon.
        for (what, type_) in [("dispatched with it", "no_such_type"), ("without", "")] {
            if let Err(error) = Values::new(type_).gauge(1.0).dispatch() {
                log::info!("{what}: {error}");
            }
        }
        Ok(())
    }
}
