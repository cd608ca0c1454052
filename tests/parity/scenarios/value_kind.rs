//! Values have a kind that is checked; numbers become what types.db says of their data source.

use collectd::data_set;
use collectd::prelude::*;

pub(crate) struct ValueKind;

impl Plugin for ValueKind {
    const NAME: &'static str = "value_kind";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ValueKind)
    }
}

impl Read for ValueKind {
    fn read(&self) -> Result {
        Values::new("counter").counter(u64::MAX).dispatch()?;
        Values::new("derive").derive(-3).dispatch()?;
        Values::new("absolute").absolute(9).dispatch()?;
        Values::new("gauge").gauge(0.1).dispatch()?;
        Values::new("gauge").type_instance("nan").gauge(f64::NAN).dispatch()?;
        Values::new("gauge").type_instance("inf").gauge(f64::NEG_INFINITY).dispatch()?;
        if let Err(error) = Values::new("if_octets").gauges([1.9, 2.0]).dispatch() {
            log::info!("{error}");
        }
        let find = |type_| data_set::find(type_).ok_or_else(|| Error::msg("no such type"));
        find("if_octets")?.values([1.9, 2.0])?.dispatch()?;
        if let Err(error) = find("counter")?.values([-1.0]) {
            log::info!("{error}");
        }
        Ok(())
    }
}
