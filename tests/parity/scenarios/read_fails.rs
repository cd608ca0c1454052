//! Fails twice, and then works.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct ReadFails;

impl Plugin for ReadFails {
    const NAME: &'static str = "read_fails";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ReadFails)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let reads = AtomicU32::new(0);
        let interval = Duration::from_millis(100);
        callbacks.read(ReadOptions::new("").interval(interval), move || {
            let reads = reads.fetch_add(1, Ordering::Relaxed) + 1;
            if reads <= 2 {
                return Err(Error::msg(format_args!("for the {reads}. time")));
            }
            if reads == 3 {
                log::info!("this is the 3. time");
            }
            Ok(())
        })?;
        Ok(())
    }
}
