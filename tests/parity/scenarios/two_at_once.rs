//! Two callbacks meet: the one waits for the other, in another thread of the daemon.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct TwoAtOnce {
    here: Mutex<u32>,
    arrival: Condvar,
}

impl TwoAtOnce {
    fn meet(&self) -> Result {
        let mut here = self.here.lock().map_err(|_| Error::msg("somebody panicked"))?;
        *here += 1;
        self.arrival.notify_all();
        let patience = Duration::from_secs(20);
        let (_here, wait) = self
            .arrival
            .wait_timeout_while(here, patience, |here| *here < 2)
            .map_err(|_| Error::msg("somebody panicked"))?;
        if wait.timed_out() { Err(Error::msg("nobody came")) } else { Ok(()) }
    }
}

impl Plugin for TwoAtOnce {
    const NAME: &'static str = "two_at_once";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(TwoAtOnce { here: Mutex::new(0), arrival: Condvar::new() })
    }
}

impl Read for TwoAtOnce {
    fn read(&self) -> Result {
        self.meet()?;
        log::info!("both are here");
        Ok(())
    }
}

impl Notify for TwoAtOnce {
    fn notify(&self, told: NotificationRef<'_>) -> Result {
        if told.identifier.plugin() == Self::NAME { self.meet() } else { Ok(()) }
    }
}
