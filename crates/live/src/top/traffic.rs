//! How much comes per second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::source::Statistics;

/// Over how long rates are reckoned: the usual interval of senders.
const WINDOW: Duration = Duration::from_secs(10);

/// The statistics of the last seconds.
#[derive(Default)]
pub(super) struct Traffic {
    samples: VecDeque<Sample>,
    pub(super) now: Statistics,
}

struct Sample {
    at: Instant,
    packets: u64,
    value_lists: u64,
    bytes: u64,
}

/// What came in a second.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct Rates {
    pub(super) packets: f64,
    pub(super) value_lists: f64,
    pub(super) bytes: f64,
}

impl Traffic {
    /// Takes what the statistics were at a time.
    pub(super) fn take(&mut self, (at, statistics): (Instant, Statistics)) {
        if self.samples.back().is_some_and(|last| last.at >= at) {
            return;
        }
        let reader = &statistics.reader;
        let (packets, value_lists, bytes) = (reader.packets, reader.value_lists, reader.bytes);
        self.samples.push_back(Sample { at, packets, value_lists, bytes });
        // One that is as old as the window stays, to reckon from.
        while self.samples.get(1).is_some_and(|second| at.duration_since(second.at) >= WINDOW) {
            self.samples.pop_front();
        }
        self.now = statistics;
    }

    pub(super) fn rates(&self) -> Rates {
        let (Some(first), Some(last)) = (self.samples.front(), self.samples.back()) else { return Rates::default() };
        let seconds = last.at.duration_since(first.at).as_secs_f64();
        if seconds == 0.0 {
            return Rates::default();
        }
        let rate = |first: u64, last: u64| last.saturating_sub(first) as f64 / seconds;
        Rates {
            packets: rate(first.packets, last.packets),
            value_lists: rate(first.value_lists, last.value_lists),
            bytes: rate(first.bytes, last.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_last_seconds() {
        let start = Instant::now();
        let mut traffic = Traffic::default();
        assert_eq!(traffic.rates(), Rates::default());
        for second in 0..=60 {
            let mut statistics = Statistics::default();
            statistics.reader.packets = if second < 40 { 0 } else { (second - 40) * 10 };
            traffic.take((start + Duration::from_secs(second), statistics));
        }
        assert_eq!(traffic.rates().packets, 10.0);
        assert!(traffic.samples.len() <= 12);
    }
}
