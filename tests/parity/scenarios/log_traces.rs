//! Fails with a cause, with a mistake in the program, and as it is expected to.

use std::fmt;
use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct LogTraces;

impl Plugin for LogTraces {
    const NAME: &'static str = "log_traces";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(LogTraces)
    }
}

#[derive(Debug)]
struct NoSensor(std::io::Error);

impl fmt::Display for NoSensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no sensor")
    }
}

impl std::error::Error for NoSensor {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Read for LogTraces {
    fn read(&self) -> Result {
        std::fs::metadata("/no/such/sensor").map_err(NoSensor)?;
        Ok(())
    }
}

impl Flush for LogTraces {
    fn flush(&self, _: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        let empty: Vec<Identifier> = Vec::new();
        if identifier == Some(&empty[3]) { Ok(()) } else { Err(Error::msg("not reached")) }
    }
}

impl Notify for LogTraces {
    fn notify(&self, _: NotificationRef<'_>) -> Result {
        Err(Error::msg("as expected").expected())
    }
}
