//! What this daemon has sent of each metric: what comes back of it is not newer.

use std::time::{Duration, Instant};

use collectd::{Interval, Time};

use crate::seen::Lately;

/// How many metrics are remembered, at some 30 bytes each. Where there are more, it is the younger ones of them, which
/// come back soonest.
const REMEMBERED: usize = 1_000_000;

/// No metric is remembered for longer.
const LONGEST: Duration = Duration::from_secs(3600);

/// No metric is remembered for a shorter time, however often there are values of it: it takes them some time to come
/// back.
const SHORTEST: Duration = Duration::from_secs(30);

/// When each metric was sent last.
pub(crate) struct Sent {
    marks: Lately<Mark>,
    start: Instant,
}

#[derive(Clone, Copy)]
struct Mark {
    /// Of the value list.
    time: u64,
    /// Until when this counts, in seconds after the start. As the daemon does, which forgets a metric that it does not
    /// hear of for two intervals: otherwise one value with a time far ahead would make echoes of all that follow it.
    until: u32,
}

impl Sent {
    /// Nothing was sent.
    pub(crate) fn new() -> Self {
        Sent { marks: Lately::new(LONGEST, REMEMBERED), start: Instant::now() }
    }

    /// Notes that a value list is sent.
    pub(crate) fn note(&self, metric: u64, time: Time, interval: Interval, now: Instant) {
        let life = Duration::from(interval).saturating_mul(2).clamp(SHORTEST, LONGEST);
        let (now_seconds, time) = (self.seconds(now), time.to_raw());
        let mark = Mark { time, until: self.seconds(now + life) };
        // Write threads overtake each other.
        let newest = |before: Option<Mark>| match before {
            Some(before) if before.time > time && before.until >= now_seconds => before,
            _ => mark,
        };
        self.marks.update(metric, now, newest, |_| ());
    }

    /// Whether a value list of this metric and time is what was sent, or older.
    pub(super) fn has(&self, metric: u64, time: Time, now: impl FnOnce() -> Instant) -> bool {
        let mark = self.marks.value(metric).filter(|mark| mark.time >= time.to_raw());
        mark.is_some_and(|mark| mark.until >= self.seconds(now()))
    }

    fn seconds(&self, instant: Instant) -> u32 {
        u32::try_from(instant.saturating_duration_since(self.start).as_secs()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Interval = Interval::from_secs(10);

    fn after(start: Instant, seconds: u64) -> impl Fn() -> Instant + Copy {
        move || start + Duration::from_secs(seconds)
    }

    #[test]
    fn what_was_sent_and_what_is_older_comes_back() {
        let sent = Sent::new();
        let now = after(sent.start, 0);
        sent.note(1, Time::from_secs(100), INTERVAL, now());
        // Another write thread was slower.
        sent.note(1, Time::from_secs(90), INTERVAL, now());
        for (metric, time, is_back) in [(1, 90, true), (1, 100, true), (1, 101, false), (2, 90, false)] {
            assert_eq!(sent.has(metric, Time::from_secs(time), now), is_back, "{metric} {time}");
        }
    }

    #[test]
    fn a_metric_is_forgotten_after_two_intervals() {
        for (interval, seconds) in [(0, 30), (1, 30), (10, 30), (60, 120), (300, 600), (1 << 30, 3600)] {
            let sent = Sent::new();
            sent.note(1, Time::from_secs(100), Interval::from_secs(interval), sent.start);
            assert!(sent.has(1, Time::from_secs(100), after(sent.start, seconds)), "{interval}");
            assert!(!sent.has(1, Time::from_secs(100), after(sent.start, seconds + 1)), "{interval}");
        }
    }

    /// Somebody's clock was wrong for a moment.
    #[test]
    fn a_value_of_the_future_does_not_stop_what_follows_for_long() {
        let sent = Sent::new();
        let future = Time::from_raw(u64::MAX);
        sent.note(1, future, INTERVAL, sent.start);
        for second in 1..=30 {
            assert!(sent.has(1, Time::from_secs(second), after(sent.start, second)));
            // The daemon's own values of the metric make it no longer.
            sent.note(1, Time::from_secs(second), INTERVAL, after(sent.start, second)());
        }
        assert!(!sent.has(1, Time::from_secs(31), after(sent.start, 31)));
        sent.note(1, Time::from_secs(31), INTERVAL, after(sent.start, 31)());
        assert!(sent.has(1, Time::from_secs(31), after(sent.start, 32)));
        assert!(!sent.has(1, Time::from_secs(32), after(sent.start, 32)));
    }
}
