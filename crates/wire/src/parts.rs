//! Going through a packet part by part, to show what lies where.

use core::fmt;
use core::ops::Range;

use collectd_types::{Data, WireValues};

use crate::decode::{DecodeErrorKind as Kind, count_values, number, text};
use crate::part::{self, MAX_MESSAGE_LEN, NAME_SIZE};
use crate::security::{Encrypted, Signature, until_nul};

/// Goes through the parts of a packet, or of a section in one, without making anything of them: for tools that show
/// what a sender made. For what is in a packet, see [`decode`](crate::decode).
///
/// Ends where what is left is no part, as it must where the packet ends; see [`Parts::rest`].
///
/// ```
/// use collectd_wire::{PartContent, PartKind, parts};
///
/// let packet = b"\x00\x00\x00\x06h\x00\x00\x07\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00";
/// let mut parts = parts(packet);
///
/// let host = parts.next().unwrap();
/// assert_eq!((host.offset(), host.len(), host.kind()), (0, 6, PartKind::Host));
/// assert!(matches!(host.content(), Ok(PartContent::Text(b"h"))));
///
/// let interval = parts.next().unwrap();
/// assert_eq!(interval.kind().to_string(), "interval in seconds");
/// assert!(matches!(interval.content(), Ok(PartContent::Number(10))));
///
/// assert!(parts.next().is_none());
/// assert_eq!((parts.offset(), parts.rest()), (18, &[0, 0, 0][..]), "nobody knows what this is");
/// ```
pub fn parts(section: &[u8]) -> Parts<'_> {
    Parts { rest: section, offset: 0 }
}

/// The parts of a packet, see [`parts`].
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Parts<'a> {
    /// What was not gone through yet; in the end, what is no part.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Where in the section that begins.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let (code, size) = part::read_header(self.rest)?;
        let part = Part { kind: PartKind::from_code(code), offset: self.offset, size, rest: self.rest };
        self.rest = &self.rest[size..];
        self.offset += size;
        Some(part)
    }
}

impl core::iter::FusedIterator for Parts<'_> {}

/// One part.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    kind: PartKind,
    offset: usize,
    size: usize,
    /// The section from this part on: what it lacks may lie behind it.
    rest: &'a [u8],
}

impl<'a> Part<'a> {
    /// What it says it is.
    pub const fn kind(&self) -> PartKind {
        self.kind
    }

    /// Where in the section it begins.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Its length in bytes, with the four of its header.
    #[expect(clippy::len_without_is_empty, reason = "no part is empty")]
    pub const fn len(&self) -> usize {
        self.size
    }

    /// What follows its header.
    pub fn payload(&self) -> &'a [u8] {
        &self.rest[part::HEADER..self.size]
    }

    /// What it says.
    ///
    /// # Errors
    ///
    /// It cannot be read: [`Items`](crate::Items) would end with this error here. For names that are too long they do
    /// not, but pass over what has them.
    pub fn content(&self) -> Result<PartContent<'a>, Kind> {
        let (part, _) = self.rest.split_at(self.size);
        Ok(match self.kind {
            PartKind::Host | PartKind::Plugin | PartKind::PluginInstance | PartKind::Type | PartKind::TypeInstance => {
                PartContent::Text(until_nul(text(part, NAME_SIZE)?))
            }
            PartKind::Message => PartContent::Text(until_nul(text(part, MAX_MESSAGE_LEN + 1)?)),
            PartKind::Time | PartKind::TimeHr | PartKind::Interval | PartKind::IntervalHr | PartKind::Severity => {
                PartContent::Number(number(self.rest, self.size)?)
            }
            PartKind::Values => {
                let count = count_values(self.rest, self.size)?;
                let (kinds, numbers) = part[part::VALUES_HEADER..].split_at(count);
                PartContent::Values(Data::Wire(WireValues::new(kinds, numbers).ok_or(Kind::ValuesKind)?))
            }
            PartKind::Signature => {
                let signature = Signature::read(self.rest, self.size)?;
                PartContent::Signature { user: signature.user(), mac: signature.mac() }
            }
            PartKind::Encrypted => {
                let encrypted = Encrypted::read(self.rest, self.size)?;
                let (user, iv) = (encrypted.user(part), &part[encrypted.vector()]);
                PartContent::Encrypted { user, iv, content: encrypted.content() }
            }
            PartKind::Unknown(_) => PartContent::Unknown(self.payload()),
        })
    }
}

