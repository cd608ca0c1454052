//! Logs every field of a notification.

use collectd::prelude::*;

pub(crate) struct NotifySeen;

impl Plugin for NotifySeen {
    const NAME: &'static str = "notify_seen";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(NotifySeen)
    }
}

impl Notify for NotifySeen {
    fn notify(&self, told: NotificationRef<'_>) -> Result {
        let message = told.text();
        if told.identifier.plugin() != Self::NAME && !message.starts_with(Self::NAME) {
            return Ok(());
        }
        let names = told.identifier.names().map(|name| name.to_string()).join("|");
        log::info!("{} {names} {:?} {message}", told.severity.code(), told.time.as_secs_f64());
        for (key, value) in told.meta.to_meta().iter() {
            log::info!("{key}: {value}");
        }
        Ok(())
    }
}
