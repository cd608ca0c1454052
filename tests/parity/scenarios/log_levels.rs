//! Logs at every level; text is not a format.

use collectd::prelude::*;

pub(crate) struct LogLevels;

impl Plugin for LogLevels {
    const NAME: &'static str = "log_levels";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(LogLevels)
    }
}

impl Read for LogLevels {
    fn read(&self) -> Result {
        log::error!("error 80% discharging %s %n");
        log::warn!("warning");
        collectd::notice!("notice");
        log::info!("info");
        log::debug!("debug");
        Ok(())
    }
}
