//! A flush and a notification callback that fail.

use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct CallbacksFail;

impl Plugin for CallbacksFail {
    const NAME: &'static str = "callbacks_fail";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(CallbacksFail)
    }
}

impl Flush for CallbacksFail {
    fn flush(&self, _: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        match identifier {
            Some(identifier) if identifier.plugin == Self::NAME => Err(Error::msg("cannot flush")),
            _ => Ok(()),
        }
    }
}

impl Notify for CallbacksFail {
    fn notify(&self, told: NotificationRef<'_>) -> Result {
        if told.identifier.plugin() == Self::NAME { Err(Error::msg("cannot listen")) } else { Ok(()) }
    }
}
