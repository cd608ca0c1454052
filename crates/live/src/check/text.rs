//! What parts say, in words.

use std::fmt;

use collectd_types::{Data, Escaped, Interval, Severity, Time};
use collectd_wire::{Part, PartContent, PartKind};

/// So many bytes are shown of what nobody understands.
const SHOWN: usize = 32;

/// Bytes in hexadecimal, the first ones of many.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{byte:02x}", if index == 0 { "" } else { " " })?;
        }
        if self.0.len() > SHOWN { f.write_str(" …") } else { Ok(()) }
    }
}

/// Text from a packet.
pub(super) struct Quoted<'a>(pub(super) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Escaped(self.0))
    }
}

/// What a part says that cannot be used.
pub(super) fn payload(part: &Part<'_>) -> String {
    match part.content() {
        Ok(content @ (PartContent::Signature { .. } | PartContent::Encrypted { .. })) => describe(part, &content),
        _ => Hex(part.payload()).to_string(),
    }
}

/// What a part says.
pub(super) fn value(part: &Part<'_>) -> String {
    part.content().map_or_else(|_| Hex(part.payload()).to_string(), |content| describe(part, &content))
}

fn describe(part: &Part<'_>, content: &PartContent<'_>) -> String {
    match content {
        PartContent::Text(text) => {
            let hidden = part.payload().len() - text.len() - 1;
            let hidden = if hidden > 0 { format!(", and {hidden} bytes behind its NUL") } else { String::new() };
            format!("{}{hidden}", Quoted(text))
        }
        PartContent::Number(number) => of_number(part.kind(), *number),
        PartContent::Values(values) => of_values(*values),
        PartContent::Signature { user, mac } => format!("of {}, HMAC-SHA-256 {}", Quoted(user), Hex(mac)),
        PartContent::Encrypted { user, iv, content } => {
            format!("for {}, {} bytes, initialisation vector {}", Quoted(user), content.len(), Hex(iv))
        }
        _ => format!("type 0x{:04x}: {}", part.kind().code(), Hex(part.payload())),
    }
}

fn of_number(kind: PartKind, number: u64) -> String {
    match kind {
        PartKind::Time if number >= 1 << 34 => format!("{number}: more than fits"),
        PartKind::Time => of_time(Time::from_secs(number)),
        PartKind::TimeHr => of_time(Time::from_raw(number)),
        PartKind::Interval => format!("{number} s"),
        PartKind::IntervalHr => format!("{} s", Interval::from_raw(number).as_secs_f64()),
        PartKind::Severity => {
            #[expect(clippy::cast_possible_truncation, reason = "receivers have room for 32 bits")]
            let low = number as u32;
            let severity = Severity::from_code(low.cast_signed());
            severity.map_or_else(|| format!("{number}: none of 1, 2, 4"), |severity| format!("{number}: {severity}"))
        }
        _ => number.to_string(),
    }
}

fn of_time(time: Time) -> String {
    let since = time.since_epoch();
    let shown = time.rfc3339();
    match time.is_unset() {
        true => "0: not set".to_owned(),
        false => format!("{}.{:09} = {shown:.9}", since.as_secs(), since.subsec_nanos()),
    }
}

fn of_values(values: Data<'_>) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("{} {value}", value.kind())).collect();
    if values.is_empty() { "none".to_owned() } else { values.join(", ") }
}
