//! Strings with a NUL byte.

use collectd::prelude::*;

pub(crate) struct NulBytes;

impl Plugin for NulBytes {
    const NAME: &'static str = "nul_bytes";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(NulBytes)
    }
}

impl Read for NulBytes {
    fn read(&self) -> Result {
        if let Err(error) = Values::new("gauge").type_instance("a\0b").gauge(1.0).dispatch() {
            log::info!("{error}");
        }
        if let Err(error) = Values::new("gauge").meta("text", "a\0b").gauge(1.0).dispatch() {
            log::info!("{error}");
        }
        log::info!("a\0b");
        Ok(())
    }
}
