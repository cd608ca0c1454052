//! collectd's clock: unsigned 64 bit, in units of 2⁻³⁰ seconds.

use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

mod rfc3339;

pub use rfc3339::Rfc3339;

const FRACTION_BITS: u32 = 30;
const FRACTION_MASK: u64 = (1 << FRACTION_BITS) - 1;
const NANOS_PER_SEC: u64 = 1_000_000_000;
/// The first number of seconds that the 34 bits for whole seconds cannot hold.
const SECS_END: u64 = 1 << (64 - FRACTION_BITS);

/// A point in time: units of 2⁻³⁰ seconds since 1970, the daemon's `cdtime_t`.
///
/// The raw number is kept exactly. `SystemTime` counts nanoseconds, which are a little coarser, so
/// `SystemTime` → `Time` → `SystemTime` gives the same nanosecond again, the other way round it may
/// differ by one unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// No time: the daemon puts the current time in its place.
    pub const UNSET: Time = Time(0);

    /// The time with this raw number of 2⁻³⁰ seconds.
    pub const fn from_raw(raw: u64) -> Self {
        Time(raw)
    }

    /// The raw number of 2⁻³⁰ seconds since 1970.
    pub const fn to_raw(self) -> u64 {
        self.0
    }

    /// The time this many seconds after 1970; from the year 2514 on, the last time there is.
    pub const fn from_secs(secs: u64) -> Self {
        Time(raw_from_secs(secs))
    }

    /// Whole seconds since 1970, the fraction cut off.
    pub const fn as_secs(self) -> u64 {
        self.0 >> FRACTION_BITS
    }

    /// Seconds since 1970 with their fraction, as near as a double can be.
    pub fn as_secs_f64(self) -> f64 {
        raw_to_f64(self.0)
    }

    /// The time this many seconds after 1970; what is finer than the clock is cut off, as collectd does.
    ///
    /// # Errors
    ///
    /// If the clock cannot express it, or it is NaN.
    pub fn try_from_secs_f64(secs: f64) -> Result<Self, TimeError> {
        raw_from_f64(secs, TimeError::BeforeEpoch).map(Time)
    }

    /// The time as text, in UTC: `2006-01-02T15:04:05Z`, and with `{:.9}` or fewer digits
    /// `2006-01-02T15:04:05.999999999Z`. What is finer is cut off.
    pub const fn rfc3339(self) -> Rfc3339 {
        Rfc3339::new(self)
    }

    /// Whether this is "no time".
    pub const fn is_unset(self) -> bool {
        self.0 == 0
    }

    /// The time span since 1970, to the nearest nanosecond.
    pub const fn since_epoch(self) -> Duration {
        raw_to_duration(self.0)
    }

    /// The span from `earlier` to this time; zero if `earlier` is later.
    pub const fn since(self, earlier: Time) -> Interval {
        Interval(self.0.saturating_sub(earlier.0))
    }

    /// The current time of the system's clock.
    #[cfg(feature = "std")]
    pub fn now() -> Self {
        // A clock before 1970 or after 2514 cannot be expressed; "no time" lets the daemon decide.
        std::time::SystemTime::now().try_into().unwrap_or(Time::UNSET)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_seconds(self.0, f)
    }
}

/// A span of time in units of 2⁻³⁰ seconds, also a `cdtime_t` in the daemon.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Interval(u64);

impl Interval {
    /// No interval: the daemon puts the interval of the reading callback in its place.
    pub const UNSET: Interval = Interval(0);

    /// The interval with this raw number of 2⁻³⁰ seconds.
    pub const fn from_raw(raw: u64) -> Self {
        Interval(raw)
    }

    /// The raw number of 2⁻³⁰ seconds.
    pub const fn to_raw(self) -> u64 {
        self.0
    }

    /// An interval of whole seconds; above 2³⁴ s, the longest there is.
    pub const fn from_secs(secs: u64) -> Self {
        Interval(raw_from_secs(secs))
    }

    /// Seconds with their fraction, as near as a double can be.
    pub fn as_secs_f64(self) -> f64 {
        raw_to_f64(self.0)
    }

    /// An interval of seconds with a fraction; what is finer than the clock is cut off, as collectd does.
    ///
    /// # Errors
    ///
    /// If it is negative or NaN, or longer than the clock can count.
    pub fn try_from_secs_f64(secs: f64) -> Result<Self, TimeError> {
        raw_from_f64(secs, TimeError::Negative).map(Interval)
    }

    /// Whether this is "no interval".
    pub const fn is_unset(self) -> bool {
        self.0 == 0
    }

    /// The interval as a `Duration`, to the nearest nanosecond.
    pub const fn to_duration(self) -> Duration {
        raw_to_duration(self.0)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_seconds(self.0, f)
    }
}

/// A time or an interval that collectd's clock cannot express.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The time is before 1970.
    #[error("it is before 1970")]
    BeforeEpoch,
    /// The interval is less than none.
    #[error("it is negative")]
    Negative,
    /// The number of seconds is NaN.
    #[error("it is not a number")]
    NotANumber,
    /// The time is after 2514, or the interval longer than 2³⁴ seconds.
    #[error("it is beyond 2^34 seconds")]
    TooLarge,
}

impl From<Infallible> for TimeError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl TryFrom<Duration> for Interval {
    type Error = TimeError;

    fn try_from(duration: Duration) -> Result<Self, TimeError> {
        raw_from_duration(duration).map(Interval)
    }
}

impl From<Interval> for Duration {
    fn from(interval: Interval) -> Duration {
        interval.to_duration()
    }
}

