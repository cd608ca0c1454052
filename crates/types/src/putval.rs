//! Value lists as text, as `PUTVAL` has them: `1179574444.500:0.25:100`.

use core::fmt;

use crate::c_number::{self, General};
use crate::{DataSet, Field, FieldError, Kind, Problem, Time, Value, Values, ValuesRef};

/// Why a text is not a number of some kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseValueError {
    /// It is not a number from its beginning to its end, or not a whole one.
    #[error("it is not a {0}")]
    Form(Kind),
    /// It is beyond what the kind can count; of a counter or an absolute that includes negative numbers.
    #[error("it does not fit into a {0}")]
    Range(Kind),
}

impl Kind {
    /// Reads a number of this kind, for what stands in files and in the output of programs. Blanks around it are fine, a
    /// line break at its end too.
    ///
    /// It is read as in `PUTVAL`: `0x10` is 16, `010` is 8, and a gauge may be `nan` or `-inf`.
    ///
    /// # Errors
    ///
    /// If there is anything else, or the number does not fit. The daemon itself takes `12abc` for 12, −1 for the largest
    /// counter and what is too large for the largest number.
    ///
    /// ```
    /// use collectd_types::{Kind, Value};
    ///
    /// assert_eq!(Kind::Derive.parse("-42\n"), Ok(Value::Derive(-42)));
    /// assert_eq!(Kind::Counter.parse("-42").unwrap_err().to_string(), "it does not fit into a counter");
    /// ```
    pub fn parse(self, text: &str) -> Result<Value, ParseValueError> {
        let text = text.trim_end_matches(|end: char| u8::try_from(end).is_ok_and(c_number::is_blank)).as_bytes();
        if self == Kind::Gauge {
            return match c_number::parse(text) {
                (gauge, []) if !text.is_empty() => Ok(Value::Gauge(gauge)),
                _ => Err(ParseValueError::Form(self)),
            };
        }
        let number = c_number::parse_integer(text).ok_or(ParseValueError::Form(self))?;
        let value = match self {
            Kind::Counter => u64::try_from(number).map(Value::Counter),
            Kind::Absolute => u64::try_from(number).map(Value::Absolute),
            Kind::Derive | Kind::Gauge => i64::try_from(number).map(Value::Derive),
        };
        value.map_err(|_| ParseValueError::Range(self))
    }
}

/// A number as the daemon reads it in a `PUTVAL`, see [`Kind::parse_as_daemon`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct DaemonNumber<'a> {
    /// What the daemon takes.
    pub value: Value,
    /// What stands behind the number, which the daemon ignores but for a line in its log.
    pub rest: &'a [u8],
    /// Whether the number fits into its kind. Of one that is too large the daemon takes the largest that fits, and of one
    /// that is negative where that cannot be, what its bits are without a sign.
    pub fits: bool,
}

impl Kind {
    /// Reads the number at the beginning of a text as the daemon does in a `PUTVAL`: it takes `12abc` for 12, -1 for the
    /// largest counter, and what is too large for the largest number. `None` if there is no number: only that is an
    /// error there.
    ///
    /// ```
    /// use collectd_types::{Kind, Value};
    ///
    /// let number = Kind::Counter.parse_as_daemon(b"-1 ").unwrap();
    /// assert_eq!((number.value, number.rest, number.fits), (Value::Counter(u64::MAX), &b""[..], false));
    /// let number = Kind::Derive.parse_as_daemon(b"1.5").unwrap();
    /// assert_eq!((number.value, number.rest, number.fits), (Value::Derive(1), &b".5"[..], true));
    /// ```
    pub fn parse_as_daemon(self, text: &[u8]) -> Option<DaemonNumber<'_>> {
        let blanks = text.iter().rev().take_while(|byte| c_number::is_blank(**byte)).count();
        let text = &text[..text.len() - blanks];
        if self == Kind::Gauge {
            let (gauge, rest) = c_number::parse(text);
            let value = Value::Gauge(gauge);
            return (rest.len() < text.len()).then_some(DaemonNumber { value, rest, fits: true });
        }
        let (number, rest) = c_number::integer_prefix(text)?;
        let unsigned = || match u64::try_from(number.unsigned_abs()) {
            Ok(magnitude) if number < 0 => magnitude.wrapping_neg(),
            Ok(magnitude) => magnitude,
            Err(_) => u64::MAX,
        };
        let (value, fits) = match self {
            Kind::Counter => (Value::Counter(unsigned()), u64::try_from(number).is_ok()),
            Kind::Absolute => (Value::Absolute(unsigned()), u64::try_from(number).is_ok()),
            Kind::Derive | Kind::Gauge => {
                let nearest = if number < 0 { i64::MIN } else { i64::MAX };
                (Value::Derive(i64::try_from(number).unwrap_or(nearest)), i64::try_from(number).is_ok())
            }
        };
        Some(DaemonNumber { value, rest, fits })
    }
}

