//! Saying that something held the traffic up.

use std::time::{Duration, Instant};

use crate::console::warn;

/// From this delay on it is said.
const STALL: Duration = Duration::from_millis(500);
/// From this on all is well again.
const FINE: Duration = Duration::from_millis(50);
const SAY_EVERY: Duration = Duration::from_secs(10);

/// The delays of what is sent.
#[derive(Default)]
pub(super) struct Stalls {
    /// The longest of the stall that is going on.
    longest: Option<Duration>,
    /// When it was last said that it goes on.
    said: Option<Instant>,
}

impl Stalls {
    /// Something is sent so long after it was due.
    pub(super) fn note(&mut self, delay: Duration) {
        match self.longest {
            None if delay >= STALL => (self.longest, self.said) = (Some(delay), Some(Instant::now())),
            None => {}
            Some(longest) if delay <= FINE => {
                warn(format_args!("it was held up for {:.1} s, and has caught up", longest.as_secs_f64()));
                self.longest = None;
            }
            Some(longest) => {
                self.longest = Some(longest.max(delay));
                if self.said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
                    self.said = Some(Instant::now());
                    warn(format_args!("it is {:.1} s behind", delay.as_secs_f64()));
                }
            }
        }
    }

    /// No more is sent.
    pub(super) fn finish(self) {
        if let Some(longest) = self.longest {
            warn(format_args!("it was up to {:.1} s behind, and did not catch up", longest.as_secs_f64()));
        }
    }
}
