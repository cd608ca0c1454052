//! How fast a capture is gone through.

use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime};

/// What `--speed` takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// As fast as it goes.
    Max,
    /// So many times as fast as it was captured.
    Times(f64),
}

impl FromStr for Speed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Speed, Self::Err> {
        const NEITHER: &str = "it must be a number of times, such as 1 or 0.5, or \"max\"";
        if text == "max" {
            return Ok(Speed::Max);
        }
        let times: f64 = text.parse().map_err(|_| NEITHER)?;
        if times.is_normal() && times > 0.0 { Ok(Speed::Times(times)) } else { Err(NEITHER) }
    }
}

/// Tells when it is time for what was captured when.
#[derive(Debug)]
pub(crate) struct Pace {
    speed: Speed,
    start: Option<(Instant, SystemTime)>,
}

impl Pace {
    pub(crate) fn new(speed: Speed) -> Pace {
        Pace { speed, start: None }
    }

    /// How long it is until then; the clock starts with the first call. Nothing if it was before that, too.
    pub(crate) fn left(&mut self, captured: SystemTime) -> Duration {
        let Speed::Times(times) = self.speed else { return Duration::ZERO };
        let (start, first) = *self.start.get_or_insert_with(|| (Instant::now(), captured));
        let behind_first = captured.duration_since(first).unwrap_or_default();
        let due = Duration::try_from_secs_f64(behind_first.as_secs_f64() / times).unwrap_or(Duration::MAX);
        due.saturating_sub(start.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_positive_numbers_or_max() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("1".parse(), Ok(Speed::Times(1.0)));
        assert_eq!("1e3".parse(), Ok(Speed::Times(1000.0)));
        for wrong in ["", "0", "-1", "inf", "NaN", "1x", "MAX", "1e-310"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_scaled_and_never_too_long_to_express() {
        let first = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let left = |speed, seconds| {
            let mut pace = Pace::new(speed);
            assert_eq!(pace.left(first), Duration::ZERO);
            pace.left(first + Duration::from_secs(seconds)).as_secs_f64().round()
        };
        assert_eq!(left(Speed::Max, 100), 0.0);
        assert_eq!(left(Speed::Times(1.0), 100), 100.0);
        assert_eq!(left(Speed::Times(0.5), 100), 200.0);
        assert_eq!(left(Speed::Times(1e-300), 100), Duration::MAX.as_secs_f64());
        let mut pace = Pace::new(Speed::Times(1.0));
        pace.left(first);
        assert_eq!(pace.left(first - Duration::from_secs(5)), Duration::ZERO, "clocks are set back");
    }
}
