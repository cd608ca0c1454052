//! Sends a notification of which nothing is set but what must be.

use collectd::prelude::*;

pub(crate) struct NotifyDefaults;

impl Plugin for NotifyDefaults {
    const NAME: &'static str = "notify_defaults";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(NotifyDefaults)
    }
}

impl Read for NotifyDefaults {
    fn read(&self) -> Result {
        Notification::failure("notify_defaults").type_("gauge").dispatch()?;
        Ok(())
    }
}
