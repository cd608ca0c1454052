//! Numbers with limits of their own.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, Error as _, Unexpected};

use super::value::whole;

/// Deserializes a whole number within a range, for `deserialize_with`.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::{self, Block};
/// use serde::{Deserialize, Deserializer};
///
/// #[derive(Debug, Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Config {
///     #[serde(deserialize_with = "packet_size")]
///     max_packet_size: u16,
/// }
///
/// fn packet_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
///     config::in_range(deserializer, 1024..=65535)
/// }
///
/// let block = Block::new("Plugin").child(Block::new("MaxPacketSize").value(5));
/// assert_eq!(
///     config::from_block::<Config>(&block).unwrap_err().to_string(),
///     "MaxPacketSize: 5 does not fit, expected a number from 1024 to 65535"
/// );
/// ```
///
/// # Errors
///
/// If it is no number, no whole number, or outside of the range.
pub fn in_range<'de, D, T>(deserializer: D, range: RangeInclusive<T>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128> + PartialOrd + Display,
{
    let number = f64::deserialize(deserializer)?;
    let integer = whole(number).and_then(|integer| T::try_from(integer).ok());
    match integer.filter(|integer| range.contains(integer)) {
        Some(integer) => Ok(integer),
        None => {
            let wanted = format!("a number from {} to {}", range.start(), range.end());
            let wanted = wanted.as_str();
            Err(if number.is_finite() && number.fract() != 0.0 {
                D::Error::invalid_type(Unexpected::Float(number), &wanted)
            } else {
                D::Error::invalid_value(Unexpected::Float(number), &wanted)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::block::{Block, Scalar};
    use crate::config::error::ErrorKind;

    #[derive(Debug, PartialEq)]
    struct Size(u16);

    impl<'de> Deserialize<'de> for Size {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            in_range(deserializer, 1024..=65535).map(Size)
        }
    }

    fn size(value: impl Into<Scalar>) -> Result<Size, crate::config::Error> {
        Block::new("Size").value(value).to()
    }

    #[test]
    fn takes_what_is_within() {
        assert_eq!(size(1024), Ok(Size(1024)));
        assert_eq!(size(65535), Ok(Size(65535)));
    }

    #[test]
    fn refuses_what_is_not() {
        for (number, shown) in [(1023.0, "1023"), (65536.0, "65536"), (-1.0, "-1"), (1e30, "1e30")] {
            let error = size(number).unwrap_err();
            let wanted = "expected a number from 1024 to 65535";
            assert_eq!(error.to_string(), format!("Size: {shown} does not fit, {wanted}"));
            assert_eq!(error.kind(), ErrorKind::InvalidValue);
        }
        assert_eq!(
            size(1500.5).unwrap_err().to_string(),
            "Size: 1500.5 is not a whole number, expected a number from 1024 to 65535"
        );
        assert!(size(f64::NAN).unwrap_err().to_string().starts_with("Size: NaN does not fit"));
        assert_eq!(
            size("1500").unwrap_err().to_string(),
            "Size: \"1500\" is a string, expected a number (write it without quotes)"
        );
    }
}
