//! How long drawing takes.

use std::fmt;
use std::time::{Duration, Instant};

/// The times of so many redraws are kept.
const MOST: usize = 100_000;

/// The times of the redraws.
#[derive(Default)]
pub(super) struct Stopwatch {
    times: Vec<Duration>,
}

impl Stopwatch {
    pub(super) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        if self.times.len() < MOST {
            self.times.push(start.elapsed());
        }
        result
    }
}

impl fmt::Display for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = |part: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the length")]
            let index = (times.len() as f64 * part) as usize;
            times.get(index.min(times.len().saturating_sub(1))).copied().unwrap_or_default().as_secs_f64() * 1e3
        };
        let (median, most) = (at(0.5), at(1.0));
        write!(f, "{} redraws; median {median:.3} ms, 99 % {:.3} ms, longest {most:.3} ms", times.len(), at(0.99))
    }
}
