//! Every kind of meta data.

use collectd::prelude::*;

pub(crate) struct MetaKinds;

impl Plugin for MetaKinds {
    const NAME: &'static str = "meta_kinds";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(MetaKinds)
    }
}

impl Read for MetaKinds {
    fn read(&self) -> Result {
        let values = Values::new("gauge").gauge(1.0);
        let all =
            values.clone().meta("text", "tä\"xt").meta("int", 7).meta("negative", i64::MIN).meta("large", 1u64 << 63);
        let all =
            all.meta("signed", 5i64).meta("unsigned", 5u64).meta("double", 0.5).meta("yes", true).meta("no", false);
        all.dispatch()?;
        values.type_instance("none").dispatch()?;
        Ok(())
    }
}
