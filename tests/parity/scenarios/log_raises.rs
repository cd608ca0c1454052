//! A log callback that fails.

use collectd::prelude::*;

pub(crate) struct LogRaises;

impl Plugin for LogRaises {
    const NAME: &'static str = "log_raises";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(LogRaises)
    }
}

impl Log for LogRaises {
    fn log(&self, _: LogLevel, message: &str) -> Result {
        if message == "log_raises plugin: say it" { Err(Error::msg("cannot take it")) } else { Ok(()) }
    }
}

impl Read for LogRaises {
    fn read(&self) -> Result {
        log::info!("say it");
        Ok(())
    }
}
