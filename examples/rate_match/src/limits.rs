//! Is a rate within limits?

use std::ops::RangeInclusive;

use thiserror::Error;

/// Why limits are none.
#[derive(Debug, PartialEq, Error)]
pub(crate) enum LimitsError {
    #[error("neither Min nor Max is given")]
    None,
    #[error("Min and Max have to be numbers")]
    NotANumber,
    #[error("Min is {min}, and Max, which is {max}, is less")]
    Empty { min: f64, max: f64 },
}

/// Which rates match.
#[derive(Debug)]
pub(crate) struct Limits {
    range: RangeInclusive<f64>,
    invert: bool,
    unknown: bool,
}

impl Limits {
    pub(crate) fn new(min: Option<f64>, max: Option<f64>, invert: bool, unknown: bool) -> Result<Self, LimitsError> {
        if min.is_none() && max.is_none() {
            return Err(LimitsError::None);
        }
        let (min, max) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
        if min.is_nan() || max.is_nan() {
            return Err(LimitsError::NotANumber);
        }
        if min > max {
            return Err(LimitsError::Empty { min, max });
        }
        Ok(Limits { range: min..=max, invert, unknown })
    }

    /// NaN is no rate: neither within the limits nor outside.
    pub(crate) fn matches(&self, rate: f64) -> bool {
        if rate.is_nan() { self.unknown } else { self.range.contains(&rate) != self.invert }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching(limits: &Limits) -> Vec<f64> {
        [f64::NEG_INFINITY, -1.0, 0.0, 1.0, 1.5, 2.0, 2.1, f64::INFINITY]
            .into_iter()
            .filter(|rate| limits.matches(*rate))
            .collect()
    }

    #[test]
    fn both_limits_are_within() {
        let limits = |min, max, invert| Limits::new(min, max, invert, false).expect("limits");
        assert_eq!(matching(&limits(Some(1.0), Some(2.0), false)), [1.0, 1.5, 2.0]);
        assert_eq!(matching(&limits(Some(1.5), None, false)), [1.5, 2.0, 2.1, f64::INFINITY]);
        assert_eq!(matching(&limits(None, Some(0.0), false)), [f64::NEG_INFINITY, -1.0, 0.0]);
        let outside = [f64::NEG_INFINITY, -1.0, 0.0, 2.1, f64::INFINITY];
        assert_eq!(matching(&limits(Some(1.0), Some(2.0), true)), outside);
    }

    #[test]
    fn what_is_unknown_is_neither_within_nor_outside() {
        for invert in [false, true] {
            for unknown in [false, true] {
                let limits = Limits::new(Some(1.0), None, invert, unknown).expect("limits");
                assert_eq!(limits.matches(f64::NAN), unknown);
            }
        }
    }

    #[test]
    fn limits_that_are_none_are_refused() {
        let new = |min, max| Limits::new(min, max, false, false).map(drop);
        assert_eq!(new(None, None), Err(LimitsError::None));
        assert_eq!(new(Some(f64::NAN), None), Err(LimitsError::NotANumber));
        assert_eq!(new(Some(2.0), Some(1.0)), Err(LimitsError::Empty { min: 2.0, max: 1.0 }));
        assert_eq!(new(Some(1.0), Some(1.0)), Ok(()));
    }
}
