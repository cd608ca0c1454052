//! The decoder with keys, as one would write it down. It cannot decrypt, but knows what was encrypted.

use std::collections::HashMap;

use collectd_wire::{DecodeErrorKind as Wrong, Sealer, SecurityLevel};

use crate::event::{Event, Voucher};
use crate::naive::{self, DecodeErrorSeen, State};

/// Encrypted parts with what is in them; nothing if the receiver has another password.
pub(crate) type Known = HashMap<Vec<u8>, Option<Vec<u8>>>;

/// What an [`Opener`](collectd_wire::Opener) should make of a packet.
pub(crate) struct Expected<'a> {
    pub(crate) events: Vec<Event>,
    pub(crate) vouchers: Vec<Voucher>,
    pub(crate) errors: Vec<DecodeErrorSeen>,
    known: &'a Known,
    users: &'a [(&'a str, &'a str)],
    level: SecurityLevel,
}

/// Where we are.
#[derive(Clone)]
struct Section {
    base: usize,
    depth: usize,
    voucher: Voucher,
    passes_over: bool,
}

/// Why a section does not go on.
enum Stop {
    Wrong(Wrong),
    /// There is a section of which nobody knows what is in it.
    Unknown,
}

impl From<Wrong> for Stop {
    fn from(kind: Wrong) -> Stop {
        Stop::Wrong(kind)
    }
}

impl<'a> Expected<'a> {
    /// Nothing if there is a section in the packet that comes from elsewhere.
    pub(crate) fn of(
        packet: &[u8],
        level: SecurityLevel,
        users: &'a [(&'a str, &'a str)],
        known: &'a Known,
    ) -> Option<Expected<'a>> {
        let (events, vouchers, errors) = (Vec::new(), Vec::new(), Vec::new());
        let mut expected = Expected { events, vouchers, errors, known, users, level };
        let voucher = Voucher { signed: false, encrypted: false, user: None };
        let section = Section { base: 0, depth: 0, voucher, passes_over: level != SecurityLevel::None };
        expected.section(packet, section).ok().map(|()| expected)
    }

    /// Fails only if something is not known.
    fn section(&mut self, bytes: &[u8], mut section: Section) -> Result<(), Stop> {
        let mut state = State::default();
        let mut at = 0;
        while at < bytes.len() {
            match self.part(&bytes[at..], section.base + at, &mut state, &mut section) {
                Ok(size) => at += size,
                Err(Stop::Wrong(kind)) => {
                    self.errors.push((section.base + at, kind));
                    break;
                }
                Err(Stop::Unknown) => return Err(Stop::Unknown),
            }
        }
        Ok(())
    }

    /// How long the part is.
    fn part(&mut self, rest: &[u8], offset: usize, state: &mut State, section: &mut Section) -> Result<usize, Stop> {
        let (code, size) = naive::header(rest)?;
        if code == 0x200 && !(section.passes_over && self.level == SecurityLevel::Encrypt) {
            let user = self.signature(rest, size, section.depth)?;
            *state = State::default();
            section.enter(user);
            section.voucher.signed = true;
        } else if code == 0x210 {
            let (user, content) = self.encrypted(rest, size, section.depth)?;
            let mut inner = Section { base: offset + size - content.len(), ..section.clone() };
            inner.enter(user);
            inner.voucher.encrypted = true;
            self.section(content, inner)?;
        } else if !section.passes_over {
            let (_, event) = state.part(rest)?;
            self.vouchers.extend(event.as_ref().map(|_| section.voucher.clone()));
            self.events.extend(event);
        }
        Ok(size)
    }

    /// Whose signature it is.
    fn signature<'p>(&self, rest: &'p [u8], size: usize, depth: usize) -> Result<&'p [u8], Stop> {
        if size <= 36 || rest.len() <= 36 {
            return Err(Wrong::SignatureLength.into());
        }
        let (user, behind) = (&rest[36..size], &rest[size..]);
        // What nobody can send.
        if user.contains(&0) || behind.is_empty() {
            return Err(Stop::Unknown);
        }
        if depth >= 8 {
            return Err(Wrong::TooDeep.into());
        }
        let password = self.password(user).ok_or(Wrong::SignatureUnknownUser)?;
        let mut signed = Vec::new();
        let sealer = Sealer::sign(user, password).map_err(|_| Stop::Unknown)?;
        sealer.seal_again(behind, [0; 16], &mut signed).map_err(|_| Stop::Unknown)?;
        if signed == rest { Ok(user) } else { Err(Wrong::SignatureMismatch.into()) }
    }

    /// Who encrypted it, and what.
    fn encrypted<'p>(&self, rest: &'p [u8], size: usize, depth: usize) -> Result<(&'p [u8], &'a [u8]), Stop> {
        let kind = naive::encrypted(rest, size);
        if kind != Wrong::EncryptedNoKey {
            return Err(kind.into());
        }
        let name = usize::from(naive::be16(&rest[4..]));
        let user = rest[6..6 + name].split(|&byte| byte == 0).next().unwrap_or_default();
        self.password(user).ok_or(Wrong::EncryptedNoKey)?;
        if depth >= 8 {
            return Err(Wrong::TooDeep.into());
        }
        match self.known.get(&rest[..size]) {
            None => Err(Stop::Unknown),
            Some(None) => Err(Wrong::EncryptedChecksum.into()),
            Some(Some(content)) => Ok((user, content)),
        }
    }

    fn password(&self, user: &[u8]) -> Option<&'a [u8]> {
        self.users.iter().find(|(name, _)| name.as_bytes() == user).map(|(_, password)| password.as_bytes())
    }
}

impl Section {
    fn enter(&mut self, user: &[u8]) {
        self.depth += 1;
        self.passes_over = false;
        self.voucher.user = Some(user.to_vec());
    }
}
