//! Rates of what is counted, and counts that have a rate.

use crate::{Kind, Time, Value};

/// How far a counter went that may have wrapped around once: at 2³² if `old` is below that, else at 2⁶⁴.
pub const fn counter_growth(old: u64, new: u64) -> u64 {
    if new < old && old >> 32 == 0 { (1 << 32) - old + new } else { new.wrapping_sub(old) }
}

/// Makes rates of values that come one after the other, for plugins that show rates themselves. (For what is dispatched
/// the daemon does it.)
///
/// ```
/// use collectd_types::{Time, Value, ValueToRate};
///
/// let mut packets = ValueToRate::new();
/// assert_eq!(packets.rate(Value::Derive(100), Time::from_secs(10)), None);
/// assert_eq!(packets.rate(Value::Derive(150), Time::from_secs(20)), Some(5.0));
/// ```
#[derive(Clone, Default, Debug)]
pub struct ValueToRate {
    last: Option<(Value, Time)>,
}

impl ValueToRate {
    /// No values yet.
    pub const fn new() -> Self {
        ValueToRate { last: None }
    }

    /// The rate since the value before, see [`Value::rate_since`].
    ///
    /// `None` if it is not known yet: at the first value, and when the time has not gone on, after which it takes another
    /// two values.
    pub fn rate(&mut self, value: Value, time: Time) -> Option<f64> {
        let last = self.last.take();
        if time <= last.map_or(Time::UNSET, |(_, before)| before) {
            return None;
        }
        self.last = Some((value, time));
        last.and_then(|(earlier, before)| value.rate_since(earlier, time.since(before)))
    }
}

/// Makes values of rates, for what scales or adds up counters. What a rate leaves of a whole number is not lost: it
/// counts for the next one.
///
/// ```
/// use collectd_types::{Kind, RateToValue, Time, Value};
///
/// let mut halved = RateToValue::new(Kind::Derive);
/// assert_eq!(halved.value(0.25, Time::from_secs(10)), None);
/// assert_eq!(halved.value(0.25, Time::from_secs(15)), Some(Value::Derive(1)));
/// assert_eq!(halved.value(0.25, Time::from_secs(20)), Some(Value::Derive(2)));
/// ```
#[derive(Clone, Debug)]
pub struct RateToValue {
    kind: Kind,
    last: Option<Count>,
}

#[derive(Clone, Debug)]
struct Count {
    value: Value,
    time: Time,
    /// Less than one.
    residual: f64,
}

impl RateToValue {
    /// No rates yet, for values of this kind.
    pub const fn new(kind: Kind) -> Self {
        RateToValue { kind, last: None }
    }

    /// The value after this rate has lasted since the last call.
    ///
    /// `None` if it is not known yet: at the first rate (of a gauge it is the rate), and at one that cannot be, after
    /// which all begins anew: NaN, a negative one of a counter or an absolute, or a time that has not gone on.
    pub fn value(&mut self, rate: f64, time: Time) -> Option<Value> {
        if self.kind == Kind::Gauge {
            return Some(Value::Gauge(rate));
        }
        let last = self.last.take();
        let is_possible = !rate.is_nan() && (rate >= 0.0 || self.kind == Kind::Derive);
        if !is_possible || time <= last.as_ref().map_or(Time::UNSET, |last| last.time) {
            return None;
        }
        let growth = last.as_ref().map_or(rate, |last| rate * time.since(last.time).as_secs_f64() + last.residual);
        let (value, whole) = grown(self.kind, last.as_ref().map(|last| last.value), growth);
        self.last = Some(Count { value, time, residual: growth - whole });
        last.map(|_| value)
    }
}

/// A value that has grown by the whole part of a number, and that part.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the whole part is what is wanted")]
fn grown(kind: Kind, before: Option<Value>, growth: f64) -> (Value, f64) {
    let (signed, unsigned) = (growth as i64, growth as u64);
    match (kind, before) {
        (Kind::Derive, Some(Value::Derive(before))) => (Value::Derive(before.wrapping_add(signed)), signed as f64),
        (Kind::Derive, _) => (Value::Derive(signed), signed as f64),
        (Kind::Counter, Some(Value::Counter(before))) => {
            (Value::Counter(before.wrapping_add(unsigned)), unsigned as f64)
        }
        (Kind::Counter, _) => (Value::Counter(unsigned), unsigned as f64),
        (Kind::Absolute, _) => (Value::Absolute(unsigned), unsigned as f64),
        (Kind::Gauge, _) => (Value::Gauge(growth), growth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_32: u64 = u32::MAX as u64;

    #[test]
    fn counters_wrap_where_they_were_before() {
        for (old, new, growth) in [
            (0, 0, 0),
            (1, 9, 8),
            (MAX_32, 0, 1),
            (MAX_32 - 1, 3, 5),
            (MAX_32 + 1, MAX_32, u64::MAX),
            (u64::MAX, 0, 1),
            (u64::MAX - 5, 4, 10),
            (9, 1, MAX_32 - 7),
        ] {
            assert_eq!(counter_growth(old, new), growth, "{old} {new}");
        }
    }

    #[test]
    fn a_time_that_stands_still_begins_anew() {
        let at = Time::from_secs;
        let mut rates = ValueToRate::new();
        let seen = [(1, 10), (3, 20), (5, 20), (7, 30), (9, 40)]
            .map(|(value, time)| rates.rate(Value::Derive(value), at(time)));
        assert_eq!(seen, [None, Some(0.2), None, None, Some(0.2)]);
        let mut values = RateToValue::new(Kind::Counter);
        let seen =
            [(1.0, 10), (1.0, 20), (1.0, 20), (1.0, 30), (-1.0, 40), (1.0, 50), (f64::NAN, 60), (2.0, 70), (2.0, 71)]
                .map(|(rate, time)| values.value(rate, at(time)));
        let (none, some) = (None, |counter| Some(Value::Counter(counter)));
        assert_eq!(seen, [none, some(11), none, none, none, none, none, none, some(4)]);
    }
}
