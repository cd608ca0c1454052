//! Going through a packet with what is known of it.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use collectd_net::{DecodeErrorKind, KeyRing, SecurityLevel};
use collectd_types::{Time, TypesDb};
use collectd_wire::{Opener, Part, PartContent, PartKind, parts};

use super::force::Force;
use super::packet::{self, Packet};
use super::report::{Remark, Report};
use super::seen::Seen;
use super::text::{self, Hex};
use super::verdict;

/// What a collectd that was told nothing else takes of a datagram.
const USUAL_SIZE: usize = 1452;
/// A clock that is wrong by more, or values that waited for longer, are worth a word.
const LATE: Duration = Duration::from_secs(3600);

/// A receiver that explains itself.
pub(super) struct Judge {
    opener: Opener,
    keys: Option<Arc<KeyRing>>,
    types: TypesDb,
    packet: Vec<u8>,
}

/// One packet, and who is told about it.
struct Look<'a, W> {
    /// As the receiver leaves it: what can be decrypted is.
    packet: &'a [u8],
    arrived: Option<Time>,
    seen: &'a Seen,
    level: SecurityLevel,
    has_keys: bool,
    report: &'a mut Report<W>,
}

/// Where in the nest of signatures and encrypted parts it is.
#[derive(Clone, Copy, Default)]
struct Nest {
    depth: usize,
    encrypted: bool,
}

impl Judge {
    pub(super) fn new(level: SecurityLevel, keys: Option<Arc<KeyRing>>, types: TypesDb) -> Self {
        Judge { opener: Opener::new(level), keys, types, packet: Vec::new() }
    }

    /// Tells all about a packet.
    pub(super) fn judge<W: Write>(&mut self, packet: &Packet<'_>, report: &mut Report<W>) -> io::Result<()> {
        self.packet.clear();
        self.packet.extend_from_slice(packet.data);
        let seen = Seen::of(&mut self.packet, &mut self.opener, self.keys.as_deref(), &self.types);
        report.begin(packet);
        if packet.data.len() > USUAL_SIZE {
            let text = format!("longer than {USUAL_SIZE} bytes: collectd cuts it unless its MaxPacketSize says more");
            report.remark(Remark::Note, 0, text);
        }
        let mut look = Look {
            packet: &self.packet,
            arrived: packet.origin.as_ref().map(|origin| packet::arrival(origin.time)),
            seen: &seen,
            level: self.opener.level(),
            has_keys: self.keys.is_some(),
            report,
        };
        look.section(0..packet.data.len(), Nest::default());
        report.end(format_args!("{} value lists, {} notifications", seen.value_lists, seen.notifications))
    }
}

