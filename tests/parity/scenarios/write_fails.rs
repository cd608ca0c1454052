//! A writer that fails each time.

use collectd::prelude::*;

pub(crate) struct WriteFails;

impl Plugin for WriteFails {
    const NAME: &'static str = "write_fails";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(WriteFails)
    }
}

impl Write for WriteFails {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        if values.plugin() == Self::NAME || values.plugin() == "recorder" {
            log::info!("asked to write {}", values.type_instance());
            return Err(Error::msg(format_args!("no room for {}", values.type_instance())));
        }
        Ok(())
    }
}
