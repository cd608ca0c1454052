//! Numbers whose kind types.db decides.

use core::fmt;

use crate::{Kind, Value};

/// A number that is to become a value of whatever kind its data source has, see
/// [`DataSet::values`](crate::DataSet::values). All primitive numbers convert to it, without loss.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum Number {
    /// An integer.
    Integer(i128),
    /// A number with a fraction, NaN and the infinities among them.
    Real(f64),
}

macro_rules! number_from {
    ($($source:ty => $variant:ident),* $(,)?) => {$(
        impl From<$source> for Number {
            fn from(number: $source) -> Self {
                Number::$variant(number.into())
            }
        }
    )*};
}

number_from! {
    i8 => Integer, i16 => Integer, i32 => Integer, i64 => Integer,
    u8 => Integer, u16 => Integer, u32 => Integer, u64 => Integer,
    f32 => Real, f64 => Real,
}

impl Number {
    /// The value of this kind. A gauge is the nearest double; the other kinds cut off the fraction.
    ///
    /// `None` for what the kind has no number for: a negative counter, an infinite derive.
    pub fn to_value(self, kind: Kind) -> Option<Value> {
        match kind {
            Kind::Gauge => Some(Value::Gauge(self.to_f64())),
            Kind::Derive => self.to_integer()?.try_into().ok().map(Value::Derive),
            Kind::Counter => self.to_integer()?.try_into().ok().map(Value::Counter),
            Kind::Absolute => self.to_integer()?.try_into().ok().map(Value::Absolute),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest double")]
    const fn to_f64(self) -> f64 {
        match self {
            Number::Integer(number) => number as f64,
            Number::Real(number) => number,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the fraction; what is out of range stays so")]
    fn to_integer(self) -> Option<i128> {
        match self {
            Number::Integer(number) => Some(number),
            Number::Real(number) => (!number.is_nan()).then_some(number as i128),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Integer(number) => number.fmt(f),
            Number::Real(number) => write!(f, "{number:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_what_the_kind_holds() {
        let of = |number: Number| {
            [Kind::Counter, Kind::Gauge, Kind::Derive, Kind::Absolute].map(|kind| number.to_value(kind))
        };
        let (counter, gauge, derive) =
            (|n| Some(Value::Counter(n)), |x| Some(Value::Gauge(x)), |n| Some(Value::Derive(n)));
        let absolute = |n| Some(Value::Absolute(n));
        assert_eq!(of(1.9.into()), [counter(1), gauge(1.9), derive(1), absolute(1)]);
        assert_eq!(of((-1.9).into()), [None, gauge(-1.9), derive(-1), None]);
        assert_eq!(of((-3i64).into()), [None, gauge(-3.0), derive(-3), None]);
        assert_eq!(
            of(u64::MAX.into()),
            [counter(u64::MAX), gauge(18_446_744_073_709_551_616.0), None, absolute(u64::MAX)]
        );
        assert_eq!(of(f64::INFINITY.into()), [None, gauge(f64::INFINITY), None, None]);
        // What is exactly 2⁶⁴ is one too many.
        assert_eq!(of(18_446_744_073_709_551_616.0.into()), [None, gauge(18_446_744_073_709_551_616.0), None, None]);
        let nan = of(f64::NAN.into());
        assert!(matches!(nan, [None, Some(Value::Gauge(x)), None, None] if x.is_nan()), "{nan:?}");
    }
}
