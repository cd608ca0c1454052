//! Names of meta data that are equal but for case.

use collectd::prelude::*;

pub(crate) struct MetaNames;

impl Plugin for MetaNames {
    const NAME: &'static str = "meta_names";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(MetaNames)
    }
}

impl Read for MetaNames {
    fn read(&self) -> Result {
        let list = format!("{:?}", [1, 2]);
        Values::new("gauge").gauge(1.0).meta("key", 1).meta("KEY", 2).meta("list", list).dispatch()?;
        Ok(())
    }
}