/// What a [`Part`] says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PartContent<'a> {
    /// A name, or the text of a notification, up to its first NUL.
    Text(&'a [u8]),
    /// A number, with the unit that its kind has.
    Number(u64),
    /// Numbers of a value list.
    Values(Data<'a>),
    /// A signature of what follows it.
    Signature {
        /// Who made it.
        user: &'a [u8],
        /// HMAC-SHA-256 over the user's name and all that follows.
        mac: &'a [u8],
    },
    /// Parts that are encrypted, unless [`Opener::open`](crate::Opener::open) has changed that where they lie.
    Encrypted {
        /// Whose password it takes.
        user: &'a [u8],
        /// The initialisation vector.
        iv: &'a [u8],
        /// Where in this part the parts are.
        content: Range<usize>,
    },
    /// What nobody knows.
    Unknown(&'a [u8]),
}

/// What a [`Part`] is. Displays as a few words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the protocol's own words")]
#[non_exhaustive]
pub enum PartKind {
    Host,
    Plugin,
    PluginInstance,
    Type,
    TypeInstance,
    /// In seconds.
    Time,
    /// In units of 2⁻³⁰ s.
    TimeHr,
    /// In seconds.
    Interval,
    /// In units of 2⁻³⁰ s.
    IntervalHr,
    Values,
    Message,
    Severity,
    Signature,
    Encrypted,
    Unknown(u16),
}

impl PartKind {
    const fn from_code(code: u16) -> PartKind {
        match code {
            part::HOST => PartKind::Host,
            part::TIME => PartKind::Time,
            part::PLUGIN => PartKind::Plugin,
            part::PLUGIN_INSTANCE => PartKind::PluginInstance,
            part::TYPE => PartKind::Type,
            part::TYPE_INSTANCE => PartKind::TypeInstance,
            part::VALUES => PartKind::Values,
            part::INTERVAL => PartKind::Interval,
            part::TIME_HR => PartKind::TimeHr,
            part::INTERVAL_HR => PartKind::IntervalHr,
            part::MESSAGE => PartKind::Message,
            part::SEVERITY => PartKind::Severity,
            part::SIGNATURE => PartKind::Signature,
            part::ENCRYPTED => PartKind::Encrypted,
            other => PartKind::Unknown(other),
        }
    }

    /// The number that stands for it in packets.
    pub const fn code(self) -> u16 {
        match self {
            PartKind::Host => part::HOST,
            PartKind::Time => part::TIME,
            PartKind::Plugin => part::PLUGIN,
            PartKind::PluginInstance => part::PLUGIN_INSTANCE,
            PartKind::Type => part::TYPE,
            PartKind::TypeInstance => part::TYPE_INSTANCE,
            PartKind::Values => part::VALUES,
            PartKind::Interval => part::INTERVAL,
            PartKind::TimeHr => part::TIME_HR,
            PartKind::IntervalHr => part::INTERVAL_HR,
            PartKind::Message => part::MESSAGE,
            PartKind::Severity => part::SEVERITY,
            PartKind::Signature => part::SIGNATURE,
            PartKind::Encrypted => part::ENCRYPTED,
            PartKind::Unknown(code) => code,
        }
    }
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            PartKind::Host => "host",
            PartKind::Plugin => "plugin",
            PartKind::PluginInstance => "plugin instance",
            PartKind::Type => "type",
            PartKind::TypeInstance => "type instance",
            PartKind::Time => "time in seconds",
            PartKind::TimeHr => "time",
            PartKind::Interval => "interval in seconds",
            PartKind::IntervalHr => "interval",
            PartKind::Values => "values",
            PartKind::Message => "message",
            PartKind::Severity => "severity",
            PartKind::Signature => "signature",
            PartKind::Encrypted => "encrypted",
            PartKind::Unknown(_) => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_codes_are_one_to_one() {
        for code in 0..=u16::MAX {
            assert_eq!(PartKind::from_code(code).code(), code);
        }
        let known = (0..=u16::MAX).filter(|&code| !matches!(PartKind::from_code(code), PartKind::Unknown(_)));
        assert_eq!(known.count(), 14);
    }
}
