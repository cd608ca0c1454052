//! Names that are not UTF-8, both ways.

use collectd::prelude::*;

pub(crate) struct Undecodable;

impl Plugin for Undecodable {
    const NAME: &'static str = "undecodable";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Undecodable)
    }
}

impl Read for Undecodable {
    fn read(&self) -> Result {
        Values::new("gauge").type_instance(b"caf\xe9").gauge(1.0).dispatch()?;
        Ok(())
    }
}

impl Write for Undecodable {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        if values.plugin() == Self::NAME {
            let name = values.type_instance();
            log::info!("{name} {:?} {:?}", name.to_string_lossy(), name.as_bytes());
        }
        Ok(())
    }
}
