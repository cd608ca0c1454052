//! Two reads, one of them with an interval of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct ReadInterval;

impl Plugin for ReadInterval {
    const NAME: &'static str = "read_interval";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ReadInterval)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let reads = AtomicU32::new(0);
        callbacks.read(ReadOptions::new("fast").interval(Duration::from_millis(250)), move || {
            let reads = reads.fetch_add(1, Ordering::Relaxed) + 1;
            if reads <= 3 {
                Values::new("gauge").type_instance("fast").gauge(reads.into()).dispatch()?;
            }
            Ok(())
        })?;
        callbacks.read("slow", || Ok(Values::new("gauge").type_instance("slow").gauge(0.0).dispatch()?))?;
        Ok(())
    }
}
