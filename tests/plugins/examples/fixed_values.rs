//! Under construction.
#![forbid(unsafe_code)]

use collectd::prelude::*;

struct FixedValues;

impl Plugin for FixedValues {
    const NAME: &'static str = "fixed_values";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(FixedValues)
    }
}

impl Read for FixedValues {
    fn read(&self) -> Result {
        Values::new("gauge").gauge(1.0).dispatch()?;
        Ok(())
    }
}

collectd::plugin!(FixedValues: Read);
