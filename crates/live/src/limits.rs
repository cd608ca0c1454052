//! When to end without being told: options of all commands that could go on for ever.

use std::time::{Duration, Instant};

use clap::error::ErrorKind;

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// End after exactly this many value lists and notifications.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) count: Option<u64>,

    /// End after this time in all, whether or not anything came; fractions are allowed.
    #[arg(long, value_name = "SECONDS", value_parser = timeout, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Duration>,
}

/// How much time is left.
pub(crate) struct Clock {
    deadline: Option<Instant>,
}

impl Clock {
    /// Starts the clock; `None` is for ever, as is a time too long to express.
    pub(crate) fn start(timeout: Option<Duration>) -> Self {
        Clock { deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)) }
    }

    /// The time that is left; `None` is for ever.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Lets at most this much time be left.
    pub(crate) fn shorten(&mut self, left: Duration) {
        let deadline = Instant::now() + left;
        self.deadline = Some(self.deadline.map_or(deadline, |before| before.min(deadline)));
    }
}

/// Arguments that are right each for itself.
pub(crate) fn conflict(message: &str) -> anyhow::Error {
    clap::Error::raw(ErrorKind::ArgumentConflict, format!("{message}\n")).into()
}

pub(crate) fn count(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err(format!("it must be a whole number from 1 to {}", u64::MAX)),
    }
}

pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    let secs: f64 = text.parse().ok().filter(|secs: &f64| secs.is_finite()).ok_or("it must be a number of seconds")?;
    if secs <= 0.0 {
        return Err("it must be more than 0 seconds".to_owned());
    }
    match Duration::try_from_secs_f64(secs) {
        Ok(Duration::ZERO) => Err("it must be at least a nanosecond".to_owned()),
        Ok(timeout) => Ok(timeout),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_positive_numbers_of_seconds() {
        assert_eq!(timeout("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(timeout("1e-3"), Ok(Duration::from_millis(1)));
        for wrong in ["0", "-1", "-0.0", "NaN", "nan", "inf", "-inf", "", "1s", "1e-30", "1e300"] {
            assert!(timeout(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn counts_are_positive() {
        assert_eq!(count("1"), Ok(1));
        assert_eq!(count("18446744073709551615"), Ok(u64::MAX));
        for wrong in ["0", "-1", "", "1.0", "x", "18446744073709551616"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_clock_can_only_be_shortened() {
        let mut clock = Clock::start(Some(Duration::ZERO));
        clock.shorten(Duration::from_secs(60));
        assert_eq!(clock.left(), Some(Duration::ZERO));
        let mut clock = Clock::start(Some(Duration::MAX));
        assert_eq!(clock.left(), None);
        clock.shorten(Duration::from_secs(60));
        assert!(clock.left().is_some_and(|left| left <= Duration::from_secs(60)));
    }
}
