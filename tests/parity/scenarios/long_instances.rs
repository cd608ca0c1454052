//! Has no instances, and then such as are too long: 128 bytes, of which the last two are one character.

use collectd::Name;
use collectd::prelude::*;

pub(crate) struct LongInstances;

impl Plugin for LongInstances {
    const NAME: &'static str = "long_instances";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(LongInstances)
    }
}

impl Read for LongInstances {
    fn read(&self) -> Result {
        Values::new("gauge").gauge(1.0).dispatch()?;
        let long = "x".repeat(126) + "ü";
        if let Err(error) = Values::new("gauge").type_instance(&long).gauge(2.0).dispatch() {
            log::info!("{error}");
        }
        Values::new("gauge").type_instance(Name::truncated(&long).as_bytes()).gauge(2.0).dispatch()?;
        Ok(())
    }
}
