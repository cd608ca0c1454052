//! Has an interval of less than a second.

use std::time::{Duration, SystemTime};

use collectd::prelude::*;

pub(crate) struct SubSecond;

impl Plugin for SubSecond {
    const NAME: &'static str = "sub_second";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(SubSecond)
    }
}

impl Read for SubSecond {
    fn read(&self) -> Result {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(1_749_238_000.5);
        Values::new("gauge").interval(Duration::from_millis(250)).time(time).gauge(1.0).dispatch()?;
        Ok(())
    }
}
