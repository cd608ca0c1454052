//! When to speak of trouble that goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time between two lines about the same trouble.
const QUIET: Duration = Duration::from_secs(60);

/// Lets trouble be told at once, then at most once a minute, and its end once.
#[derive(Debug)]
pub(crate) struct Quiet {
    /// Lets the good case cost one load.
    is_failing: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    logged: Option<Instant>,
    /// Failures since the last line.
    untold: u64,
    /// Whether the log says that it fails.
    is_announced: bool,
}

impl Quiet {
    /// No trouble so far.
    pub(crate) const fn new() -> Self {
        let state = State { logged: None, untold: 0, is_announced: false };
        Quiet { is_failing: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Notes a failure. How many were kept quiet before, if this one is to be told.
    pub(crate) fn failed(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_failing.store(true, Ordering::Relaxed);
        if state.logged.is_some_and(|logged| now.duration_since(logged) < QUIET) {
            state.untold += 1;
            return None;
        }
        state.logged = Some(now);
        state.is_announced = true;
        Some(std::mem::take(&mut state.untold))
    }

    /// Whether it fails.
    #[inline]
    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    /// Notes that it works. Whether that is to be told, because the trouble was.
    pub(crate) fn recovered(&self) -> bool {
        if !self.is_failing() {
            return false;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_failing.store(false, Ordering::Relaxed);
        std::mem::take(&mut state.is_announced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_once_a_minute_with_their_number() {
        let quiet = Quiet::new();
        let start = Instant::now();
        assert_eq!(quiet.failed(start), Some(0));
        for second in 1..60 {
            assert_eq!(quiet.failed(start + Duration::from_secs(second)), None);
        }
        assert_eq!(quiet.failed(start + Duration::from_secs(60)), Some(59));
        assert_eq!(quiet.failed(start + Duration::from_secs(61)), None);
    }

    #[test]
    fn recovery_is_told_only_of_what_was_told() {
        let quiet = Quiet::new();
        let start = Instant::now();
        assert!(!quiet.recovered());
        quiet.failed(start);
        assert!(quiet.recovered());
        // Back within the quiet minute: neither the failure nor its end is worth a line.
        assert_eq!(quiet.failed(start + Duration::from_secs(1)), None);
        assert!(!quiet.recovered());
    }
}
