//! Sends a notification when nobody takes any.

use collectd::prelude::*;

pub(crate) struct NobodyListens;

impl Plugin for NobodyListens {
    const NAME: &'static str = "nobody_listens";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(NobodyListens)
    }
}

impl Read for NobodyListens {
    fn read(&self) -> Result {
        let is_heard = Notification::failure("hello").type_("gauge").dispatch()?;
        log::info!("is heard: {is_heard}");
        Ok(())
    }
}
