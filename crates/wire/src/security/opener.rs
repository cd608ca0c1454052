//! Taking the protection off received packets.

mod walk;

use alloc::vec::Vec;
use core::slice;

use smallvec::SmallVec;

use super::ofb::{self, LANES, Stream};
use super::{Encrypted, KeyRing, SecurityLevel, Signature};
use crate::decode::{DecodeErrorKind as Kind, Items};
use crate::part;
use walk::Walk;

/// Decrypts and checks received packets, then lets them be read.
///
/// Which parts are used is a matter of the [level](SecurityLevel), and the same as with collectd:
///
/// * `None` without keys: plain parts, and what is behind a signature, which nobody checks. What is
///   encrypted ends the packet. This is what [`decode`](crate::decode) does.
/// * `None` with keys: plain parts, and what is signed or encrypted by a known user. What is signed or
///   encrypted otherwise ends the packet.
/// * `Sign`: what is signed or encrypted by a known user. Plain parts are passed over.
/// * `Encrypt`: what is encrypted by a known user. Signatures and plain parts are passed over.
///
/// So at `Sign` and `Encrypt` a packet may hold plain parts besides; they are counted in
/// [`Skipped`](crate::Skipped). [`strict`](Self::strict) refuses such packets.
///
/// ```
/// use collectd_wire::{KeyRing, Opener, Sealer, SecurityLevel};
/// # use collectd_wire::Encoder;
/// # let load = collectd_types::Values::new("load").host("h").plugin("load")
/// #     .time(collectd_types::Time::from_secs(1)).gauges([0.5, 0.4, 0.3]);
/// # let mut encoder = Encoder::new(1346);
/// # encoder.push(load.view())?;
///
/// let mut packet = Vec::new();
/// Sealer::encrypt(b"alice", b"w0nderl4nd")?.seal(encoder.packet(), &mut packet)?;
///
/// let keys = KeyRing::from_iter([("alice", "w0nderl4nd")]);
/// let mut opener = Opener::new(SecurityLevel::Encrypt);
/// let mut items = opener.open(Some(&keys), &mut packet);
/// assert_eq!(items.next().unwrap()?.host(), "h");
/// assert_eq!(items.origin().user(), Some(&b"alice"[..]));
/// assert!(items.origin().is_encrypted());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Memory is kept from one call to the next, so that after some packets nothing is allocated.
#[derive(Debug)]
pub struct Opener {
    level: SecurityLevel,
    strict: bool,
    /// Of all packets, one after the other.
    verdicts: Vec<Verdict>,
    /// Where the verdicts of each packet end.
    ends: Vec<usize>,
}

impl Opener {
    /// Demands this level. `Sign` and `Encrypt` without keys let nothing through.
    pub const fn new(level: SecurityLevel) -> Opener {
        Opener { level, strict: false, verdicts: Vec::new(), ends: Vec::new() }
    }

    /// Whether to refuse packets that also hold what the level does not let through, and not only those
    /// parts of them: at `Encrypt` all must be encrypted, at `Sign` encrypted or signed. Such a packet
    /// gives nothing but [`Unencrypted`](Kind::Unencrypted) or [`Unsigned`](Kind::Unsigned).
    #[must_use]
    pub const fn strict(mut self, strict: bool) -> Opener {
        self.strict = strict;
        self
    }

    /// The level that is demanded.
    pub const fn level(&self) -> SecurityLevel {
        self.level
    }

