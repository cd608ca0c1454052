//! Logs what it is asked to flush.

use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct FlushSeen;

impl Plugin for FlushSeen {
    const NAME: &'static str = "flush_seen";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(FlushSeen)
    }
}

impl Flush for FlushSeen {
    fn flush(&self, older_than: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        let seconds = older_than.unwrap_or_default().as_secs_f64();
        let identifier = identifier.map_or("None".to_owned(), ToString::to_string);
        // Others are asked, too.
        if identifier == "None" || identifier.contains(Self::NAME) {
            log::info!("older than {seconds} s: {identifier}");
        }
        Ok(())
    }
}
