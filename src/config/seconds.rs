//! Spans of time.

use std::fmt;
use std::time::Duration;

use collectd_types::Interval;
use serde::de::{Deserialize, Deserializer, Error as _, Unexpected};

use super::error::Error;

/// A span of time: in the configuration a number of seconds, with a fraction if need be (`Timeout 2.5`).
///
/// It is what collectd itself makes of such a number, so that a plugin in C and one in Rust have the same
/// [`Interval`] from the same line. What is negative, infinite or not below 2³⁴ seconds is refused: no
/// interval can hold it.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::Interval;
/// use collectd::config::{Block, Seconds};
/// use std::time::Duration;
///
/// let timeout: Seconds = Block::new("Timeout").value(2.5).to()?;
/// assert_eq!(Duration::from(timeout), Duration::from_millis(2500));
/// assert_eq!(Interval::from(timeout).as_secs_f64(), 2.5);
///
/// let error = Block::new("Timeout").value(-1).to::<Seconds>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "Timeout: -1 does not fit, expected a number of seconds, from 0 to less than 17179869184"
/// );
/// # Ok::<(), collectd::config::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seconds {
    interval: Interval,
    duration: Duration,
}

/// 2³⁴ s: an interval has as many units of 2⁻³⁰ s as 64 bits can count.
const END: f64 = 17_179_869_184.0;
const UNITS_PER_SECOND: f64 = 1_073_741_824.0;
const EXPECTED: &str = "a number of seconds, from 0 to less than 17179869184";

impl Seconds {
    /// No time at all.
    pub const ZERO: Seconds = Seconds::from_secs(0);

    /// Whole seconds, for the default of a key.
    pub const fn from_secs(secs: u32) -> Self {
        // From a u32 it is exact, and below 2³⁴.
        Seconds { interval: Interval::from_secs(secs as u64), duration: Duration::from_secs(secs as u64) }
    }

    /// Seconds with a fraction, by the rules of the configuration.
    ///
    /// # Errors
    ///
    /// If the number is negative, not finite, or 2³⁴ or more.
    pub fn new(seconds: f64) -> Result<Self, Error> {
        Seconds::checked(seconds).ok_or_else(|| Error::invalid_value(Unexpected::Float(seconds), &EXPECTED))
    }

    fn checked(seconds: f64) -> Option<Self> {
        if !(0.0..END).contains(&seconds) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "in range; cut off as collectd does"
        )]
        let interval = Interval::from_raw((seconds * UNITS_PER_SECOND) as u64);
        Some(Seconds { interval, duration: Duration::try_from_secs_f64(seconds).ok()? })
    }

    /// The span as a `Duration`, to the nearest nanosecond.
    pub const fn to_duration(self) -> Duration {
        self.duration
    }

    /// The span as collectd counts it.
    pub const fn to_interval(self) -> Interval {
        self.interval
    }
}

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Duration {
        seconds.duration
    }
}

impl From<Seconds> for Interval {
    fn from(seconds: Seconds) -> Interval {
        seconds.interval
    }
}

