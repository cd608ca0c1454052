//! Takes what is logged. As that cannot be logged, it goes to standard error.

use collectd::prelude::*;

pub(crate) struct LogSeen;

impl Plugin for LogSeen {
    const NAME: &'static str = "log_seen";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(LogSeen)
    }
}

impl Log for LogSeen {
    fn log(&self, level: LogLevel, message: &str) -> Result {
        if message.starts_with(Self::NAME) {
            eprintln!("{} '{message}'", level as i32);
        }
        Ok(())
    }
}

impl Read for LogSeen {
    fn read(&self) -> Result {
        log::warn!("100% of %s");
        log::info!("as it is");
        Ok(())
    }
}
