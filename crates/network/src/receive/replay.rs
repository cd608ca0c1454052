//! Against recorded packets that are sent again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use collectd::{Interval, Time};

use super::REMEMBERED;
use crate::seen::Lately;

/// Takes what is not much older or younger than now, and that once.
pub(super) struct Replay {
    /// In the daemon's units of time.
    window: u64,
    seen: Lately,
    /// The newest time that had to be forgotten too early: nothing that old is taken any more.
    floor: AtomicU64,
}

impl Replay {
    pub(super) fn new(window: Duration) -> Self {
        let raw = Interval::try_from(window).map_or(u64::MAX, Interval::to_raw);
        // What is from the end of the window ahead stays acceptable until it is at the end of the window behind.
        Replay { window: raw, seen: Lately::new(2 * window, REMEMBERED), floor: AtomicU64::new(0) }
    }

    /// Whether what was signed or encrypted is new.
    pub(super) fn takes(&self, time: Time, key: u64) -> bool {
        self.takes_at(time.to_raw(), key, Time::now().to_raw(), Instant::now())
    }

    fn takes_at(&self, time: u64, key: u64, now: u64, instant: Instant) -> bool {
        if time.abs_diff(now) > self.window || time <= self.floor.load(Ordering::Relaxed) {
            return false;
        }
        let forget = |time: u64| {
            self.floor.fetch_max(time, Ordering::Relaxed);
        };
        // Once more: what made room may have been this very one.
        self.seen.insert(key, time, instant, forget).is_none() && time > self.floor.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1 << 30;

    #[test]
    fn only_what_is_of_this_time_and_new_is_taken() {
        let replay = Replay::new(Duration::from_secs(10));
        let start = Instant::now();
        let now = 1_000_000 * SECOND;
        let at = |seconds: u64| (now + seconds * SECOND, start + Duration::from_secs(seconds));
        let takes = |time, key, (now, instant)| replay.takes_at(time, key, now, instant);
        assert!(takes(now, 1, at(0)));
        assert!(!takes(now, 1, at(0)), "the same again");
        assert!(takes(now, 2, at(0)), "another one of the same time");
        assert!(!takes(now - 11 * SECOND, 3, at(0)) && !takes(now + 11 * SECOND, 4, at(0)));
        assert!(takes(now + 9 * SECOND, 5, at(0)));
        for seconds in 1..40 {
            assert!(!takes(now + 9 * SECOND, 5, at(seconds)), "after {seconds} seconds");
        }
    }

    #[test]
    fn what_had_to_be_forgotten_is_not_taken_again() {
        let replay = Replay::new(Duration::from_secs(10));
        let (now, instant) = (1_000_000 * SECOND, Instant::now());
        // A flood, each value a little younger than the one before.
        let takes = |number: u64| {
            let key = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            replay.takes_at(now - 9 * SECOND + number, key, now, instant)
        };
        let flood = 3 * REMEMBERED as u64;
        assert!((0..flood).all(takes), "what goes on in time is taken");
        assert!(!(0..flood).any(takes), "and nothing of it again");
    }
}
