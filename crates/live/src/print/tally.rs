//! How much of what came, and what became of it.

use std::fmt;

use collectd_wire::{DecodeError, DecodeErrorKind, Item, Skipped};

/// Counts. Displayed as a line that begins
/// `N value lists, N notifications in N packets, N bytes; N malformed`: scripts read it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    value_lists: u64,
    notifications: u64,
    packets: u64,
    bytes: u64,
    malformed: u64,
    encrypted: u64,
    signatures: u64,
    incomplete: u64,
    unknown_parts: u64,
    pub(super) dropped: u64,
    pub(super) receive_errors: u64,
}

impl Tally {
    pub(super) fn packet(&mut self, packet: &[u8]) {
        self.packets += 1;
        self.bytes += packet.len() as u64;
    }

    pub(super) fn item(&mut self, item: &Item<'_>) {
        match item {
            Item::Values(_) => self.value_lists += 1,
            Item::Notification(_) => self.notifications += 1,
        }
    }

    /// Why the rest of a packet was not decoded.
    pub(super) fn error(&mut self, error: DecodeError) {
        match error.kind {
            DecodeErrorKind::EncryptedNoKey => self.encrypted += 1,
            _ => self.malformed += 1,
        }
    }

    /// What was passed over in a packet.
    pub(super) fn skipped(&mut self, skipped: Skipped) {
        self.signatures += u64::from(skipped.unverified_signatures);
        self.incomplete += u64::from(skipped.value_lists()) + u64::from(skipped.notifications());
        self.unknown_parts += u64::from(skipped.unknown_parts);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { value_lists, notifications, packets, bytes, malformed, .. } = self;
        write!(f, "{value_lists} value lists, {notifications} notifications in {packets} packets, {bytes} bytes")?;
        write!(f, "; {malformed} malformed")?;
        let rare = [
            (self.dropped, "dropped by the kernel"),
            (self.encrypted, "not decoded (encrypted)"),
            (self.signatures, "signatures not verified"),
            (self.incomplete, "incomplete items passed over"),
            (self.unknown_parts, "parts of unknown type passed over"),
            (self.receive_errors, "errors of receiving"),
        ];
        rare.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, what)| write!(f, "; {count} {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_not_mentioned() {
        let usual = Tally { value_lists: 120, packets: 4, bytes: 4991, ..Tally::default() };
        assert_eq!(usual.to_string(), "120 value lists, 0 notifications in 4 packets, 4991 bytes; 0 malformed");
        let rest = Tally { malformed: 1, dropped: 2, encrypted: 3, ..Tally::default() };
        let text = rest.to_string();
        assert!(text.ends_with("; 1 malformed; 2 dropped by the kernel; 3 not decoded (encrypted)"), "{text}");
    }
}
