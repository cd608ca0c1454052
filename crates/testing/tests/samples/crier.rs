//! Cries when it reads, and hears everybody cry.

use collectd::prelude::*;

pub(crate) struct Crier;

impl Plugin for Crier {
    const NAME: &'static str = "crier";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Crier)
    }
}

impl Read for Crier {
    fn read(&self) -> Result {
        let cry = Notification::warning("hear ye 100% \"%s\"")
            .plugin_instance("a")
            .time(Time::from_secs(7))
            .meta("loud", true);
        log::info!("heard: {}", cry.dispatch()?);
        Ok(())
    }
}

impl Notify for Crier {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        log::info!("{notification} {:?}", notification.meta.value("loud"));
        if notification.severity == Severity::Failure { Err(Error::msg("too much")) } else { Ok(()) }
    }
}
