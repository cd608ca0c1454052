//! Notifications: a sentence about a metric, with a severity.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::escape::fmt_escaped;
use crate::{Field, FieldError, Identifier, IdentifierRef, Meta, MetaRef, NameError, Problem, Time};

mod builder;

pub use builder::NotificationBuilder;

/// How bad it is. The discriminants are the daemon's `NOTIF_*` numbers, the same on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(i32)]
pub enum Severity {
    /// Something failed.
    Failure = 1,
    /// Something may fail.
    Warning = 2,
    /// All is well again.
    Okay = 4,
}

impl Severity {
    /// The severity with this number, if there is one.
    pub const fn from_code(code: i32) -> Option<Severity> {
        match code {
            1 => Some(Severity::Failure),
            2 => Some(Severity::Warning),
            4 => Some(Severity::Okay),
            _ => None,
        }
    }

    /// The number of this severity in the daemon and on the wire.
    pub const fn code(self) -> i32 {
        self as i32
    }
}

/// Why a text is not a [`Severity`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is neither \"failure\" nor \"warning\" or \"okay\"")]
#[non_exhaustive]
pub struct ParseSeverityError;

/// Reads what `Display` writes, in upper or lower case; `warn` too, as the daemon does.
impl FromStr for Severity {
    type Err = ParseSeverityError;

    fn from_str(text: &str) -> Result<Self, ParseSeverityError> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        match text {
            _ if is("failure") => Ok(Severity::Failure),
            _ if is("warning") || is("warn") => Ok(Severity::Warning),
            _ if is("okay") => Ok(Severity::Okay),
            _ => Err(ParseSeverityError),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Failure => "FAILURE",
            Severity::Warning => "WARNING",
            Severity::Okay => "OKAY",
        })
    }
}

/// An owned notification.
///
/// ```
/// # use collectd_types as collectd;
/// use collectd::{Notification, Severity};
///
/// let full = Notification::failure("the disk is full").plugin("df").type_instance("root").meta("free", 0).build()?;
/// assert_eq!(full.severity, Severity::Failure);
/// # Ok::<(), collectd::FieldError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Notification {
    /// When it happened.
    pub time: Time,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about; any part may be empty.
    pub identifier: Identifier,
    /// The text: bytes, as names are.
    pub message: Vec<u8>,
    /// Named extras, which stay inside one daemon.
    pub meta: Meta,
}

impl Notification {
    /// The longest message in bytes: the daemon's `NOTIF_MAX_MSG_LEN`, less its NUL.
    pub const MAX_MESSAGE_LEN: usize = 255;

    /// Begins one about something that failed.
    pub fn failure(message: impl Into<Vec<u8>>) -> NotificationBuilder {
        NotificationBuilder::new(Severity::Failure, message)
    }

    /// Begins one about something that may fail.
    pub fn warning(message: impl Into<Vec<u8>>) -> NotificationBuilder {
        NotificationBuilder::new(Severity::Warning, message)
    }

    /// Begins one that says that all is well again.
    pub fn okay(message: impl Into<Vec<u8>>) -> NotificationBuilder {
        NotificationBuilder::new(Severity::Okay, message)
    }

    /// Whether the daemon can carry the message.
    ///
    /// # Errors
    ///
    /// If it is empty, has more than [`MAX_MESSAGE_LEN`](Self::MAX_MESSAGE_LEN) bytes, or one that is NUL.
    pub fn check(&self) -> Result<(), FieldError> {
        self.view().check()
    }

    /// A view of this notification.
    pub fn view(&self) -> NotificationRef<'_> {
        NotificationRef {
            time: self.time,
            severity: self.severity,
            identifier: self.identifier.view(),
            message: &self.message,
            meta: if self.meta.is_empty() { MetaRef::NONE } else { MetaRef::new(&self.meta) },
        }
    }
}

/// A borrowed notification.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NotificationRef<'a> {
    /// When it happened.
    pub time: Time,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about; any part may be empty.
    pub identifier: IdentifierRef<'a>,
    /// The text: bytes, as names are.
    pub message: &'a [u8],
    /// Named extras.
    pub meta: MetaRef<'a>,
}

impl<'a> NotificationRef<'a> {
    /// The message as a string; what is not UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.message)
    }

    /// Whether the daemon can carry the message, see [`Notification::check`].
    ///
    /// # Errors
    ///
    /// If it is empty, too long, or has a NUL byte.
    pub fn check(&self) -> Result<(), FieldError> {
        let (len, max) = (self.message.len(), Notification::MAX_MESSAGE_LEN);
        let problem = if len == 0 {
            Problem::Empty
        } else if len > max {
            Problem::TooLong { len, max }
        } else if let Some(at) = self.message.iter().position(|&byte| byte == 0) {
            Problem::Name(NameError::Nul(at))
        } else {
            return Ok(());
        };
        Err(FieldError::new(Field::Message, problem))
    }

    /// An owned copy.
    pub fn to_notification(self) -> Notification {
        Notification {
            time: self.time,
            severity: self.severity,
            identifier: self.identifier.to_identifier(),
            message: self.message.to_vec(),
            meta: self.meta.to_meta(),
        }
    }
}

/// `[time] host[/plugin[/type]] SEVERITY: message`, in the manner of a value list's line; the message is
/// escaped as names are.
impl fmt::Display for NotificationRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {} {}: ", self.time.as_secs(), crate::values::Source(self.identifier), self.severity)?;
        fmt_escaped(self.message, f)
    }
}

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;
    use alloc::string::ToString;

    #[test]
    fn a_notification_is_one_line() {
        let mut notification = Notification {
            time: Time::from_secs(7),
            severity: Severity::Okay,
            identifier: Identifier { host: Name::new("h").unwrap(), ..Identifier::default() },
            message: b"back\nagain".to_vec(),
            meta: Meta::new(),
        };
        assert_eq!(notification.to_string(), r"[7] h OKAY: back\x0aagain");
        notification.identifier.plugin = Name::new("df").unwrap();
        notification.identifier.plugin_instance = Name::new("root").unwrap();
        assert_eq!(notification.to_string(), r"[7] h/df-root OKAY: back\x0aagain");
        assert_eq!(notification.view().to_notification(), notification);
    }

    #[test]
    fn severities_have_the_daemons_numbers() {
        let known: Vec<_> = (-1..=5).filter_map(Severity::from_code).map(Severity::code).collect();
        assert_eq!(known, [1, 2, 4]);
        for severity in [Severity::Failure, Severity::Warning, Severity::Okay] {
            assert_eq!(severity.to_string().parse(), Ok(severity));
        }
        assert_eq!("Warn".parse(), Ok(Severity::Warning));
        let error = "ok".parse::<Severity>().unwrap_err();
        assert_eq!(error.to_string(), "it is neither \"failure\" nor \"warning\" or \"okay\"");
    }
}
