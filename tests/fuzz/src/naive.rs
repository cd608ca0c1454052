//! The decoder as one would write it down from the description, for packets without any keys.

use collectd_types::{Identifier, Interval, Kind, Meta, Name, Notification, Severity, Time};
use collectd_wire::{DecodeError, DecodeErrorKind as Wrong};

use crate::event::Event;

/// What [`collectd_wire::decode`] should make of a packet.
pub(crate) fn decode(packet: &[u8]) -> (Vec<Event>, Option<DecodeErrorSeen>) {
    let mut state = State::default();
    let mut events = Vec::new();
    let mut offset = 0;
    while offset < packet.len() {
        let rest = &packet[offset..];
        match state.part(rest) {
            Ok((size, event)) => {
                events.extend(event);
                offset += size;
            }
            Err(kind) => return (events, Some((offset, kind))),
        }
    }
    (events, None)
}

/// Offset and kind of an error.
pub(crate) type DecodeErrorSeen = (usize, Wrong);

/// For comparison.
pub(crate) fn seen(error: &DecodeError) -> DecodeErrorSeen {
    (error.offset, error.kind)
}

/// What is in force.
pub(crate) struct State {
    time: u64,
    interval: u64,
    severity: u64,
    /// `None` if it is too long.
    host: Option<Name>,
    plugin: Option<Name>,
    plugin_instance: Option<Name>,
    type_: Option<Name>,
    type_instance: Option<Name>,
}

impl Default for State {
    fn default() -> Self {
        let empty = || Some(Name::default());
        State {
            time: 0,
            interval: 0,
            severity: 0,
            host: empty(),
            plugin: empty(),
            plugin_instance: empty(),
            type_: empty(),
            type_instance: empty(),
        }
    }
}

impl State {
    /// What a value list is of, if all names can be used.
    fn identifier(&self) -> Option<Identifier> {
        Some(Identifier {
            host: self.host.clone()?,
            plugin: self.plugin.clone()?,
            plugin_instance: self.plugin_instance.clone()?,
            type_: self.type_.clone()?,
            type_instance: self.type_instance.clone()?,
        })
    }

    /// Size of the part that the bytes begin with, and what came of it.
    pub(crate) fn part(&mut self, rest: &[u8]) -> Result<(usize, Option<Event>), Wrong> {
        let (code, size) = header(rest)?;
        let mut event = None;
        match code {
            0 => self.host = name(&rest[..size])?,
            1 => self.time = number(rest, size)?.wrapping_mul(1 << 30),
            2 => self.plugin = name(&rest[..size])?,
            3 => self.plugin_instance = name(&rest[..size])?,
            4 => self.type_ = name(&rest[..size])?,
            5 => self.type_instance = name(&rest[..size])?,
            6 => event = self.values(rest, size)?,
            7 => self.interval = number(rest, size)?.wrapping_mul(1 << 30),
            8 => self.time = number(rest, size)?,
            9 => self.interval = number(rest, size)?,
            0x100 => event = self.message(&rest[..size])?,
            0x101 => self.severity = number(rest, size)?,
            0x200 if size <= 36 => return Err(Wrong::SignatureLength),
            0x210 => return Err(encrypted(rest, size)),
            _ => {}
        }
        Ok((size, event))
    }

    fn values(&self, rest: &[u8], size: usize) -> Result<Option<Event>, Wrong> {
        if rest.len() < 15 {
            return Err(Wrong::ValuesShort);
        }
        let count = usize::from(be16(&rest[4..]));
        if rest.len() < 6 + 9 * count {
            return Err(Wrong::ValuesShort);
        }
        if size != 6 + 9 * count {
            return Err(Wrong::ValuesLength);
        }
        let mut values = Vec::new();
        for index in 0..count {
            let kind = Kind::from_code(rest[6 + index]).ok_or(Wrong::ValuesKind)?;
            let bits = &rest[6 + count + 8 * index..];
            values.push((kind, if kind == Kind::Gauge { be64(bits).swap_bytes() } else { be64(bits) }));
        }
        let Some(names) = self.identifier() else { return Ok(None) };
        let unset = self.time == 0 || names.host.is_empty() || names.plugin.is_empty() || names.type_.is_empty();
        let list = || Event::Values(Time::from_raw(self.time), Interval::from_raw(self.interval), names, values);
        Ok((!unset && count > 0).then(list))
    }

    fn message(&self, part: &[u8]) -> Result<Option<Event>, Wrong> {
        let message = text(part, 256)?.to_vec();
        let severity = match self.severity & 0xffff_ffff {
            1 => Severity::Failure,
            2 => Severity::Warning,
            4 => Severity::Okay,
            _ => return Ok(None),
        };
        let Some(identifier) = self.identifier().filter(|_| self.time != 0 && !message.is_empty()) else {
            return Ok(None);
        };
        let time = Time::from_raw(self.time);
        Ok(Some(Event::Notification(Notification { time, severity, identifier, message, meta: Meta::new() })))
    }
}

/// Type and size of the part that the bytes begin with.
pub(crate) fn header(rest: &[u8]) -> Result<(u16, usize), Wrong> {
    if rest.len() < 5 {
        return Err(Wrong::Truncated);
    }
    let (code, size) = (be16(rest), usize::from(be16(&rest[2..])));
    if size < 4 || size > rest.len() { Err(Wrong::Truncated) } else { Ok((code, size)) }
}

/// Why an encrypted part cannot be read without keys; with one it may, if only that is missing.
pub(crate) fn encrypted(rest: &[u8], size: usize) -> Wrong {
    if rest.len() <= 42 {
        return Wrong::EncryptedShort;
    }
    if size <= 42 {
        return Wrong::EncryptedLength;
    }
    let user = usize::from(be16(&rest[4..]));
    if user == 0 || user + 42 >= size { Wrong::EncryptedUserLength } else { Wrong::EncryptedNoKey }
}

fn name(part: &[u8]) -> Result<Option<Name>, Wrong> {
    match text(part, 128) {
        Err(Wrong::TextTooLong) => Ok(None),
        text => Ok(Some(Name::new(text?).expect("less than 128 bytes without NUL"))),
    }
}

fn text(part: &[u8], limit: usize) -> Result<&[u8], Wrong> {
    let text = &part[4..];
    match text.last() {
        None => Err(Wrong::TextEmpty),
        Some(_) if text.len() > limit => Err(Wrong::TextTooLong),
        Some(0) => Ok(text.split(|&byte| byte == 0).next().expect("there is a NUL")),
        Some(_) => Err(Wrong::TextUnterminated),
    }
}

fn number(rest: &[u8], size: usize) -> Result<u64, Wrong> {
    match size {
        _ if rest.len() < 12 => Err(Wrong::NumberShort),
        12 => Ok(be64(&rest[4..])),
        _ => Err(Wrong::NumberLength),
    }
}

pub(crate) fn be16(bytes: &[u8]) -> u16 {
    u16::from(bytes[0]) << 8 | u16::from(bytes[1])
}

fn be64(bytes: &[u8]) -> u64 {
    bytes[..8].iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}
