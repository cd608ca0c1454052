//! Finding encrypted parts, wherever they are, and decrypting them.

use alloc::vec::Vec;

use super::super::ofb::{self, Stream};
use super::super::section::MAX_DEPTH;
use super::{Encrypted, KeyRing, Kind, SecurityLevel, Signature, Verdict};
use crate::part;

/// Goes through a packet from one encrypted part to the next, before it is read.
///
/// A signature is verified here only when something behind it may have to be decrypted, since it is made
/// over what is encrypted. Others are left to the reading.
pub(super) struct Walk<'a> {
    keys: &'a KeyRing,
    level: SecurityLevel,
    verdicts: &'a mut Vec<Verdict>,
}

#[derive(Clone, Copy)]
struct Section {
    /// Where in the packet it begins.
    base: usize,
    depth: u8,
    encrypted: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(keys: &'a KeyRing, level: SecurityLevel, verdicts: &'a mut Vec<Verdict>) -> Self {
        Walk { keys, level, verdicts }
    }

    /// A packet of which the part that it begins with is decrypted.
    pub(super) fn packet(&mut self, packet: &mut [u8]) {
        self.section(packet, Section { base: 0, depth: 0, encrypted: false });
    }

    fn section(&mut self, bytes: &mut [u8], section: Section) {
        let mut at = 0;
        let mut searched = false;
        while let Some((code, size)) = part::read_header(&bytes[at..]) {
            if code == part::ENCRYPTED {
                if self.encrypted(&mut bytes[at..], size, section.at(at)).is_err() {
                    return;
                }
            } else if !searched && !may_hold_encrypted(&bytes[at..]) {
                return;
            } else if code == part::SIGNATURE && (section.encrypted || self.level != SecurityLevel::Encrypt) {
                return self.signature(&mut bytes[at..], size, section.at(at));
            } else {
                searched = true;
            }
            at += size;
        }
    }

    fn encrypted(&mut self, rest: &mut [u8], size: usize, section: Section) -> Result<(), Kind> {
        let part = Encrypted::read(rest, size);
        let part = part.and_then(|part| self.decrypt(part, rest, section));
        self.note(section, part.as_ref().map_or_else(|kind| Err(*kind), |_| Ok(())));
        let content = part?.content();
        self.section(&mut rest[content.clone()], Section { encrypted: true, ..section.inner(content.start) });
        Ok(())
    }

    fn decrypt(&self, part: Encrypted, rest: &mut [u8], section: Section) -> Result<Encrypted, Kind> {
        let keys = self.keys.user(part.user(rest)).ok_or(Kind::EncryptedNoKey)?;
        if section.depth >= MAX_DEPTH {
            return Err(Kind::TooDeep);
        }
        // The front of the packet was decrypted together with that of others.
        if section.base > 0 {
            let iv = part.iv(rest);
            ofb::apply(&mut [Stream { cipher: keys.cipher(), iv, data: &mut rest[part.body()] }]);
        }
        part.verify(rest).map(|()| part)
    }

    fn signature(&mut self, rest: &mut [u8], size: usize, section: Section) {
        let (_, behind) = rest.split_at(size);
        let outcome = Signature::read(rest, size).and_then(|signature| {
            if section.depth >= MAX_DEPTH { Err(Kind::TooDeep) } else { signature.verify(self.keys, behind) }
        });
        self.note(section, outcome);
        if outcome.is_ok() {
            self.section(&mut rest[size..], section.inner(size));
        }
    }

    fn note(&mut self, section: Section, outcome: Result<(), Kind>) {
        self.verdicts.push(Verdict { offset: section.base, outcome });
    }
}

impl Section {
    fn at(self, offset: usize) -> Section {
        Section { base: self.base + offset, ..self }
    }

    fn inner(self, offset: usize) -> Section {
        Section { depth: self.depth + 1, ..self.at(offset) }
    }
}

/// Whether the type of encrypted parts occurs. Without a way out of the loop it is worked on by the
/// dozen, and costs a fraction of going from part to part.
fn may_hold_encrypted(bytes: &[u8]) -> bool {
    const { assert!(part::ENCRYPTED == 0x0210) };
    bytes.iter().zip(bytes.iter().skip(1)).fold(false, |found, (&a, &b)| found | (a == 2) & (b == 0x10))
}
