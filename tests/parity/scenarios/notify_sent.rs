//! Sends notifications with all there can be, with too long a message, and without a type.

use std::time::{Duration, SystemTime};

use collectd::NotificationBuilder;
use collectd::prelude::*;

pub(crate) struct NotifySent;

impl Plugin for NotifySent {
    const NAME: &'static str = "notify_sent";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(NotifySent)
    }
}

fn attempt(what: &str, notification: &NotificationBuilder) {
    match notification.dispatch() {
        Ok(is_heard) => log::info!("{what}: {is_heard}"),
        Err(error) => log::info!("{what}: {error}"),
    }
}

impl Read for NotifySent {
    fn read(&self) -> Result {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(1_749_238_000.5);
        let place = |told: NotificationBuilder| {
            told.host("there").plugin_instance("a").type_("gauge").type_instance("b").time(at)
        };
        let told = Notification::warning("100% \"full\" %s").meta("text", "té").meta("int", -7).meta("large", u64::MAX);
        attempt("all", &place(told.meta("double", 0.5).meta("yes", true)));
        place(Notification::okay("back")).dispatch()?;
        let long = Notification::failure("x".repeat(254) + "ü").type_("gauge");
        attempt("long", &long);
        attempt("cut", &long.truncate());
        attempt("no type", &Notification::failure("no type"));
        Ok(())
    }
}