    /// Decrypts a packet where it lies, and checks it. `None` for the keys is a receiver that has no key
    /// ring at all.
    ///
    /// The work is bounded by the size of the packet: no byte is decrypted or hashed for more than eight
    /// sections.
    pub fn open<'a>(&'a mut self, keys: Option<&'a KeyRing>, packet: &'a mut [u8]) -> Items<'a> {
        self.unlock(keys, slice::from_mut(&mut &mut *packet));
        Items::new(packet, self.rules(keys), &self.verdicts)
    }

    /// The same for many packets. What several of them have encrypted with one key is decrypted side by
    /// side, up to 64 at once, which is an order of magnitude faster.
    pub fn open_all<'a, P>(&'a mut self, keys: Option<&'a KeyRing>, packets: &'a mut [P]) -> Opened<'a, P>
    where
        P: AsRef<[u8]> + AsMut<[u8]>,
    {
        self.unlock(keys, packets);
        Opened { packets, rules: self.rules(keys), verdicts: &self.verdicts, ends: &self.ends }
    }

    fn rules<'a>(&self, keys: Option<&'a KeyRing>) -> Rules<'a> {
        Rules { keys, level: self.level, strict: self.strict }
    }

    fn unlock<P: AsMut<[u8]>>(&mut self, keys: Option<&KeyRing>, packets: &mut [P]) {
        self.verdicts.clear();
        self.ends.clear();
        let Some(keys) = keys else { return };
        let rules = self.rules(Some(keys));
        for packets in packets.chunks_mut(LANES) {
            decrypt_fronts(rules, keys, packets);
            for packet in packets {
                let packet = packet.as_mut();
                if rules.refuses(packet).is_none() {
                    Walk::new(keys, self.level, &mut self.verdicts).packet(packet);
                }
                self.ends.push(self.verdicts.len());
            }
        }
    }
}

/// Packets that were [opened](Opener::open_all), in the same order.
#[derive(Debug)]
pub struct Opened<'a, P> {
    packets: &'a [P],
    rules: Rules<'a>,
    verdicts: &'a [Verdict],
    ends: &'a [usize],
}

impl<'a, P: AsRef<[u8]>> Opened<'a, P> {
    /// What is in the packet at this index.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn items(&self, index: usize) -> Items<'a> {
        let end = |index: usize| self.ends.get(index).copied().unwrap_or_default();
        let start = index.checked_sub(1).map_or(0, end);
        Items::new(self.packets[index].as_ref(), self.rules, &self.verdicts[start..end(index)])
    }

    /// The packet at this index as it is now, with what could be decrypted.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn packet(&self, index: usize) -> &'a [u8] {
        self.packets[index].as_ref()
    }

    /// What is in each of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Items<'a>> {
        (0..self.packets.len()).map(|index| self.items(index))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }
}

/// What a receiver lets through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules<'a> {
    pub(crate) keys: Option<&'a KeyRing>,
    pub(crate) level: SecurityLevel,
    pub(crate) strict: bool,
}

impl Rules<'_> {
    /// Where the first part is that makes a strict receiver refuse the packet.
    pub(crate) fn refuses(&self, packet: &[u8]) -> Option<usize> {
        if !self.strict || self.level == SecurityLevel::None {
            return None;
        }
        let mut at = 0;
        while let Some((code, size)) = part::read_header(&packet[at..]) {
            match code {
                part::ENCRYPTED => at += size,
                // Covers all that is behind it.
                part::SIGNATURE if self.level == SecurityLevel::Sign => return None,
                _ => return Some(at),
            }
        }
        None
    }
}

/// What came of a part that begins a section, or should have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// Where in the packet the part is.
    pub(crate) offset: usize,
    pub(crate) outcome: Result<(), Kind>,
}

/// Decrypts the part that each packet begins with, if it is one to decrypt.
fn decrypt_fronts<P: AsMut<[u8]>>(rules: Rules<'_>, keys: &KeyRing, packets: &mut [P]) {
    let mut streams = SmallVec::<[Stream<'_>; LANES]>::new();
    for packet in packets {
        let packet = packet.as_mut();
        if rules.refuses(packet).is_none() {
            streams.extend(front(keys, packet));
        }
    }
    ofb::apply(&mut streams);
}

fn front<'a>(keys: &'a KeyRing, packet: &'a mut [u8]) -> Option<Stream<'a>> {
    let (part::ENCRYPTED, size) = part::read_header(packet)? else { return None };
    let part = Encrypted::read(packet, size).ok()?;
    let cipher = keys.user(part.user(packet))?.cipher();
    let iv = part.iv(packet);
    Some(Stream { cipher, iv, data: &mut packet[part.body()] })
}
