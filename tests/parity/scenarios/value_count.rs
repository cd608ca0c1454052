//! Dispatches too few values, too many, and then what is right.

use collectd::prelude::*;

pub(crate) struct ValueCount;

impl Plugin for ValueCount {
    const NAME: &'static str = "value_count";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ValueCount)
    }
}

fn attempt(what: &str, values: &Values) {
    if let Err(error) = values.dispatch() {
        log::info!("{what}: {error}");
    }
}

impl Read for ValueCount {
    fn read(&self) -> Result {
        attempt("too few", &Values::new("load").gauge(1.0));
        attempt("too many", &Values::new("gauge").gauges([1.0, 2.0]));
        attempt("right", &Values::new("load").gauges([1.0, 2.0, 3.0]));
        Ok(())
    }
}