impl fmt::Debug for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seconds({:?})", self.duration)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Seconds::checked(seconds).ok_or_else(|| D::Error::invalid_value(Unexpected::Float(seconds), &EXPECTED))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::config::{Block, ErrorKind, Scalar, from_block};

    fn to<T: DeserializeOwned>(values: impl IntoIterator<Item = f64>) -> Result<T, Error> {
        values.into_iter().fold(Block::new("Timeout"), Block::value).to()
    }

    #[test]
    fn whole_seconds_and_fractions() {
        assert_eq!(to([10.0]), Ok(Seconds::from_secs(10)));
        assert_eq!(to([-0.0]), Ok(Seconds::ZERO));
        assert_eq!(Seconds::from_secs(u32::MAX), Seconds::new(4_294_967_295.0).unwrap());
        let seconds = Seconds::new(0.7).unwrap();
        assert_eq!(seconds.to_duration(), Duration::from_millis(700));
        // collectd cuts the 0.8 off 751,619,276.8 units.
        assert_eq!(seconds.to_interval(), Interval::from_raw(751_619_276));
        assert_eq!(format!("{seconds:?}"), "Seconds(700ms)");
        let longest = f64::from_bits(END.to_bits() - 1);
        assert_eq!(Seconds::new(longest).unwrap().to_interval().to_raw(), u64::MAX - 2047);
        assert_eq!(Seconds::new(5e-324).unwrap(), Seconds::ZERO);
    }

    #[test]
    fn what_no_interval_can_hold_is_refused() {
        for (number, shown) in [(-1.0, "-1"), (-5e-324, "-5e-324"), (END, "17179869184"), (1e300, "1e300")] {
            let error = to::<Seconds>([number]).unwrap_err();
            assert_eq!(error.to_string(), format!("Timeout: {shown} does not fit, expected {EXPECTED}"));
            assert_eq!(error.kind(), ErrorKind::InvalidValue);
            assert_eq!(Seconds::new(number).unwrap_err().problem(), error.problem());
        }
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(to::<Seconds>([number]).is_err(), "{number}");
        }
        let error = Block::new("Timeout").value("5").to::<Seconds>().unwrap_err();
        let text = "Timeout: \"5\" is a string, expected a number (write it without quotes)";
        assert_eq!(error.to_string(), text);
        let error = Block::new("Timeout").value(true).to::<Seconds>().unwrap_err();
        assert_eq!(error.to_string(), "Timeout: true is a boolean, expected a number");
    }

    #[test]
    fn wherever_a_value_can_stand() {
        let [one, two] = [Seconds::from_secs(1), Seconds::from_secs(2)];
        assert_eq!(to([1.0]), Ok(Some(one)));
        assert_eq!(to([1.0, 2.0]), Ok(vec![one, two]));
        assert_eq!(to([1.0, 2.0]), Ok((one, Some(two), None::<Seconds>)));
        let block = Block::new("Timeout").value("a").value(2);
        let plugin = Block::new("Plugin").child(block);
        let config: HashMap<String, HashMap<String, Seconds>> = from_block(&plugin).unwrap();
        assert_eq!(config["Timeout"]["a"], two);
        let text = to::<Vec<Seconds>>([1.0, -2.0]).unwrap_err().to_string();
        assert!(text.starts_with("Timeout: -2 does not fit"), "{text}");
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(untagged)]
        enum Buffered {
            Seconds(Seconds),
            Word(String),
        }
        assert_eq!(to([2.0]), Ok(Buffered::Seconds(two)));
        assert_eq!(to([0.5]), Ok(Buffered::Seconds(Seconds::new(0.5).unwrap())));
        assert_eq!(Block::new("Timeout").value("off").to(), Ok(Buffered::Word("off".to_owned())));
    }

    proptest! {
        /// A double has 53 bits: so far both are exact, or off by less than one unit of their own.
        #[test]
        fn both_spans_are_the_number(seconds in 0.0..4_194_304.0_f64) {
            let span = Seconds::new(seconds).unwrap();
            let lost = seconds - span.to_interval().as_secs_f64();
            prop_assert!((0.0..1.0 / UNITS_PER_SECOND).contains(&lost), "{lost}");
            let nanoseconds = (seconds - span.to_duration().as_secs_f64()) * 1e9;
            prop_assert!(nanoseconds.abs() <= 1.0, "{nanoseconds}");
        }

        #[test]
        fn the_order_is_that_of_the_numbers(a in 0.0..END, b in 0.0..END) {
            let order = Seconds::new(a).unwrap().cmp(&Seconds::new(b).unwrap());
            prop_assert!(order.is_eq() || Some(order) == a.partial_cmp(&b));
        }

        #[test]
        fn any_number_is_taken_or_refused(bits: u64) {
            let number = f64::from_bits(bits);
            let scalar = Scalar::Number(number);
            prop_assert_eq!(Block::new("X").value(scalar).to::<Seconds>().is_ok(), (0.0..END).contains(&number));
        }
    }
}
