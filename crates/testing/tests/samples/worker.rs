//! Has a thread that dispatches once, and is joined at the end.

use std::thread::JoinHandle;

use collectd::prelude::*;

pub(crate) struct Worker(std::sync::Mutex<Option<JoinHandle<()>>>);

impl Plugin for Worker {
    const NAME: &'static str = "worker";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        let thread = std::thread::Builder::new().name("worker".into()).spawn(|| {
            let values = Values::new("gauge").type_instance("thread").time(Time::from_secs(9)).gauge(9.0);
            log::info!("dispatched: {:?}", values.dispatch());
        })?;
        Ok(Worker(Some(thread).into()))
    }
}

impl Shutdown for Worker {
    fn shutdown(&self) -> Result {
        let thread = self.0.lock().map_err(|_| Error::msg("poisoned"))?.take();
        let is_well = thread.is_some_and(|thread| thread.join().is_ok());
        log::info!("joined: {is_well}");
        Ok(())
    }
}