#[cfg(feature = "std")]
impl TryFrom<std::time::SystemTime> for Time {
    type Error = TimeError;

    fn try_from(time: std::time::SystemTime) -> Result<Self, TimeError> {
        let since_epoch = time.duration_since(std::time::UNIX_EPOCH);
        raw_from_duration(since_epoch.map_err(|_| TimeError::BeforeEpoch)?).map(Time)
    }
}

#[cfg(feature = "std")]
impl From<Time> for std::time::SystemTime {
    fn from(time: Time) -> Self {
        std::time::UNIX_EPOCH + time.since_epoch()
    }
}

const fn raw_from_secs(secs: u64) -> u64 {
    if secs < SECS_END { secs << FRACTION_BITS } else { u64::MAX }
}

fn raw_from_duration(duration: Duration) -> Result<u64, TimeError> {
    let nanos = u64::from(duration.subsec_nanos());
    let fraction = ((nanos << FRACTION_BITS) + NANOS_PER_SEC / 2) / NANOS_PER_SEC;
    // The largest fraction, 999,999,999 ns, rounds to less than one second.
    match duration.as_secs() {
        secs if secs < SECS_END => Ok((secs << FRACTION_BITS) | fraction),
        _ => Err(TimeError::TooLarge),
    }
}

const fn raw_to_duration(raw: u64) -> Duration {
    let fraction = raw & FRACTION_MASK;
    let nanos = (fraction * NANOS_PER_SEC + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS;
    // May be a whole second after rounding: `Duration` has no carrying const constructor for that.
    if nanos == NANOS_PER_SEC {
        Duration::new((raw >> FRACTION_BITS) + 1, 0)
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "below 1,000,000,000")]
        Duration::new(raw >> FRACTION_BITS, nanos as u32)
    }
}

fn raw_to_f64(raw: u64) -> f64 {
    raw as f64 / (1u64 << FRACTION_BITS) as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
fn raw_from_f64(secs: f64, if_negative: TimeError) -> Result<u64, TimeError> {
    match secs {
        secs if secs.is_nan() => Err(TimeError::NotANumber),
        secs if secs < 0.0 => Err(if_negative),
        secs if secs >= SECS_END as f64 => Err(TimeError::TooLarge),
        secs => Ok((secs * (1u64 << FRACTION_BITS) as f64) as u64),
    }
}

fn fmt_seconds(raw: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let duration = raw_to_duration(raw);
    write!(f, "{}.{:09} s", duration.as_secs(), duration.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn seconds_that_do_not_fit_saturate_or_fail() {
        assert_eq!(Time::from_secs(1).to_raw(), 1 << 30);
        assert_eq!(Time::from_secs(SECS_END).to_raw(), u64::MAX);
        assert_eq!(Interval::try_from(Duration::from_secs(SECS_END)), Err(TimeError::TooLarge));
        assert!(Interval::try_from(Duration::new(SECS_END - 1, 999_999_999)).is_ok());
        assert_eq!(Interval::try_from(Duration::MAX), Err(TimeError::TooLarge));
    }

    #[test]
    fn last_unit_of_a_second_rounds_up_to_the_next() {
        assert_eq!(Time::from_raw((1 << 30) - 1).since_epoch(), Duration::from_nanos(999_999_999));
        assert_eq!(Time::from_raw(u64::MAX).since_epoch().as_secs(), SECS_END - 1);
    }

    #[test]
    fn seconds_with_a_fraction_are_cut_off() {
        assert_eq!(Time::try_from_secs_f64(1.5).map(Time::to_raw), Ok(3 << 29));
        assert_eq!(Interval::try_from_secs_f64(1.9 / (1u64 << 30) as f64).map(Interval::to_raw), Ok(1));
        assert_eq!(Time::try_from_secs_f64(-0.0), Ok(Time::UNSET));
        assert_eq!(Time::try_from_secs_f64(-1e-9), Err(TimeError::BeforeEpoch));
        assert_eq!(Interval::try_from_secs_f64(-1.0), Err(TimeError::Negative));
        assert_eq!(Time::try_from_secs_f64(f64::NAN), Err(TimeError::NotANumber));
        for secs in [SECS_END as f64, f64::INFINITY] {
            assert_eq!(Time::try_from_secs_f64(secs), Err(TimeError::TooLarge));
        }
        assert!(Time::try_from_secs_f64((SECS_END - 1) as f64).is_ok());
    }

    #[cfg(feature = "std")]
    #[test]
    fn system_times_before_1970_are_an_error() {
        let before = std::time::UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(Time::try_from(before), Err(TimeError::BeforeEpoch));
        let late = std::time::UNIX_EPOCH + Duration::from_secs(SECS_END);
        assert_eq!(Time::try_from(late), Err(TimeError::TooLarge));
    }

    proptest! {
        #[test]
        fn nanoseconds_survive_the_way_there_and_back(secs in 0..SECS_END, nanos in 0u32..1_000_000_000) {
            let duration = Duration::new(secs, nanos);
            prop_assert_eq!(Interval::try_from(duration).unwrap().to_duration(), duration);
        }

        #[test]
        fn raw_units_survive_within_one_unit(raw: u64) {
            match Interval::try_from(Interval::from_raw(raw).to_duration()) {
                Ok(back) => prop_assert!(back.to_raw().abs_diff(raw) <= 1),
                Err(error) => {
                    prop_assert_eq!(error, TimeError::TooLarge);
                    prop_assert!(raw > u64::MAX - 2);
                }
            }
        }
    }
}