impl<W: Write> Look<'_, W> {
    /// All parts of a section, and what is in them.
    fn section(&mut self, range: Range<usize>, nest: Nest) {
        let (packet, start) = (self.packet, range.start);
        let mut force = Force::default();
        let mut passed_over = false;
        let mut parts = parts(&packet[range.clone()]);
        for part in parts.by_ref() {
            let at = start + part.offset();
            if let Some(error) = self.seen.error(at) {
                let value = text::payload(&part);
                self.report.part(at, part.len(), nest.depth, part.kind(), &value);
                self.fault(error, nest);
                return self.not_looked_at(at + part.len()..range.end, nest);
            }
            self.show(at, &part, nest);
            if self.is_passed_over(part.kind(), nest) {
                if !passed_over {
                    self.passed_over(nest);
                }
                passed_over = true;
                continue;
            }
            passed_over = false;
            match part.content() {
                Err(_) => self.long_name(&part, &mut force, nest),
                Ok(PartContent::Text(message)) if part.kind() == PartKind::Message => {
                    self.result(at + part.len(), &force.lacks_for_notification(message), nest);
                }
                Ok(PartContent::Text(name)) => force.set_text(part.kind(), Some(name)),
                Ok(PartContent::Number(number)) => force.set_number(part.kind(), number),
                Ok(PartContent::Values(values)) => {
                    let mut lacks = force.lacks_for_values();
                    lacks.extend(values.is_empty().then_some("no values"));
                    self.result(at + part.len(), &lacks, nest);
                }
                Ok(PartContent::Signature { .. }) if self.has_keys => {
                    self.report.remark(Remark::Result, nest.depth, "the signature is right");
                    // It covers all that follows.
                    return self.section(at + part.len()..range.end, Nest { depth: nest.depth + 1, ..nest });
                }
                Ok(PartContent::Signature { .. }) => {
                    let text =
                        "not verified: there is no --auth-file. Receivers without one use what follows all the same";
                    self.report.remark(Remark::Note, nest.depth, text);
                }
                Ok(PartContent::Encrypted { content, .. }) => {
                    self.report.remark(Remark::Result, nest.depth, "decrypted, and its checksum is right");
                    let inner = Nest { depth: nest.depth + 1, encrypted: true };
                    self.section(at + content.start..at + content.end, inner);
                }
                Ok(_) => self.report.remark(Remark::Note, nest.depth, "receivers pass over what they do not know"),
            }
        }
        if !parts.rest().is_empty() {
            self.no_part(start + parts.offset(), parts.rest(), nest);
        }
    }

    fn no_part(&mut self, at: usize, rest: &[u8], nest: Nest) {
        self.report.part(at, rest.len(), nest.depth, "no part", &Hex(rest).to_string());
        self.fault(DecodeErrorKind::Truncated, nest);
        if let [a, b, c, d, _, ..] = *rest {
            let (kind, length) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let text =
                format_args!("as a header it says type 0x{kind:04x}, length {length}: {} bytes are left", rest.len());
            self.report.remark(Remark::More, nest.depth, text);
        }
    }

    fn show(&mut self, at: usize, part: &Part<'_>, nest: Nest) {
        self.report.part(at, part.len(), nest.depth, part.kind(), &text::value(part));
    }

    /// Whether the level that is demanded makes receivers pass over it.
    fn is_passed_over(&self, kind: PartKind, nest: Nest) -> bool {
        nest.depth == 0
            && match self.level {
                SecurityLevel::None => false,
                SecurityLevel::Sign => !matches!(kind, PartKind::Signature | PartKind::Encrypted),
                SecurityLevel::Encrypt => kind != PartKind::Encrypted,
            }
    }

    fn passed_over(&mut self, nest: Nest) {
        let why = match self.level {
            SecurityLevel::Encrypt => "not encrypted",
            _ => "neither signed nor encrypted",
        };
        let text = format_args!("passed over from here on, also by collectd: {why}");
        self.report.remark(Remark::Note, nest.depth, text);
    }

    fn not_looked_at(&mut self, range: Range<usize>, nest: Nest) {
        if !range.is_empty() {
            let rest = &self.packet[range.clone()];
            self.report.part(range.start, range.len(), nest.depth, "not looked at", &Hex(rest).to_string());
        }
    }

    fn fault(&mut self, error: DecodeErrorKind, nest: Nest) {
        if error == DecodeErrorKind::EncryptedNoKey && !self.has_keys {
            return self.report.remark(Remark::Note, nest.depth, "not decrypted: there is no --auth-file");
        }
        self.report.remark(Remark::Fault, nest.depth, error);
        self.report.remark(Remark::More, nest.depth, verdict::of_collectd(error, nest.encrypted));
        if let Some(ours) = verdict::of_ours(error) {
            self.report.remark(Remark::More, nest.depth, ours);
        }
    }

    fn long_name(&mut self, part: &Part<'_>, force: &mut Force, nest: Nest) {
        force.set_text(part.kind(), None);
        self.report.remark(Remark::Fault, nest.depth, verdict::LONG_NAME);
        let collectd = verdict::of_collectd(DecodeErrorKind::TextTooLong, nest.encrypted);
        self.report.remark(Remark::More, nest.depth, collectd);
        self.report.remark(Remark::More, nest.depth, verdict::LONG_NAME_OURS);
    }

    /// What came of a part that completes something.
    fn result(&mut self, end: usize, lacks: &[&str], nest: Nest) {
        let Some(item) = self.seen.item(end) else {
            self.report.remark(Remark::Fault, nest.depth, format_args!("not complete: {}", lacks.join(", ")));
            return self.report.remark(Remark::More, nest.depth, "receivers drop it, collectd without a word");
        };
        self.report.remark(Remark::Result, nest.depth, &item.text);
        if let Some(trouble) = &item.trouble {
            self.report.remark(Remark::Note, nest.depth, format_args!("for a collectd with this types.db: {trouble}"));
        }
        let Some(arrived) = self.arrived else { return };
        let (early, late) = (item.time.since(arrived).to_duration(), arrived.since(item.time).to_duration());
        if early.max(late) > LATE {
            let (off, which) = if early > late { (early, "after") } else { (late, "before") };
            let text = format_args!("its time is {} s {which} that of its arrival", off.as_secs());
            self.report.remark(Remark::Note, nest.depth, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::LazyLock;

    use collectd_net::DecodeError;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    /// All packets that the tests of the protocol have.
    static PACKETS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
        let folders = ["vectors", "malformed"].into_iter().flat_map(|name| fs::read_dir(root.join(name)).unwrap());
        let files = folders.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "bin")).collect();
        files.sort();
        files.into_iter().map(|path| fs::read(path).unwrap()).collect()
    });

    /// Each value list, notification and error of the decoder is told of, no more and no less.
    fn compare(packet: &[u8], level: SecurityLevel, keys: Option<&Arc<KeyRing>>) -> Result<(), TestCaseError> {
        let mut judge = Judge::new(level, keys.cloned(), TypesDb::default());
        let mut text = Vec::new();
        let mut report = Report::new(&mut text, false);
        judge.judge(&Packet { data: packet, origin: None }, &mut report).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut copy = packet.to_vec();
        let mut opener = Opener::new(level);
        let mut items = opener.open(keys.map(|keys| &**keys), &mut copy);
        let (mut found, mut errors) = (0, Vec::new());
        for item in items.by_ref() {
            match item {
                Ok(_) => found += 1,
                Err(DecodeError { kind, .. }) => errors.push(kind),
            }
        }
        let skipped = items.skipped();
        let count = |what: &str| text.lines().filter(|line| line.trim_start().starts_with(what)).count();
        prop_assert_eq!(count("= value list [") + count("= notification ["), found, "{}", text);
        let skipped = skipped.value_lists() + skipped.notifications() + skipped.long_names;
        let unread = if keys.is_none() { count("- not decrypted") } else { 0 };
        prop_assert_eq!(count("! ") + unread, errors.len() + skipped as usize, "{}", text);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Also of packets that nobody ever sent.
        #[test]
        fn what_is_told_is_what_is_done(
            which in any::<Index>(),
            changes in prop::collection::vec((any::<Index>(), any::<u8>()), 0..4),
            level in prop::sample::select(vec![SecurityLevel::None, SecurityLevel::Sign, SecurityLevel::Encrypt]),
            has_keys in any::<bool>(),
        ) {
            let mut packet = PACKETS[which.index(PACKETS.len())].clone();
            for (at, byte) in changes {
                if !packet.is_empty() {
                    let at = at.index(packet.len());
                    packet[at] = byte;
                }
            }
            let keys = Arc::new(KeyRing::from_iter([("alice", "w0nderl4nd"), ("bob", "bu1|der")]));
            let keys = (has_keys || level != SecurityLevel::None).then_some(&keys);
            compare(&packet, level, keys)?;
        }
    }
}
