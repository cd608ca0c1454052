//! Numbers in expressions, compared exactly.

use std::cmp::Ordering;

use collectd_net::Value;

/// A number to compare with; NaN is what is not known.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Number {
    real: f64,
    /// The same if it is whole, and not too large: counters have more digits than a double.
    whole: Option<i128>,
}

/// `<` and its like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Number {
    /// Reads `1`, `-2.5`, `1e6`, `inf`, `nan`.
    pub(super) fn parse(text: &str) -> Option<Number> {
        let real: f64 = text.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "it is compared afterwards")]
        let of_real = (real.abs() < 2f64.powi(100) && real.trunc() == real).then_some(real as i128);
        Some(Number { real, whole: text.parse().ok().or(of_real) })
    }

    /// How a value is to this number; `None` if one of them is NaN, unless both are.
    pub(super) fn order(self, value: Value) -> Option<Ordering> {
        let integer = match value {
            Value::Gauge(gauge) => return self.order_f64(gauge),
            Value::Counter(n) | Value::Absolute(n) => i128::from(n),
            Value::Derive(n) => n.into(),
        };
        match self.whole {
            Some(whole) => Some(integer.cmp(&whole)),
            None => self.order_f64(value.as_f64()),
        }
    }

    pub(super) fn order_f64(self, value: f64) -> Option<Ordering> {
        if value.is_nan() && self.real.is_nan() { Some(Ordering::Equal) } else { value.partial_cmp(&self.real) }
    }
}

impl Relation {
    /// Whether it holds. Without an order only "not equal" does.
    pub(super) fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Relation::Equal => order == Some(Ordering::Equal),
            Relation::NotEqual => order != Some(Ordering::Equal),
            Relation::Less => order == Some(Ordering::Less),
            Relation::LessOrEqual => order.is_some_and(Ordering::is_le),
            Relation::Greater => order == Some(Ordering::Greater),
            Relation::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}
