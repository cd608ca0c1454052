//! Why a step of a test did not do what it should.

use std::error::Error;
use std::fmt;

use crate::Line;

/// A step that the plugin, or the daemon, did not do as it should; with all that was logged meanwhile.
///
/// `Debug` is `Display`, so that `unwrap` and `expect` tell it as it is meant to be read.
#[derive(Clone, PartialEq)]
pub struct Failed {
    pub(crate) step: String,
    pub(crate) problems: Vec<String>,
    pub(crate) log: Vec<Line>,
}

impl Failed {
    /// What went wrong, one sentence each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// What was logged during the step. It is in [`Host::take_log`](crate::Host::take_log) too.
    pub fn log(&self) -> &[Line] {
        &self.log
    }
}

impl Error for Failed {}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.step)?;
        for problem in &self.problems {
            write!(f, "\n  ")?;
            harmless(problem, f)?;
        }
        if !self.log.is_empty() {
            write!(f, "\nwhat was logged:")?;
        }
        self.log.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text from outside does not move the cursor of whoever runs the tests.
pub(crate) fn harmless(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    text.chars().try_for_each(|character| {
        if character.is_control() { write!(f, "{}", character.escape_default()) } else { write!(f, "{character}") }
    })
}
