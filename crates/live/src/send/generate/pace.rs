//! When which value list is due, reckoned in whole numbers so that nothing adds up.

use std::time::Duration;

use collectd_net::{Interval, Time};

/// Value lists that are due within this time go out together, in packets of their own.
pub(super) const STEP: Duration = Duration::from_millis(10);

/// The units of collectd's clock in a second.
const UNITS: u128 = 1 << 30;
/// The same of a step.
const STEP_UNITS: u128 = UNITS / 100;

/// All series once in an interval, spread evenly. Value lists are counted from 0, on through all intervals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) series: u64,
    pub(super) interval: Interval,
    pub(super) start: Time,
}

impl Pace {
    /// The time of a value list.
    pub(super) fn time(&self, number: u64) -> Time {
        let units = u64::try_from(self.units(number)).unwrap_or(u64::MAX);
        Time::from_raw(self.start.to_raw().saturating_add(units))
    }

    /// How long after the first one it is due.
    pub(super) fn offset(&self, number: u64) -> Duration {
        Interval::from_raw(u64::try_from(self.units(number)).unwrap_or(u64::MAX)).to_duration()
    }

    /// The first that is not sent together with this one.
    pub(super) fn step_end(&self, number: u64) -> u64 {
        let step = self.units(number) / STEP_UNITS;
        self.first_at((step + 1) * STEP_UNITS).max(number + 1)
    }

    /// So many are due before this time has passed.
    pub(super) fn count_until(&self, duration: Duration) -> u64 {
        self.first_at(duration.as_nanos() * UNITS / 1_000_000_000)
    }

    /// How long it takes to send so many.
    pub(super) fn seconds(&self, count: u64) -> f64 {
        count as f64 * self.interval.as_secs_f64() / self.series as f64
    }

    fn units(&self, number: u64) -> u128 {
        u128::from(number) * u128::from(self.interval.to_raw()) / u128::from(self.series)
    }

    /// The first that is due so many units after the first one, or later.
    fn first_at(&self, units: u128) -> u64 {
        let number = (units * u128::from(self.series)).div_ceil(u128::from(self.interval.to_raw()));
        u64::try_from(number).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(series: u64, interval: f64) -> Pace {
        Pace { series, interval: Interval::try_from_secs_f64(interval).unwrap(), start: Time::from_secs(1000) }
    }

    #[test]
    fn every_series_comes_once_in_an_interval() {
        let pace = pace(1000, 10.0);
        assert_eq!(pace.time(0), Time::from_secs(1000));
        assert_eq!(pace.time(500), Time::from_secs(1005));
        assert_eq!(pace.time(1000), Time::from_secs(1010));
        assert_eq!(pace.count_until(Duration::from_secs(25)), 2500);
        assert!((pace.seconds(2500) - 25.0).abs() < 1e-9);
        // For a year and more nothing adds up.
        assert_eq!(pace.time(10_000_000_000), Time::from_secs(100_001_000));
    }

    #[test]
    fn steps_cover_everything_once() {
        for (series, interval) in [(1000, 10.0), (3, 0.1), (100_000, 1.0), (7, 60.0), (999_983, 3.7)] {
            let pace = pace(series, interval);
            let mut at = 0;
            for _ in 0..1000 {
                let end = pace.step_end(at);
                assert!(end > at && pace.step_end(end - 1) == end, "{series} {interval} {at}");
                let span = pace.offset(end - 1).checked_sub(pace.offset(at)).unwrap();
                assert!(span < STEP, "{span:?}");
                at = end;
            }
        }
    }
}
