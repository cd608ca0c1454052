//! Types of single options.

use std::fmt;
use std::path::{self, PathBuf};
use std::time::Duration;

use collectd::config::{Block, Scalar};
use collectd_wire::SecurityLevel;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected};

/// One line with one value, of several that may be there.
pub(super) type Line<T> = (T,);

/// The value that counts.
pub(super) fn last<T>(lines: &[Line<T>]) -> Option<&T> {
    lines.last().map(|(value,)| value)
}

pub(super) const DEFAULT_SERVICE: &str = "25826";

/// A host name that is not empty.
#[derive(Debug)]
pub(super) struct Host(pub(super) String);

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)? {
            host if host.trim().is_empty() => {
                Err(D::Error::invalid_value(Unexpected::Str(&host), &"a host name or an address"))
            }
            host => Ok(Host(host)),
        }
    }
}

/// A file. Its name counts from where the daemon was started: it looks at it again when it is elsewhere, in its
/// `BaseDir`.
#[derive(Debug)]
pub(super) struct FileName(pub(super) PathBuf);

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = PathBuf::deserialize(deserializer)?;
        path::absolute(&given).map(FileName).map_err(|error| D::Error::custom(format!("{}: {error}", given.display())))
    }
}

/// A port number from 1 to 65535, or the name of a service.
#[derive(Debug)]
pub(super) struct Service(pub(super) String);

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let service = String::deserialize(deserializer)?;
        let is_number = service.bytes().all(|byte| byte.is_ascii_digit());
        let is_port = is_number && service.parse::<u16>().is_ok_and(|port| port != 0);
        // Names are looked up in a local file, so this is the moment to find a wrong one.
        if is_port || !is_number && collectd_udp::resolve("127.0.0.1", &service).is_ok() {
            return Ok(Service(service));
        }
        Err(D::Error::invalid_value(Unexpected::Str(&service), &"a port from 1 to 65535 or the name of a service"))
    }
}

/// A whole number within limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<const MIN: u16, const MAX: u16>(pub(super) u16);

impl<'de, const MIN: u16, const MAX: u16> Deserialize<'de> for Number<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        collectd::config::in_range(deserializer, MIN..=MAX).map(Number)
    }
}

/// A number of bytes within limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<const MIN: u64, const MAX: u64>(pub(super) usize);

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Bytes<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = collectd::config::in_range(deserializer, MIN..=MAX)?;
        Ok(Bytes(usize::try_from(bytes).unwrap_or(usize::MAX)))
    }
}

/// Seconds within limits, in fractions where wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seconds<const MIN: u32, const MAX: u32>(pub(super) Duration);

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Seconds<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if !(f64::from(MIN)..=f64::from(MAX)).contains(&seconds) {
            let expected = format!("a number of seconds from {MIN} to {MAX}");
            return Err(D::Error::invalid_value(Unexpected::Float(seconds), &expected.as_str()));
        }
        Ok(Seconds(Duration::from_secs_f64(seconds)))
    }
}

/// `None`, `Sign` or `Encrypt`, without regard to case.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Level(pub(super) SecurityLevel);

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let level = String::deserialize(deserializer)?;
        let known = level.parse().map(Level);
        known.map_err(|_| D::Error::unknown_variant(&level, &["None", "Sign", "Encrypt"]))
    }
}

/// A text that no error message and no debug output shows: it is taken as it is in the tree, since the errors of
/// other types show what was found.
#[derive(Deserialize, Default)]
#[serde(transparent)]
pub(super) struct Secret(Vec<Block>);

impl Secret {
    /// The text, if there is one.
    pub(super) fn reveal(&self) -> Result<Option<&str>, &'static str> {
        match self.0.as_slice() {
            [] => Ok(None),
            [line] if line.children().is_empty() => match line.values() {
                [Scalar::String(text)] => Ok(Some(text)),
                _ => Err("one text in quotes expected (what is there is not shown)"),
            },
            _ => Err("given more than once, or as a block"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "None" } else { "Secret" })
    }
}
