//! Repeated trouble, told at most once a minute.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::ffi::{LogLevel, log};

/// The shortest time between two lines about the same trouble.
const QUIET: Duration = Duration::from_secs(60);

/// Something that can fail over and over. The first failure is logged at once, further ones at most once a
/// minute with their number, and the end of it once.
///
/// ```
/// # use collectd_test_host as _;
/// static DISK: collectd::Complaint = collectd::Complaint::new();
///
/// fn store(result: std::io::Result<()>) {
///     match result {
///         Ok(()) => DISK.release(format_args!("the disk takes data again")),
///         Err(error) => DISK.complain(collectd::LogLevel::Error, format_args!("cannot store: {error}")),
///     }
/// }
/// # store(Ok(()));
/// ```
#[derive(Debug)]
pub struct Complaint {
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

impl Complaint {
    /// No trouble so far.
    pub const fn new() -> Self {
        let state = State { logged: None, untold: 0, is_announced: false };
        Complaint { is_failing: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Reports a failure.
    pub fn complain(&self, level: LogLevel, text: fmt::Arguments<'_>) {
        match self.failed(Instant::now()) {
            Some(0) => log(level, text),
            Some(untold) => log(level, format_args!("{text} (and {untold} more since the last such line)")),
            None => {}
        }
    }

    /// Reports that it works; the text is logged if the log says that it failed.
    pub fn release(&self, text: fmt::Arguments<'_>) {
        if self.is_failing.load(Ordering::Relaxed) && self.recovered() {
            log(LogLevel::Notice, text);
        }
    }

    /// How many failures were kept quiet, if this one is to be logged.
    fn failed(&self, now: Instant) -> Option<u64> {
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

    fn recovered(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_failing.store(false, Ordering::Relaxed);
        std::mem::take(&mut state.is_announced)
    }
}

impl Default for Complaint {
    fn default() -> Self {
        Complaint::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_once_a_minute_with_their_number() {
        let complaint = Complaint::new();
        let start = Instant::now();
        assert_eq!(complaint.failed(start), Some(0));
        for second in 1..60 {
            assert_eq!(complaint.failed(start + Duration::from_secs(second)), None);
        }
        assert_eq!(complaint.failed(start + Duration::from_secs(60)), Some(59));
        assert_eq!(complaint.failed(start + Duration::from_secs(61)), None);
    }

    #[test]
    fn recovery_is_told_only_of_what_was_told() {
        let complaint = Complaint::new();
        let start = Instant::now();
        complaint.failed(start);
        assert!(complaint.recovered());
        // Back within the quiet minute: neither the failure nor its end is worth a line.
        assert_eq!(complaint.failed(start + Duration::from_secs(1)), None);
        assert!(!complaint.recovered());
    }
}
