//! A target that is probed over and over.

use std::time::Duration;

use collectd::{Complaint, Dispatch, DispatchError, LogLevel, Values};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::addresses::Addresses;
use crate::connect::{Failure, KINDS, connect};

/// A target that is probed over and over.
pub(crate) struct Probe {
    name: String,
    addresses: Addresses,
    interval: Duration,
    timeout: Duration,
    made: i64,
    failed: [i64; KINDS.len()],
    /// About the target.
    complaint: Complaint,
    /// About what the daemon does not take, which a types.db of somebody's own may bring about.
    refusal: Complaint,
}

impl Probe {
    pub(crate) fn new(name: String, addresses: Addresses, interval: Duration, timeout: Duration) -> Self {
        Probe {
            name,
            addresses,
            interval,
            timeout,
            made: 0,
            failed: [0; KINDS.len()],
            complaint: Complaint::new(),
            refusal: Complaint::new(),
        }
    }

    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// Probes every interval, until the runtime ends.
    pub(crate) async fn run(mut self, start: Instant) {
        let mut ticks = interval_at(start, self.interval);
        // On a machine that sleeps or is too slow there is nothing to be caught up with.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let result = self.probe().await;
            self.count(&result);
            let latency = result.ok();
            if let Err(error) = self.dispatch(latency) {
                self.refusal.complain(LogLevel::Error, format_args!("target {:?}: {error}", self.name));
            }
        }
    }

    async fn probe(&mut self) -> Result<Duration, Failure> {
        let deadline = Instant::now() + self.timeout;
        let addresses = self.addresses.known(deadline).await?;
        connect(&addresses, deadline).await
    }

    fn count(&mut self, result: &Result<Duration, Failure>) {
        match result {
            Ok(_) => {
                self.made += 1;
                self.complaint.release(format_args!("target {:?} accepts connections again", self.name));
            }
            Err(failure) => {
                self.failed[failure.kind()] += 1;
                self.addresses.doubt();
                self.complaint.complain(LogLevel::Warning, format_args!("target {:?}: {failure}", self.name));
            }
        }
    }

    /// A latency is dispatched where there is one; the counts always are, so that there are rates from the first failure
    /// on.
    fn dispatch(&self, latency: Option<Duration>) -> Result<(), DispatchError> {
        let values = |type_: &str| Values::new(type_).plugin_instance(&self.name).interval(self.interval);
        if let Some(latency) = latency {
            values("latency").gauge(latency.as_secs_f64()).dispatch()?;
        }
        values("connections").derive(self.made).dispatch()?;
        for (kind, count) in KINDS.into_iter().zip(self.failed) {
            values("errors").type_instance(kind).derive(count).dispatch()?;
        }
        Ok(())
    }
}
