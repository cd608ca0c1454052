//! The thread that receives, and what it shares with the one that draws.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use collectd_net::Waker;
use parking_lot::{FairMutex, FairMutexGuard};

use super::events::Event;
use crate::filter::Filter;
use crate::source::{Received, Source, Statistics};
use crate::store::Store;

/// How often statistics are made known; a system call for each socket.
const PUBLISH_EVERY: Duration = Duration::from_millis(500);

/// What both threads use.
pub(super) struct Shared {
    /// The locks are handed over in turn: otherwise one thread might have it again and again, and the other starve.
    store: FairMutex<Store>,
    statistics: FairMutex<(Instant, Statistics)>,
}

/// How many points a series may have: the fewer series there are, the more.
#[derive(Clone, Copy)]
pub(super) struct History {
    /// The most that one may have.
    pub(super) most: usize,
    /// The most that all may have together.
    pub(super) all: usize,
    /// What one may have in any case.
    pub(super) least: usize,
}

impl History {
    /// In steps of two, so that what is kept is seldom moved.
    fn points(self, series: usize) -> usize {
        let steps = (0..usize::BITS).map(|step| self.most >> step);
        let fitting = steps.take_while(|points| *points > 0).find(|points| points.saturating_mul(series) <= self.all);
        fitting.unwrap_or(0).max(self.least.min(self.most))
    }
}

/// The receiving thread.
pub(super) struct Feed {
    waker: Waker,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Shared {
    pub(super) fn new(store: Store) -> Self {
        let statistics = FairMutex::new((Instant::now(), Statistics::default()));
        Shared { store: FairMutex::new(store), statistics }
    }

    /// The store. Not for long: meanwhile the kernel keeps what comes.
    pub(super) fn store(&self) -> FairMutexGuard<'_, Store> {
        self.store.lock()
    }

    /// What the source said last, and when.
    pub(super) fn statistics(&self) -> (Instant, Statistics) {
        self.statistics.lock().clone()
    }

    pub(super) fn publish(&self, statistics: Statistics) {
        *self.statistics.lock() = (Instant::now(), statistics);
    }
}

impl Feed {
    /// Begins to receive into the store.
    pub(super) fn start(
        source: Source,
        filter: Filter,
        history: History,
        shared: &Arc<Shared>,
        events: Sender<Event>,
    ) -> anyhow::Result<Feed> {
        let waker = source.waker();
        let shared = Arc::clone(shared);
        let work = move || {
            let mut end = TellEnd { events, failure: None };
            let result = receive(source, &filter, history, &shared);
            end.failure = result.as_ref().err().map(|error| format!("{error:#}"));
            result
        };
        let thread = thread::Builder::new().name("receive".to_owned()).spawn(work).context("cannot start a thread")?;
        Ok(Feed { waker, thread })
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// It panicked, or what it read from could be read only in part.
    pub(super) fn stop(self) -> anyhow::Result<()> {
        self.waker.wake();
        self.thread.join().map_err(|_| anyhow!("receiving failed"))?
    }
}

/// Tells that nothing more will come, however the thread ends.
struct TellEnd {
    events: Sender<Event>,
    failure: Option<String>,
}

impl Drop for TellEnd {
    fn drop(&mut self) {
        let ended = Event::SourceEnded(self.failure.take());
        let _ = self.events.send(if thread::panicking() { Event::End } else { ended });
    }
}

fn receive(mut source: Source, filter: &Filter, history: History, shared: &Shared) -> anyhow::Result<()> {
    let mut published = Instant::now();
    shared.publish(source.statistics());
    loop {
        let ended = match source.receive(Some(PUBLISH_EVERY)) {
            Received::Packets(batch) => {
                for (arrived, packet) in batch.packets() {
                    let mut store = shared.store();
                    for item in packet.items().filter(|item| filter.takes(item)) {
                        store.take(arrived, &item);
                    }
                }
                false
            }
            Received::Nothing => false,
            Received::End => true,
        };
        if ended || published.elapsed() >= PUBLISH_EVERY {
            published = Instant::now();
            shared.publish(source.statistics());
            let mut store = shared.store();
            let points = history.points(store.values());
            store.set_points(points);
        }
        if ended {
            return source.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_series_have_a_long_history() {
        let history = History { most: 3600, all: 6_000_000, least: 60 };
        let points = [0, 1, 1666, 1667, 20_000, 100_000, usize::MAX].map(|series| history.points(series));
        assert_eq!(points, [3600, 3600, 3600, 1800, 225, 60, 60]);
        assert_eq!(History { most: 4, ..history }.points(100_000), 4);
    }
}