/// Why a text is not a list of values of some type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseValuesError {
    /// What stands before the first colon is neither `N` nor seconds since 1970.
    #[error("before the first colon there is neither \"N\" nor a number of seconds")]
    Time,
    /// The time cannot be used.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// There are too many or too few values.
    #[error("the type has {expected} values, not {got}")]
    Count {
        /// How many data sources the type has.
        expected: usize,
        /// How many values there are.
        got: usize,
    },
    /// A value cannot be used.
    #[error("value {} cannot be used: {problem}", .index + 1)]
    Value {
        /// Which value, counted from 0.
        index: usize,
        /// What is wrong with it.
        problem: ParseValueError,
    },
}

impl DataSet {
    /// Reads a time and the values of this type as `PUTVAL` has them: `N:1:2.5`, with seconds since 1970 or `N` for now,
    /// and `U` for a gauge that is not known. See [`Kind::parse`] for the numbers. [`ValuesRef::putval`] writes it.
    ///
    /// The result has this type, the values and the time; the names of host and plugin are left to the caller.
    ///
    /// # Errors
    ///
    /// If the time or a number is not one, or there are not as many values as data sources. The daemon itself takes 0
    /// for values that are missing.
    ///
    /// ```
    /// use collectd_types::{DataSet, Time};
    ///
    /// let octets: DataSet = "if_octets rx:DERIVE:0:U, tx:DERIVE:0:U".parse().unwrap();
    /// let values = octets.parse_values("1179574444.5:100:0x20").unwrap().host("h").plugin("p");
    /// assert_eq!(values.to_string(), "[1179574444] h/p/if_octets [(2, 100), (2, 32)]");
    /// assert_eq!(values.view().putval().to_string(), "1179574444.500:100:32");
    /// let error = octets.parse_values("N:1").unwrap_err();
    /// assert_eq!(error.to_string(), "the type has 2 values, not 1");
    /// ```
    pub fn parse_values(&self, text: &str) -> Result<Values, ParseValuesError> {
        let (time, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut values = Values::new(self.type_()).time(parse_time(time)?);
        let count = if rest.is_empty() { 0 } else { rest.split(':').count() };
        if count != self.sources().len() {
            return Err(ParseValuesError::Count { expected: self.sources().len(), got: count });
        }
        for (index, (source, text)) in self.sources().iter().zip(rest.split(':')).enumerate() {
            let value = match (source.kind, text) {
                (Kind::Gauge, "U") => Ok(Value::Gauge(f64::NAN)),
                (kind, text) => kind.parse(text),
            };
            values = values.value(value.map_err(|problem| ParseValuesError::Value { index, problem })?);
        }
        Ok(values)
    }
}

fn parse_time(text: &str) -> Result<Time, ParseValuesError> {
    if text == "N" {
        return Ok(Time::UNSET);
    }
    let seconds = match c_number::parse(text.as_bytes()) {
        (seconds, []) if !text.is_empty() && !seconds.is_nan() => seconds,
        _ => return Err(ParseValuesError::Time),
    };
    match Time::try_from_secs_f64(seconds).map_err(|problem| FieldError::new(Field::Time, problem))? {
        // To the daemon that is no time, so that it reads one from the first value.
        Time::UNSET => Err(FieldError::new(Field::Time, Problem::Empty).into()),
        time => Ok(time),
    }
}

impl<'a> ValuesRef<'a> {
    /// Time and values as `PUTVAL` takes them: `1179574444.500:0.25:100`, a gauge with 15 digits at most. See
    /// [`DataSet::parse_values`] for the way back.
    pub fn putval(self) -> impl fmt::Display + use<'a> {
        PutVal { values: self, rates: None }
    }

