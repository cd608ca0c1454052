//! Log levels as text: in configurations, and in what plugins show.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

use crate::LogLevel;

/// Why a text is not a [`LogLevel`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is none of \"error\", \"warning\", \"notice\", \"info\" and \"debug\"")]
#[non_exhaustive]
pub struct ParseLogLevelError;

/// `error`, `warning`, `notice`, `info` or `debug`.
impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            LogLevel::Error => "error",
            LogLevel::Warning => "warning",
            LogLevel::Notice => "notice",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        })
    }
}

/// Reads what `Display` writes, in upper or lower case, and what collectd's own plugins take: `emerg`, `alert`, `crit`
/// and `err` are errors.
///
/// ```
/// # use collectd_test_host as _;
/// assert_eq!("Notice".parse(), Ok(collectd::LogLevel::Notice));
/// ```
impl FromStr for LogLevel {
    type Err = ParseLogLevelError;

    fn from_str(text: &str) -> Result<Self, ParseLogLevelError> {
        match text.to_ascii_lowercase().as_str() {
            "emerg" | "alert" | "crit" | "err" | "error" => Ok(LogLevel::Error),
            "warning" => Ok(LogLevel::Warning),
            "notice" => Ok(LogLevel::Notice),
            "info" => Ok(LogLevel::Info),
            "debug" => Ok(LogLevel::Debug),
            _ => Err(ParseLogLevelError),
        }
    }
}

/// From its text, so that it can stand in a configuration.
impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|problem| D::Error::custom(format_args!("{text:?}: {problem}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Block;

    #[test]
    fn levels_are_written_and_read() {
        for level in [LogLevel::Error, LogLevel::Warning, LogLevel::Notice, LogLevel::Info, LogLevel::Debug] {
            assert_eq!(level.to_string().to_uppercase().parse(), Ok(level));
        }
        for text in ["emerg", "alert", "crit", "err"] {
            assert_eq!(text.parse(), Ok(LogLevel::Error));
        }
    }

    #[test]
    fn a_level_can_stand_in_a_configuration() {
        let level = |text: &str| Block::new("LogLevel").value(text).to::<LogLevel>();
        assert_eq!(level("Warning").unwrap(), LogLevel::Warning);
        let error = level("loud").unwrap_err().to_string();
        assert!(error.contains("\"loud\": it is none of \"error\", \"warning\""), "{error}");
    }
}
