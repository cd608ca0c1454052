//! The receiving thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use collectd_net::Packet;

use super::shared::{self, Shared};
use super::stream::Writer;
use crate::console::{say, warn};
use crate::filter::Filter;
use crate::limits::Clock;
use crate::source::{Received, Source};

/// How often what was received is counted for the page.
const COUNT_EVERY: Duration = Duration::from_millis(200);

/// Takes in what comes.
pub(super) struct Receiving {
    shared: Arc<Shared>,
    writer: Writer,
    filter: Filter,
    /// Whether a signal came.
    came: Arc<AtomicBool>,
    waited: Duration,
}

impl Receiving {
    pub(super) fn new(shared: Arc<Shared>, writer: Writer, filter: Filter, came: Arc<AtomicBool>) -> Self {
        Receiving { shared, writer, filter, came, waited: Duration::ZERO }
    }

    /// Receives until a signal comes, or the time is up.
    pub(super) fn run(&mut self, source: &mut Source, clock: &Clock) {
        let mut counted = None::<Instant>;
        loop {
            let left = clock.left();
            if left == Some(Duration::ZERO) {
                return;
            }
            match source.receive(Some(left.map_or(COUNT_EVERY, |left| left.min(COUNT_EVERY)))) {
                Received::End if self.came.load(Ordering::Relaxed) => return,
                Received::End => at_end(source),
                Received::Nothing => {}
                Received::Packets(batch) => batch.packets().for_each(|(arrived, packet)| self.take(arrived, packet)),
            }
            if counted.is_none_or(|counted| counted.elapsed() >= COUNT_EVERY) {
                counted = Some(Instant::now());
                self.shared.set_received(shared::Received { statistics: source.statistics(), waited: self.waited });
            }
        }
    }

    fn take(&mut self, arrived: SystemTime, packet: Packet<'_>) {
        let mut writing = self.writer.begin(&self.shared.subscribers);
        let start = Instant::now();
        let mut store = self.shared.store();
        self.waited += start.elapsed();
        for item in packet.items().filter(|item| self.filter.takes(item)) {
            store.take(arrived, &item);
            if let Some(writing) = &mut writing {
                writing.push(&item);
            }
        }
        // Readers have their turn in between, however much comes: the lock is handed over to who waits for half a
        // millisecond. (To do so after each packet would be to wait for whom the system does not let run.)
        drop(store);
        if let Some(writing) = writing {
            writing.send();
        }
    }
}

/// A file is at its end; what was in it is served until a signal comes.
fn at_end(source: &mut Source) {
    match source.finish() {
        Ok(()) => say(format_args!("all is read, and served further")),
        Err(error) => warn(format_args!("{error:#}; what was before that is served further")),
    }
}
