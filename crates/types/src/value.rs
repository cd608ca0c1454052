//! One number and what kind of number it is.

use core::fmt;

use crate::{Interval, counter_growth};

/// What kind of number a data source holds. The discriminants are collectd's `DS_TYPE_*` numbers,
/// the same in the daemon and on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Grows and wraps around; writers show its rate.
    Counter = 0,
    /// Stands for itself: a temperature, bytes in use.
    Gauge = 1,
    /// Like a counter, but may fall, and never wraps.
    Derive = 2,
    /// Reset by every reading; writers divide it by the interval.
    Absolute = 3,
}

impl Kind {
    /// The kind with this number, if there is one.
    #[inline]
    pub const fn from_code(code: u8) -> Option<Kind> {
        match code {
            0 => Some(Kind::Counter),
            1 => Some(Kind::Gauge),
            2 => Some(Kind::Derive),
            3 => Some(Kind::Absolute),
            _ => None,
        }
    }

    /// The number of this kind in the daemon and on the wire.
    #[inline]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The name of this kind as types.db writes it, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Derive => "derive",
            Kind::Absolute => "absolute",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One number of a value list.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value {
    /// See [`Kind::Counter`].
    Counter(u64),
    /// See [`Kind::Gauge`]. NaN means "not known".
    Gauge(f64),
    /// See [`Kind::Derive`].
    Derive(i64),
    /// See [`Kind::Absolute`].
    Absolute(u64),
}

impl Value {
    /// The value of this kind with these 64 bits: a double's for gauges, two's complement for derives.
    #[inline]
    pub const fn from_bits(kind: Kind, bits: u64) -> Value {
        match kind {
            Kind::Counter => Value::Counter(bits),
            Kind::Gauge => Value::Gauge(f64::from_bits(bits)),
            Kind::Derive => Value::Derive(bits.cast_signed()),
            Kind::Absolute => Value::Absolute(bits),
        }
    }

    /// The 64 bits of the number, see [`from_bits`](Self::from_bits).
    #[inline]
    pub const fn to_bits(self) -> u64 {
        match self {
            Value::Counter(n) | Value::Absolute(n) => n,
            Value::Gauge(x) => x.to_bits(),
            Value::Derive(n) => n.cast_unsigned(),
        }
    }

    /// What kind of number this is.
    #[inline]
    pub const fn kind(self) -> Kind {
        match self {
            Value::Counter(_) => Kind::Counter,
            Value::Gauge(_) => Kind::Gauge,
            Value::Derive(_) => Kind::Derive,
            Value::Absolute(_) => Kind::Absolute,
        }
    }

    /// The number as a double, rounded to the nearest where it has more than 53 bits.
    #[inline]
    pub const fn as_f64(self) -> f64 {
        match self {
            Value::Counter(n) | Value::Absolute(n) => n as f64,
            Value::Gauge(x) => x,
            Value::Derive(n) => n as f64,
        }
    }

    /// What the number grew by in each second since it was `earlier`, as the daemon's value cache reckons it: a counter
    /// that is smaller than before has wrapped around, at 32 bits if it was one of 32 bits; an absolute began at zero;
    /// a gauge is its own rate.
    ///
    /// `None` if no time has passed, or the kinds differ.
    ///
    /// ```
    /// use collectd_types::{Interval, Value};
    ///
    /// let ten_seconds = Interval::from_secs(10);
    /// assert_eq!(Value::Derive(250).rate_since(Value::Derive(200), ten_seconds), Some(5.0));
    /// assert_eq!(Value::Counter(4).rate_since(Value::Counter(u64::MAX - 5), ten_seconds), Some(1.0));
    /// ```
    pub fn rate_since(self, earlier: Value, elapsed: Interval) -> Option<f64> {
        let seconds = elapsed.as_secs_f64();
        let growth = match (self, earlier) {
            _ if elapsed.is_unset() => return None,
            (Value::Gauge(x), Value::Gauge(_)) => return Some(x),
            (Value::Derive(new), Value::Derive(old)) => new.wrapping_sub(old) as f64,
            (Value::Counter(new), Value::Counter(old)) => counter_growth(old, new) as f64,
            (Value::Absolute(n), Value::Absolute(_)) => n as f64,
            _ => return None,
        };
        Some(growth / seconds)
    }
}

/// The number alone; a gauge always shows that it is one (`1.0`, `1e21`, `NaN`, `-inf`).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Counter(n) | Value::Absolute(n) => n.fmt(f),
            Value::Gauge(x) => write!(f, "{x:?}"),
            Value::Derive(n) => n.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn bits_survive_for_every_kind() {
        for code in 0..=3 {
            let kind = Kind::from_code(code).unwrap();
            assert_eq!(kind.code(), code);
            for bits in [0, 1, u64::MAX, 0x7ff0_0000_0000_0001, 0xfff8_0000_0000_0000] {
                let value = Value::from_bits(kind, bits);
                assert_eq!((value.to_bits(), value.kind()), (bits, kind));
            }
        }
        assert_eq!(Kind::from_code(4), None);
    }

    #[test]
    fn rates_are_those_of_the_value_cache() {
        let two = Interval::from_secs(2);
        let rate = |old: Value, new: Value| new.rate_since(old, two);
        assert_eq!(rate(Value::Derive(10), Value::Derive(4)), Some(-3.0));
        assert_eq!(rate(Value::Derive(i64::MAX), Value::Derive(i64::MIN)), Some(0.5));
        assert_eq!(rate(Value::Counter(1), Value::Counter(9)), Some(4.0));
        assert_eq!(rate(Value::Counter(u64::from(u32::MAX)), Value::Counter(3)), Some(2.0));
        assert_eq!(rate(Value::Counter(1 << 32), Value::Counter(0)), Some((u64::MAX - (1 << 32)) as f64 / 2.0));
        assert_eq!(rate(Value::Counter(u64::MAX), Value::Counter(0)), Some(0.5));
        assert_eq!(rate(Value::Absolute(8), Value::Absolute(6)), Some(3.0));
        assert_eq!(rate(Value::Gauge(8.0), Value::Gauge(-6.5)), Some(-6.5));
        assert_eq!(rate(Value::Gauge(8.0), Value::Derive(9)), None);
        assert_eq!(Value::Derive(9).rate_since(Value::Derive(1), Interval::UNSET), None);
    }

    #[test]
    fn numbers_print_exactly() {
        assert_eq!(Value::Counter(u64::MAX).to_string(), "18446744073709551615");
        assert_eq!(Value::Derive(i64::MIN).to_string(), "-9223372036854775808");
        assert_eq!(Value::Gauge(1.0).to_string(), "1.0");
        assert_eq!(Value::Gauge(0.1).to_string(), "0.1");
        assert_eq!(Value::Gauge(f64::NAN).to_string(), "NaN");
        assert_eq!(Value::Gauge(f64::NEG_INFINITY).to_string(), "-inf");
    }
}
