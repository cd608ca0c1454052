//! Logs with the `tracing` crate: its feature `log` is all it takes.
#![forbid(unsafe_code)]

use collectd::prelude::*;

struct Events;

impl Plugin for Events {
    const NAME: &'static str = "tracing_events";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        tracing::info!(answer = 42, "100% made %s");
        Ok(Events)
    }
}

impl Read for Events {
    fn read(&self) -> Result {
        tracing::error!("as error");
        tracing::warn!("as warning");
        tracing::info!(device = "sda", "as info");
        tracing::debug!("as debug");
        tracing::trace!("as trace");
        let context = collectd::context::Context::current();
        let thread = std::thread::spawn(move || context.run(|| tracing::info!("from a thread")));
        thread.join().map_err(|_| Error::msg("the thread panicked"))
    }
}

collectd::plugin!(Events: Read);
