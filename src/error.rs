//! What an author's callback returns when it fails, and what a dispatch can fail with.

use std::error::Error as StdError;
use std::fmt;

use collectd_types::{CheckError, FieldError};

use crate::trace::Trace;

/// The result of an author's code: any error can be raised with `?`.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Any error of an author's code. It is logged with all its sources on one line.
///
/// Like `CollectdError` of collectd-python an error can say that it is [expected](Error::expected); then it
/// is a warning.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::prelude::*;
///
/// fn charge() -> Result<f64> {
///     let file = "/sys/class/power_supply/BAT7/capacity";
///     // Not every machine has a battery.
///     let text = std::fs::read_to_string(file).map_err(|error| Error::from(error).expected())?;
///     Ok(text.trim().parse()?)
/// }
/// # assert!(charge().is_err_and(|error| error.is_expected()));
/// ```
///
/// With the line `LogTraces true` in the block of the plugin, match or target, further lines of the log say where the
/// error became one, be it by `?`, and by which calls the code got there. The framework takes this line: the author's
/// configuration does not see it. It is for anything else of the name, as `LogTraces "all"`. Panics have their calls
/// logged too, errors that are expected do not.
pub struct Error(Box<Inner<dyn StdError + Send + Sync>>);

/// In one piece of memory, so that a `Result` is two words.
struct Inner<E: ?Sized> {
    is_expected: bool,
    trace: Option<Box<Trace>>,
    cause: E,
}

impl Error {
    /// An error that is only a text.
    #[track_caller]
    pub fn msg(text: impl fmt::Display) -> Self {
        Message(text.to_string()).into()
    }

    /// Marks the error as one that happens in normal operation: it is logged as a warning.
    pub fn expected(mut self) -> Self {
        self.0.is_expected = true;
        self.0.trace = None;
        self
    }

    /// An error that tells of nothing in the author's code.
    pub(crate) fn untraced(error: impl Into<Error>) -> Self {
        let mut error = error.into();
        error.0.trace = None;
        error
    }

    pub(crate) fn take_trace(&mut self) -> Option<Box<Trace>> {
        self.0.trace.take()
    }

    /// Whether the error was marked as [expected](Self::expected).
    pub fn is_expected(&self) -> bool {
        self.0.is_expected
    }

    /// The error itself, with its sources.
    pub fn cause(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &self.0.cause
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Self {
        Error(Box::new(Inner { is_expected: false, trace: Trace::of_error(), cause: error }))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Message(String);

/// The error and its sources, separated by colons. A source whose text the error before it already ends
/// with is not repeated.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.cause().to_string();
        f.write_str(&shown)?;
        let mut source = self.cause().source();
        while let Some(error) = source {
            let text = error.to_string();
            if !shown.ends_with(&text) {
                write!(f, ": {text}")?;
                shown = text;
            }
            source = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why a value list or a notification was not dispatched. Nothing of it has reached the daemon.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// A name or a time cannot be used.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// It is not what types.db says of its type: no such type, another number of values, or another kind.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The name or the text of an entry of the meta data has a NUL byte.
    #[error("meta data {key:?} has a NUL byte")]
    MetaNul {
        /// The name of the entry.
        key: String,
    },
    /// The name of an entry of a notification's meta data has more than 127 bytes.
    #[error("{key:?}, a name of meta data, has more than 127 bytes")]
    MetaName {
        /// The name of the entry.
        key: String,
    },
    /// All plugins of this file have been shut down: a thread that was not ended, or what is dropped afterwards, comes
    /// too late.
    #[error("the daemon has stopped")]
    Stopped,
    /// It comes from a callback that was called for another one, and so on, eight times: a notification callback that
    /// dispatches one itself, or a write callback that calls [`write_to`](crate::WriteTo::write_to). Its stack would end,
    /// and with it the daemon.
    #[error("it comes from callbacks inside callbacks, too deep")]
    TooDeep,
    /// The daemon refused; it has logged why.
    #[error("the daemon refused it with status {status}")]
    Refused {
        /// What the daemon returned.
        status: i32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no battery")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_chain_is_one_line_without_repetition() {
        let error = Error::from(Outer(std::io::Error::other("read failed")));
        assert_eq!(error.to_string(), "no battery: read failed");
        assert!(!error.is_expected() && error.expected().is_expected());

        #[derive(Debug, thiserror::Error)]
        #[error("opening: {0}")]
        struct Repeats(#[source] std::io::Error);
        assert_eq!(Error::from(Repeats(std::io::Error::other("gone"))).to_string(), "opening: gone");
        assert_eq!(Error::msg("100% wrong").to_string(), "100% wrong");
    }
}
