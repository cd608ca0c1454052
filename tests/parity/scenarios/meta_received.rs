//! What a write callback gets of meta data.

use collectd::MetaValueRef;
use collectd::prelude::*;

pub(crate) struct MetaReceived;

impl Plugin for MetaReceived {
    const NAME: &'static str = "meta_received";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(MetaReceived)
    }
}

impl Read for MetaReceived {
    fn read(&self) -> Result {
        let values = Values::new("gauge").gauge(1.0).meta("text", "té").meta("int", -7);
        values.meta("unsigned", 7u8).meta("double", 0.25).meta("yes", true).dispatch()?;
        Ok(())
    }
}

impl Write for MetaReceived {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        if values.plugin() != Self::NAME {
            return Ok(());
        }
        for (key, value) in values.meta().to_meta().iter() {
            let python = match value {
                MetaValueRef::String(_) => "str",
                MetaValueRef::Signed(_) => "Signed",
                MetaValueRef::Unsigned(_) => "Unsigned",
                MetaValueRef::Double(_) => "float",
                MetaValueRef::Boolean(_) => "bool",
                _ => "something new",
            };
            log::info!("{key} {python} {value}");
        }
        Ok(())
    }
}