    /// The same with these rates in place of the values that are no gauges, as the plugins do that have an option
    /// `StoreRates`. A rate that is not there is NaN.
    pub fn putval_with_rates<'r>(self, rates: &'r [f64]) -> impl fmt::Display + use<'a, 'r>
    where
        'a: 'r,
    {
        PutVal { values: self, rates: Some(rates) }
    }
}

struct PutVal<'a> {
    values: ValuesRef<'a>,
    rates: Option<&'a [f64]>,
}

impl fmt::Display for PutVal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.values.time().as_secs_f64())?;
        for (index, value) in self.values.values().enumerate() {
            match (value, self.rates) {
                (Value::Gauge(gauge), _) => write!(f, ":{}", General(gauge))?,
                (_, Some(rates)) => write!(f, ":{}", General(rates.get(index).copied().unwrap_or(f64::NAN)))?,
                (value, None) => write!(f, ":{value}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn set(line: &str) -> DataSet {
        line.parse().unwrap()
    }

    #[test]
    fn numbers_are_of_their_kind_or_an_error() {
        use ParseValueError::{Form, Range};
        for (kind, text, expected) in [
            (Kind::Derive, " \t-0x10 \r\n", Ok(Value::Derive(-16))),
            (Kind::Derive, "9223372036854775807", Ok(Value::Derive(i64::MAX))),
            (Kind::Derive, "9223372036854775808", Err(Range(Kind::Derive))),
            (Kind::Counter, "18446744073709551615", Ok(Value::Counter(u64::MAX))),
            (Kind::Counter, "18446744073709551616", Err(Range(Kind::Counter))),
            (Kind::Absolute, "-1", Err(Range(Kind::Absolute))),
            (Kind::Absolute, "1e3", Err(Form(Kind::Absolute))),
            (Kind::Counter, "1 2", Err(Form(Kind::Counter))),
            (Kind::Gauge, " 0x1.8p1 ", Ok(Value::Gauge(3.0))),
            (Kind::Gauge, "-infinity", Ok(Value::Gauge(f64::NEG_INFINITY))),
            (Kind::Gauge, "1,5", Err(Form(Kind::Gauge))),
            (Kind::Gauge, " ", Err(Form(Kind::Gauge))),
            (Kind::Gauge, "U", Err(Form(Kind::Gauge))),
        ] {
            assert_eq!(kind.parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_daemon_takes_more() {
        let taken = |kind: Kind, text: &'static str| {
            kind.parse_as_daemon(text.as_bytes()).map(|number| (number.value, number.rest, number.fits))
        };
        let i64_min = "-9223372036854775809";
        assert_eq!(taken(Kind::Derive, i64_min), Some((Value::Derive(i64::MIN), &b""[..], false)));
        assert_eq!(taken(Kind::Absolute, "-2x"), Some((Value::Absolute(u64::MAX - 1), &b"x"[..], false)));
        let beyond = "-18446744073709551616";
        assert_eq!(taken(Kind::Counter, beyond), Some((Value::Counter(u64::MAX), &b""[..], false)));
        assert_eq!(taken(Kind::Gauge, " 1.5e \n"), Some((Value::Gauge(1.5), &b"e"[..], true)));
        for (kind, text) in [(Kind::Gauge, " "), (Kind::Gauge, "U"), (Kind::Counter, "U"), (Kind::Derive, "")] {
            assert_eq!(taken(kind, text), None, "{text:?}");
        }
    }

    #[test]
    fn lists_have_a_time_and_all_values() {
        let mixed = set("mixed c:COUNTER:0:U, g:GAUGE:U:U");
        let values = mixed.parse_values("N:7:U").unwrap();
        assert!(values.view().time().is_unset() && values.view().value(1).unwrap().as_f64().is_nan());
        for (text, error) in [
            ("", "before the first colon there is neither \"N\" nor a number of seconds"),
            ("n:1:2", "before the first colon there is neither \"N\" nor a number of seconds"),
            ("nan:1:2", "before the first colon there is neither \"N\" nor a number of seconds"),
            ("1.5x:1:2", "before the first colon there is neither \"N\" nor a number of seconds"),
            ("0:1:2", "time cannot be used: it is empty"),
            ("-1:1:2", "time cannot be used: it is before 1970"),
            ("1e11:1:2", "time cannot be used: it is beyond 2^34 seconds"),
            ("N", "the type has 2 values, not 0"),
            ("N:1:2:3", "the type has 2 values, not 3"),
            ("N:1:", "value 2 cannot be used: it is not a gauge"),
            ("N:U:1", "value 1 cannot be used: it is not a counter"),
        ] {
            assert_eq!(mixed.parse_values(text).unwrap_err().to_string(), error, "{text:?}");
        }
    }

    #[test]
    fn lists_are_written_with_values_or_rates() {
        let values = Values::new("t").time(Time::from_raw((12 << 30) + (1 << 29)));
        let values = values.counter(u64::MAX).gauge(1.0 / 3.0).derive(-1).absolute(2);
        assert_eq!(values.view().putval().to_string(), "12.500:18446744073709551615:0.333333333333333:-1:2");
        let rates = values.view().putval_with_rates(&[0.5, 1.5, -2.0]).to_string();
        assert_eq!(rates, "12.500:0.5:0.333333333333333:-2:nan");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(time in 1u64..1 << 33, counter: u64, derive: i64, absolute: u64, gauge: f32) {
            let set = set("t c:COUNTER:U:U, d:DERIVE:U:U, a:ABSOLUTE:U:U, g:GAUGE:U:U");
            let gauge = if gauge.is_nan() { f32::INFINITY } else { gauge };
            let values = Values::new("t").time(Time::from_secs(time)).counter(counter).derive(derive);
            let values = values.absolute(absolute).gauge(f64::from(gauge));
            let read = set.parse_values(&values.view().putval().to_string()).unwrap();
            let (gauge_read, gauge) = (read.view().value(3).unwrap().as_f64(), f64::from(gauge));
            prop_assert!(gauge_read == gauge || (gauge_read / gauge - 1.0).abs() < 1e-14, "{gauge} {gauge_read}");
            prop_assert_eq!(read.view().time(), Time::from_secs(time));
            prop_assert!(read.view().values().take(3).eq(values.view().values().take(3)));
        }

        #[test]
        fn nothing_makes_it_panic(text in "[N0-9:xU.e+-]{0,40}|.{0,20}") {
            let set = set("t c:COUNTER:U:U, g:GAUGE:U:U");
            let _ = set.parse_values(&text);
            for kind in [Kind::Counter, Kind::Gauge, Kind::Derive, Kind::Absolute] {
                let strict = kind.parse(&text);
                let lenient = kind.parse_as_daemon(text.as_bytes());
                // What is right is read alike.
                if let Ok(value) = strict {
                    let lenient = lenient.unwrap();
                    prop_assert!(lenient.fits && lenient.rest.is_empty(), "{lenient:?}");
                    prop_assert_eq!(lenient.value.to_bits(), value.to_bits());
                }
            }
        }
    }
}
