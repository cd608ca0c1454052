//! Sections: what is behind a signature, and what was encrypted.

use alloc::boxed::Box;
use core::mem;
use core::ops::ControlFlow;

use super::{DecodeError, Item, Items, Kind, State};
use crate::part;
use crate::security::{Encrypted, MAX_DEPTH, Rules, SecurityLevel, Signature};

/// By whom an item was signed or encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Origin<'a> {
    signed: bool,
    encrypted: bool,
    user: Option<&'a [u8]>,
    mark: &'a [u8],
    depth: u8,
}

impl<'a> Origin<'a> {
    /// Whether it was behind a signature that was verified, at whatever depth.
    pub const fn is_signed(self) -> bool {
        self.signed
    }

    /// Whether it was encrypted, at whatever depth.
    pub const fn is_encrypted(self) -> bool {
        self.encrypted
    }

    /// The user who did that; if several, the innermost. `None` if the item is plain, or its signature
    /// was not verified for want of keys.
    pub const fn user(self) -> Option<&'a [u8]> {
        self.user
    }

    /// What tells the innermost section from all others: its signature, or its initialisation vector, as it lies in
    /// the packet. Another section has the same one only if it is a copy, or was made from one by somebody who knows
    /// what is encrypted in it. Empty if there is no user.
    pub const fn mark(self) -> &'a [u8] {
        self.mark
    }

    /// In how many sections it was, at most eight.
    pub const fn depth(self) -> usize {
        self.depth as usize
    }
}

/// Where in the nest of sections we are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'a> {
    pub(super) origin: Origin<'a>,
    /// Whether nothing here is used but other sections.
    pub(super) passes_over: bool,
}

impl<'a> Section<'a> {
    /// What is in no section.
    pub(super) fn packet(rules: &Rules<'_>) -> Self {
        Section { origin: Origin::default(), passes_over: rules.level != SecurityLevel::None }
    }

    fn inner(self, user: &'a [u8], mark: &'a [u8]) -> Self {
        let origin = Origin { user: Some(user), mark, depth: self.origin.depth + 1, ..self.origin };
        // At level `Encrypt` no signature is looked at outside of what is encrypted.
        Section { origin, passes_over: false }
    }
}

/// What is behind an encrypted part.
#[derive(Clone, Debug)]
pub(super) struct Outer<'a> {
    rest: &'a [u8],
    end: usize,
    state: State<'a>,
    section: Section<'a>,
    outer: Option<Box<Outer<'a>>>,
}

/// Where to go on reading, or what to answer.
type Next<'a> = ControlFlow<Option<Result<Item<'a>, DecodeError>>, &'a [u8]>;

impl<'a> Items<'a> {
    /// The end of a section, or of what can be read of it.
    #[cold]
    #[inline(never)]
    pub(super) fn leave(&mut self, rest: &'a [u8], kind: Kind) -> Next<'a> {
        let offset = self.end - rest.len();
        let error = (!rest.is_empty()).then_some(Err(DecodeError { offset, kind }));
        self.rest = &[];
        let Some(outer) = self.outer.take() else { return ControlFlow::Break(error) };
        let Outer { rest, end, state, section, outer } = *outer;
        (self.rest, self.end, self.state, self.section, self.outer) = (rest, end, state, section, outer);
        match error {
            Some(error) => ControlFlow::Break(Some(error)),
            None if section.passes_over => self.pass_over(rest),
            None => ControlFlow::Continue(rest),
        }
    }

    /// Goes on to what may be used at this level.
    #[cold]
    #[inline(never)]
    pub(super) fn pass_over(&mut self, mut rest: &'a [u8]) -> Next<'a> {
        let encrypted_only = self.rules.level == SecurityLevel::Encrypt;
        while let Some((code, size)) = part::read_header(rest) {
            self.rest = rest;
            let kind = match code {
                part::SIGNATURE if encrypted_only => Kind::Unencrypted,
                part::SIGNATURE | part::ENCRYPTED => match self.enter(code, size) {
                    // A signature, and no keys.
                    Ok(()) if self.section.passes_over => {
                        rest = self.rest;
                        continue;
                    }
                    Ok(()) => return ControlFlow::Continue(self.rest),
                    Err(kind) => return self.leave(rest, kind),
                },
                _ if encrypted_only => Kind::Unencrypted,
                _ => Kind::Unsigned,
            };
            if self.rules.strict {
                return self.leave(rest, kind);
            }
            let skipped = &mut self.skipped;
            let counter = if encrypted_only { &mut skipped.unencrypted_parts } else { &mut skipped.unsigned_parts };
            *counter += 1;
            rest = &rest[size..];
        }
        self.leave(rest, Kind::Truncated)
    }

    /// Goes on in the section that `rest` begins with.
    pub(super) fn enter(&mut self, code: u16, size: usize) -> Result<(), Kind> {
        if code == part::SIGNATURE { self.enter_signed(size) } else { self.enter_encrypted(size) }
    }

    fn enter_signed(&mut self, size: usize) -> Result<(), Kind> {
        let signature = Signature::read(self.rest, size)?;
        let (_, behind) = self.rest.split_at(size);
        let Some(keys) = self.rules.keys else {
            // Nobody can tell what it is worth: parts like all others.
            self.skipped.unverified_signatures += 1;
            self.rest = behind;
            return Ok(());
        };
        match self.verdict() {
            Some(outcome) => outcome?,
            None if self.section.origin.depth >= MAX_DEPTH => return Err(Kind::TooDeep),
            None => signature.verify(keys, behind)?,
        }
        self.state = State::default();
        self.section = self.section.inner(signature.user(), signature.mac());
        self.section.origin.signed = true;
        self.rest = behind;
        Ok(())
    }

    fn enter_encrypted(&mut self, size: usize) -> Result<(), Kind> {
        let part = Encrypted::read(self.rest, size)?;
        // Without keys there are no verdicts.
        self.verdict().unwrap_or(Err(Kind::EncryptedNoKey))?;
        let (bytes, behind) = self.rest.split_at(size);
        let state = mem::take(&mut self.state);
        let (section, end) = (self.section, self.end);
        self.end -= behind.len();
        // Mostly there is nothing more.
        if !behind.is_empty() {
            let outer = self.outer.take();
            self.outer = Some(Box::new(Outer { rest: behind, end, state, section, outer }));
        }
        self.section = section.inner(part.user(bytes), &bytes[part.vector()]);
        self.section.origin.encrypted = true;
        self.rest = &bytes[part.content()];
        Ok(())
    }

    /// What was found out before about the part that `rest` begins with.
    fn verdict(&mut self) -> Option<Result<(), Kind>> {
        let offset = self.end - self.rest.len();
        // Those of sections that were left early are still there.
        let passed = self.verdicts.iter().take_while(|verdict| verdict.offset < offset).count();
        self.verdicts = &self.verdicts[passed..];
        self.verdicts.first().filter(|verdict| verdict.offset == offset).map(|verdict| verdict.outcome)
    }
}
