//! Counts of what a reader got.

use collectd_wire::{DecodeError, DecodeErrorKind, Skipped};

/// What a [`Reader`](crate::Reader) got since it was built.
///
/// Of packets that were not gone through to their end, what was gone through is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderStatistics {
    /// Datagrams received.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Value lists in them.
    pub value_lists: u64,
    /// Notifications in them.
    pub notifications: u64,
    /// Value lists and notifications that lack something that collectd needs, and drops without a word.
    pub incomplete: u64,
    /// Parts of unknown type, which were passed over.
    pub unknown_parts: u64,
    /// Signatures that were passed over because there are no keys.
    pub unverified_signatures: u64,
    /// Parts that were passed over because they have not the security level that is demanded.
    pub unprotected_parts: u64,
    errors: Vec<(DecodeErrorKind, u64)>,
}

impl ReaderStatistics {
    /// How often something could not be read because it is no packet of collectd's: cut off, damaged, or never
    /// meant to be one.
    pub fn malformed(&self) -> u64 {
        self.errors.iter().filter(|(kind, _)| !is_refusal(*kind)).map(|(_, count)| count).sum()
    }

    /// How often something was not taken for reasons of security: no key for it, a wrong password, changed on its
    /// way, or not protected where a [strict](crate::ReaderBuilder::strict) reader demands it.
    pub fn refused(&self) -> u64 {
        self.errors.iter().filter(|(kind, _)| is_refusal(*kind)).map(|(_, count)| count).sum()
    }

    /// Both by kind; those that came first, first.
    pub fn errors_by_kind(&self) -> impl Iterator<Item = (DecodeErrorKind, u64)> + '_ {
        self.errors.iter().copied()
    }

    pub(crate) fn receive(&mut self, packet: &[u8]) {
        self.packets += 1;
        self.bytes += packet.len() as u64;
    }

    pub(crate) fn error(&mut self, error: DecodeError) {
        match self.errors.iter_mut().find(|(kind, _)| *kind == error.kind) {
            Some((_, count)) => *count += 1,
            None => self.errors.push((error.kind, 1)),
        }
    }

    pub(crate) fn skip(&mut self, skipped: Skipped) {
        self.incomplete += u64::from(skipped.value_lists()) + u64::from(skipped.notifications());
        self.unknown_parts += u64::from(skipped.unknown_parts);
        self.unverified_signatures += u64::from(skipped.unverified_signatures);
        self.unprotected_parts += u64::from(skipped.unsigned_parts) + u64::from(skipped.unencrypted_parts);
    }
}

fn is_refusal(kind: DecodeErrorKind) -> bool {
    use DecodeErrorKind as Kind;
    matches!(
        kind,
        Kind::EncryptedNoKey
            | Kind::EncryptedChecksum
            | Kind::SignatureUnknownUser
            | Kind::SignatureMismatch
            | Kind::Unsigned
            | Kind::Unencrypted
    )
}
