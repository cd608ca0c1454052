//! Sets nothing but a type, a value, and a type instance to be found by.

use collectd::prelude::*;

pub(crate) struct LeftOut;

impl Plugin for LeftOut {
    const NAME: &'static str = "left_out";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(LeftOut)
    }
}

impl Read for LeftOut {
    fn read(&self) -> Result {
        Values::new("gauge").type_instance("left_out").gauge(1.5).dispatch()?;
        let empty = Values::new("gauge").type_instance("left_out_too").gauge(2.5);
        empty.host("").plugin("").time(Time::UNSET).interval(Interval::UNSET).dispatch()?;
        Ok(())
    }
}
