//! Logs what it has to write and to flush, and how much it was.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collectd::prelude::*;

#[derive(Default)]
pub(crate) struct Ledger(AtomicUsize);

impl Plugin for Ledger {
    const NAME: &'static str = "ledger";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Ledger::default())
    }
}

impl Write for Ledger {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let meta = values.meta().to_meta();
        // What others add to value lists on their way, and the daemon itself, is not the plugin's.
        log::info!("{values} every {} {:?}", values.interval().as_secs_f64(), meta.value("index"));
        self.0.fetch_add(1, Ordering::Relaxed);
        if values.type_instance() == "bad" { Err(Error::msg("no \"bad\" ones")) } else { Ok(()) }
    }
}

impl Flush for Ledger {
    fn flush(&self, older_than: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        log::info!("flush {older_than:?} {:?}", identifier.map(ToString::to_string));
        Ok(())
    }
}

impl Shutdown for Ledger {
    fn shutdown(&self) -> Result {
        log::info!("{} written", self.0.load(Ordering::Relaxed));
        Ok(())
    }
}
