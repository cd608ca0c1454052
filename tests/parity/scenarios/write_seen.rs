//! Logs every field of a value list.

use collectd::prelude::*;

pub(crate) struct WriteSeen;

impl Plugin for WriteSeen {
    const NAME: &'static str = "write_seen";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(WriteSeen)
    }
}

impl Write for WriteSeen {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        if values.plugin() != Self::NAME {
            return Ok(());
        }
        let names = values.identifier().names().map(|name| name.to_string()).join("|");
        let (time, interval) = (values.time().as_secs_f64(), values.interval().as_secs_f64());
        let numbers: Vec<_> = values.values().map(|value| value.to_string()).collect();
        let entries = values.meta().to_meta().len();
        log::info!("{names} {time:?} {interval:?} {} {entries} of meta data", numbers.join(" "));
        Ok(())
    }
}
