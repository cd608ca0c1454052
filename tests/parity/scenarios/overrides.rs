//! What is set on a clone holds for one dispatch; the original stays as it is.

use collectd::prelude::*;

pub(crate) struct Overrides;

impl Plugin for Overrides {
    const NAME: &'static str = "overrides";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Overrides)
    }
}

impl Read for Overrides {
    fn read(&self) -> Result {
        let values = Values::new("gauge").type_instance("kept");
        values.clone().type_instance("once").gauge(2.0).meta("b", 2).interval(Interval::from_secs(5)).dispatch()?;
        values.gauge(1.0).meta("a", 1).dispatch()?;
        Ok(())
    }
}
