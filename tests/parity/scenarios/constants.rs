//! Logs the numbers of levels and severities, and the words for kinds.

use collectd::Kind;
use collectd::prelude::*;

pub(crate) struct Constants;

impl Plugin for Constants {
    const NAME: &'static str = "constants";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Constants)
    }
}

impl Read for Constants {
    fn read(&self) -> Result {
        let levels = [LogLevel::Error, LogLevel::Warning, LogLevel::Notice, LogLevel::Info, LogLevel::Debug];
        let severities = [Severity::Failure, Severity::Warning, Severity::Okay];
        let kinds = [Kind::Counter, Kind::Gauge, Kind::Derive, Kind::Absolute];
        log::info!(
            "{:?} {:?} {}",
            levels.map(|level| level as i32),
            severities.map(Severity::code),
            kinds.map(|kind| kind.to_string()).join(" ")
        );
        Ok(())
    }
}
