//! The thread that writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use collectd::{Complaint, LogLevel, Time};

use crate::config::Config;
use crate::queue::Queue;
use crate::sample::{Sample, nanoseconds};
use crate::store::{Store, StoreError};

/// Between two attempts.
const RETRY: Duration = Duration::from_secs(1);
/// How many old samples are deleted before new ones have their turn.
const DELETE_AT_ONCE: usize = 10_000;

pub(crate) struct Writer {
    config: Arc<Config>,
    queue: Arc<Queue<Sample>>,
    /// Not there as long as it cannot be opened.
    store: Option<Store>,
    trouble: Complaint,
    next_deletion: Instant,
}

impl Writer {
    pub(crate) fn new(config: Arc<Config>, queue: Arc<Queue<Sample>>, store: Option<Store>) -> Self {
        Writer { config, queue, store, trouble: Complaint::new(), next_deletion: Instant::now() }
    }

    pub(crate) fn run(mut self) {
        while let Some(samples) = self.queue.take(self.config.commit_interval()) {
            match self.write(&samples) {
                Ok(()) => {
                    self.queue.written();
                    self.trouble.release(format_args!("the database takes values again"));
                }
                Err(error) => {
                    let is_busy = error.is_busy();
                    self.fail(error);
                    self.queue.give_back(samples);
                    // Then it has waited already.
                    if !is_busy {
                        self.queue.pause(RETRY);
                    }
                }
            }
        }
    }

    fn write(&mut self, samples: &[Sample]) -> Result<(), StoreError> {
        let store = match &mut self.store {
            Some(store) => store,
            none => none.insert(Store::open(&self.config.database, self.config.synchronous)?),
        };
        if !samples.is_empty() {
            store.insert(samples)?;
        }
        if let (Some(age), true) = (self.config.retention(), Instant::now() >= self.next_deletion) {
            // What was inserted stays so: a failure here is not one of the samples.
            match store.delete_before(before(age), DELETE_AT_ONCE) {
                Ok(true) => {}
                Ok(false) => self.next_deletion = Instant::now() + pause(age),
                Err(error) => self.fail(error),
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: StoreError) {
        if !error.is_outside() {
            self.store = None;
        } else if let (Some(store), false) = (&self.store, error.is_busy()) {
            store.empty_log();
        }
        let error = collectd::Error::from(error);
        self.trouble.complain(LogLevel::Error, format_args!("cannot write: {error}; what waits is kept"));
    }
}

/// As long ago as this, in nanoseconds since 1970.
fn before(age: Duration) -> i64 {
    let age = i64::try_from(age.as_nanos()).unwrap_or(i64::MAX);
    nanoseconds(Time::now()).saturating_sub(age)
}

/// A hundredth of what is kept, but neither all the time nor hardly ever.
fn pause(age: Duration) -> Duration {
    (age / 100).clamp(Duration::from_secs(1), Duration::from_secs(60))
}
