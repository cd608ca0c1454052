//! When which value list is due, reckoned in whole numbers so that nothing adds up.

use std::time::Duration;

use collectd_net::{Interval, Time};

/// Value lists that are due within this time go out together, in packets of their own.
pub(super) const STEP: Duration = Duration::from_millis(10);

/// The units of collectd's clock in a second.
const UNITS: u128 = 1 << 30;
/// The same of a step.
const STEP_UNITS: u128 = UNITS / 100;

/// Value lists at even spaces, counted from 0 on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// So many in so many units of time, which is exact where a space is not a whole number of units.
    lists: u64,
    units: u64,
    start: Time,
}

impl Pace {
    /// So many in each interval.
    pub(super) fn with_interval(series: u64, interval: Interval, start: Time) -> Pace {
        Pace { lists: series, units: interval.to_raw(), start }
    }

    /// So many in a second, to a millionth.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rates are positive; too large is largest"
    )]
    pub(super) fn with_rate(rate: f64, start: Time) -> Pace {
        Pace { lists: ((rate * 1e6).round() as u64).max(1), units: 1_000_000 << 30, start }
    }

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
        Interval::from_raw(self.units).as_secs_f64() * count as f64 / self.lists as f64
    }

    fn units(&self, number: u64) -> u128 {
        u128::from(number) * u128::from(self.units) / u128::from(self.lists)
    }

    /// The first that is due so many units after the first one, or later.
    fn first_at(&self, units: u128) -> u64 {
        let number = (units * u128::from(self.lists)).div_ceil(u128::from(self.units));
        u64::try_from(number).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(series: u64, interval: f64) -> Pace {
        Pace::with_interval(series, Interval::try_from_secs_f64(interval).unwrap(), Time::from_secs(1000))
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
    fn rates_are_exact_where_their_spaces_are_not() {
        for (rate, count) in
            [(2_000_000.0, 6_000_000), (3.0, 9), (0.5, 2), (1e-3, 1), (333.333, 1000), (7e6, 21_000_000)]
        {
            let pace = Pace::with_rate(rate, Time::from_secs(1000));
            assert_eq!(pace.count_until(Duration::from_secs(3)), count, "{rate}");
            assert_eq!(pace.time(pace.lists), Time::from_secs(1_001_000));
        }
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
