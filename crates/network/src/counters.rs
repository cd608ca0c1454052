//! What happened, in numbers that only grow.

use std::sync::atomic::{AtomicU64, Ordering};

use collectd_wire::DecodeErrorKind;

/// A number that only grows.
#[derive(Default, Debug)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// For a sum that somebody else keeps.
    pub(crate) fn set(&self, sum: u64) {
        self.0.store(sum, Ordering::Relaxed);
    }

    pub(crate) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What came in through one `Listen`.
#[derive(Default, Debug)]
pub(crate) struct Incoming {
    pub(crate) packets: Counter,
    pub(crate) octets: Counter,
    /// Value lists that the daemon has got.
    pub(crate) accepted: Counter,
    pub(crate) notifications: Counter,
    /// Datagrams that the kernel had no room for.
    pub(crate) kernel: Counter,
    /// Datagrams that came back from a group that this daemon sends to.
    pub(crate) own: Counter,
    /// Datagrams from addresses that may not send.
    pub(crate) not_allowed: Counter,
    /// Datagrams that were longer than `MaxPacketSize`, of which the end is lost.
    pub(crate) too_long: Counter,
    malformed: [Counter; KINDS.len() + 1],
    unused: [Counter; UNUSED.len()],
    /// Datagrams taken from a socket and not gone through yet.
    pub(crate) in_work: Counter,
    pub(crate) worked_off: Counter,
}

impl Incoming {
    /// Counts an error that ended a packet, or a section of one.
    pub(crate) fn malformed(&self, kind: DecodeErrorKind) {
        let index = KINDS.iter().position(|&(known, _)| known == kind).unwrap_or(KINDS.len());
        self.malformed[index].add(1);
    }

    /// Counts value lists, or parts, that were not used.
    pub(crate) fn unused(&self, why: Unused, count: usize) {
        self.unused[why as usize].add(count);
    }

    /// Everything that is counted in packets and was not used: why, and how many.
    pub(crate) fn packets_dropped(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let named = KINDS.iter().map(|&(_, name)| name).chain(["malformed"]).zip(&self.malformed);
        let own = [
            ("kernel", &self.kernel),
            ("own", &self.own),
            ("not-allowed", &self.not_allowed),
            ("too-long", &self.too_long),
        ];
        own.into_iter().chain(named).map(|(name, counter)| (name, counter.value()))
    }

    /// Everything that is counted in value lists and was not used: why, and how many.
    pub(crate) fn values_dropped(&self) -> impl Iterator<Item = (&'static str, u64)> {
        UNUSED.iter().zip(&self.unused).map(|(&name, counter)| (name, counter.value()))
    }

    pub(crate) fn value_of(&self, why: Unused) -> u64 {
        self.unused[why as usize].value()
    }

    /// How many datagrams are under way.
    pub(crate) fn queue_length(&self) -> u64 {
        self.in_work.value().saturating_sub(self.worked_off.value())
    }
}

/// Why a value list or notification that could be read was not used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Unused {
    /// This daemon has sent it, or a younger one.
    Loop,
    /// It came before, exactly so.
    Duplicate,
    /// It came before, is too old, or from the future.
    Replay,
    /// Its user may not report for this host.
    Host,
    /// It has no time, host, plugin or type, or no values.
    Incomplete,
    /// types.db has no such type, or another number or other kinds of values for it.
    Type,
    /// It is not signed or encrypted as is demanded; counted in parts.
    Unprotected,
    /// The daemon refused it.
    Refused,
}

const UNUSED: [&str; 8] = ["loop", "duplicate", "replay", "host", "incomplete", "type", "unprotected-part", "refused"];

/// The errors of a packet, with their names in statistics.
const KINDS: [(DecodeErrorKind, &str); 20] = [
    (DecodeErrorKind::Truncated, "truncated"),
    (DecodeErrorKind::TextEmpty, "text-empty"),
    (DecodeErrorKind::TextTooLong, "text-too-long"),
    (DecodeErrorKind::TextUnterminated, "text-unterminated"),
    (DecodeErrorKind::NumberShort, "number-short"),
    (DecodeErrorKind::NumberLength, "number-length"),
    (DecodeErrorKind::ValuesShort, "values-short"),
    (DecodeErrorKind::ValuesLength, "values-length"),
    (DecodeErrorKind::ValuesKind, "values-kind"),
    (DecodeErrorKind::SignatureLength, "signature-length"),
    (DecodeErrorKind::SignatureUnknownUser, "signature-unknown-user"),
    (DecodeErrorKind::SignatureMismatch, "signature-mismatch"),
    (DecodeErrorKind::EncryptedShort, "encrypted-short"),
    (DecodeErrorKind::EncryptedLength, "encrypted-length"),
    (DecodeErrorKind::EncryptedUserLength, "encrypted-user-length"),
    (DecodeErrorKind::EncryptedNoKey, "encrypted-no-key"),
    (DecodeErrorKind::EncryptedChecksum, "encrypted-checksum"),
    (DecodeErrorKind::TooDeep, "too-deep"),
    (DecodeErrorKind::Unsigned, "unsigned"),
    (DecodeErrorKind::Unencrypted, "unencrypted"),
];

/// What went out to one `Server`.
#[derive(Default, Debug)]
pub(crate) struct Outgoing {
    pub(crate) packets: Counter,
    /// Bytes as sent, signatures and encryption included.
    pub(crate) octets: Counter,
    /// Packets that had no room in the queue, or could not be sent until the end.
    pub(crate) lost: Counter,
    /// How often the server's machine has reported that nobody listens.
    pub(crate) refused: Counter,
}

/// What the write callback was given.
#[derive(Default, Debug)]
pub(crate) struct Written {
    pub(crate) accepted: Counter,
    /// Value lists from the network that are not forwarded.
    pub(crate) rejected: Counter,
    /// Value lists that cannot be sent to anybody.
    pub(crate) unfit: Counter,
    pub(crate) notifications: Counter,
}
