//! Asks others to flush.

use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct FlushAsked;

impl Plugin for FlushAsked {
    const NAME: &'static str = "flush_asked";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(FlushAsked)
    }
}

impl Read for FlushAsked {
    fn read(&self) -> Result {
        let of = |type_instance| format!("testhost/flush_asked/gauge-{type_instance}").parse();
        collectd::flush(Some("recorder"), Some(Duration::from_secs(5)), Some(&of("a")?));
        collectd::flush(Some("recorder"), None, Some(&of("b")?));
        collectd::flush(None, None, Some(&of("c")?));
        collectd::flush(Some("somebody_else"), None, Some(&of("d")?));
        Ok(())
    }
}
