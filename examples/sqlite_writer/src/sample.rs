//! A value list as it waits for the disk.

use collectd::cache;
use collectd::prelude::*;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value as SqlValue};

pub(crate) struct Sample {
    pub(crate) identifier: Identifier,
    /// Nanoseconds since 1970.
    pub(crate) time: i64,
    pub(crate) points: Box<[Point]>,
}

impl Sample {
    /// A copy of what the daemon passes. The rates are those of its cache, as they are now.
    pub(crate) fn new(values: ValuesRef<'_>, with_rates: bool) -> Result<Sample> {
        let has_counts = values.values().any(|value| !matches!(value, Value::Gauge(_)));
        let rates = match with_rates && has_counts {
            true => Some(cache::rates(values.identifier()).ok_or_else(|| Error::msg("the value cache has no rates"))?),
            false => None,
        };
        let point = |(index, value)| match (&rates, value) {
            (Some(rates), Value::Derive(_) | Value::Counter(_) | Value::Absolute(_)) => {
                Point::Rate(rates.get(index).copied().unwrap_or(f64::NAN))
            }
            (_, value) => Point::Value(value),
        };
        Ok(Sample {
            identifier: values.identifier().to_identifier(),
            time: nanoseconds(values.time()),
            points: values.values().enumerate().map(point).collect(),
        })
    }
}

/// Until the year 2262; the last one for what is later.
pub(crate) fn nanoseconds(time: Time) -> i64 {
    time.since_epoch().as_nanos().try_into().unwrap_or(i64::MAX)
}

/// The value of one data source.
#[derive(Clone, Copy)]
pub(crate) enum Point {
    Value(Value),
    /// What a count grew by, in a second.
    Rate(f64),
}

impl Point {
    /// What the number means.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Point::Value(value) => value.kind().name(),
            Point::Rate(_) => "rate",
        }
    }
}

/// NULL for NaN, as SQLite has it. What its integers cannot hold is text with all digits, with which SQL can compute too.
impl ToSql for Point {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match *self {
            Point::Value(Value::Gauge(number)) | Point::Rate(number) => SqlValue::Real(number),
            Point::Value(Value::Derive(count)) => SqlValue::Integer(count),
            Point::Value(Value::Counter(count) | Value::Absolute(count)) => match i64::try_from(count) {
                Ok(count) => SqlValue::Integer(count),
                Err(_) => SqlValue::Text(count.to_string()),
            },
        };
        Ok(ToSqlOutput::Owned(value))
    }
}
