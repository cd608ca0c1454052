//! Walking through packets.

mod error;
mod item;
mod section;
mod state;

use alloc::boxed::Box;
use core::ops::ControlFlow;

use collectd_types::{NameRef, NotificationRef, WireValues};

pub use error::{DecodeError, DecodeErrorKind, Skipped};
pub use item::Item;
pub use section::Origin;

use crate::part::{self, MAX_MESSAGE_LEN, NAME_SIZE};
use crate::security::{Rules, Verdict, until_nul};
use error::DecodeErrorKind as Kind;
use section::{Outer, Section};
use state::State;

/// Goes through a packet: value lists and notifications in the order in which they lie there, then the
/// error that ended it, if one did. What came before an error is valid.
///
/// Behaves as a collectd that has no keys and demands none: signatures are passed over, and what is
/// behind them is used; an encrypted part ends the packet with
/// [`EncryptedNoKey`](DecodeErrorKind::EncryptedNoKey). With keys, or to demand some, see
/// [`Opener`](crate::Opener). Parts of unknown types are passed over. What collectd drops without a word,
/// because it is not complete, is counted in [`Items::skipped`].
///
/// Nothing is allocated or copied, and no byte is looked at more than a few times.
pub fn decode(packet: &[u8]) -> Items<'_> {
    Items::new(packet, Rules::default(), &[])
}

/// What is in a packet, see [`decode`] and [`Opener`](crate::Opener).
///
/// An error ends the section that it is in: usually the packet; but behind an encrypted part, of which
/// there may be several, reading goes on. So there may be items after an error.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    rest: &'a [u8],
    /// Where in the packet the section ends that `rest` is of.
    end: usize,
    state: State<'a>,
    skipped: Skipped,
    section: Section<'a>,
    /// Where to go on after this section.
    outer: Option<Box<Outer<'a>>>,
    rules: Rules<'a>,
    verdicts: &'a [Verdict],
}

impl<'a> Items<'a> {
    pub(crate) fn new(packet: &'a [u8], rules: Rules<'a>, verdicts: &'a [Verdict]) -> Items<'a> {
        Items {
            // Where a refused part is, there it ends at once.
            rest: &packet[rules.refuses(packet).unwrap_or_default()..],
            end: packet.len(),
            state: State::default(),
            skipped: Skipped::default(),
            section: Section::packet(&rules),
            outer: None,
            rules,
            verdicts,
        }
    }

    /// By whom the item was signed or encrypted that was read last.
    pub fn origin(&self) -> Origin<'a> {
        self.section.origin
    }

    /// Where in the packet reading goes on: right behind the part that the last item came with.
    pub fn position(&self) -> usize {
        self.end - self.rest.len()
    }

    /// What was passed over so far.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// A values part that gives no value list: wrong, or not complete.
    #[cold]
    #[inline(never)]
    fn skip_values(&mut self, size: usize) -> Result<(), Kind> {
        let skipped = &mut self.skipped;
        let counter = match count_values(self.rest, size)? {
            0 => &mut skipped.lists_without_values,
            _ => &mut skipped.incomplete_lists,
        };
        *counter += 1;
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn rare_part(&mut self, header: u32, size: usize) -> Result<Rare<'a>, Kind> {
        let [a, b, ..] = header.to_be_bytes();
        let code = u16::from_be_bytes([a, b]);
        let (part, _) = self.rest.split_at(size);
        match code {
            part::VALUES if self.state.is_usable_again() => return Ok(Rare::Again),
            part::VALUES => self.skip_values(size)?,
            part::TIME_HR => self.state.time = number(self.rest, size)?,
            part::INTERVAL_HR => self.state.interval = number(self.rest, size)?,
            // Seconds, shifted as the daemon does: what does not fit is lost.
            part::TIME => self.state.time = number(self.rest, size)? << 30,
            part::INTERVAL => self.state.interval = number(self.rest, size)? << 30,
            part::SEVERITY => self.state.set_severity(number(self.rest, size)?),
            part::MESSAGE => {
                let message = text(part, MAX_MESSAGE_LEN + 1)?;
                let notification = self.state.notification(until_nul(message), &mut self.skipped);
                return Ok(notification.map_or(Rare::Nothing, Rare::Notification));
            }
            part::SIGNATURE | part::ENCRYPTED => {
                self.enter(code, size)?;
                return Ok(Rare::Section);
            }
            _ => self.skipped.unknown_parts += 1,
        }
        Ok(Rare::Nothing)
    }
}

/// What came of a part that is none of the common ones.
enum Rare<'a> {
    Nothing,
    Notification(NotificationRef<'a>),
    /// `rest` is another one.
    Section,
    /// It is a common one after all.
    Again,
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, DecodeError>;

    /// Becomes part of the loop that calls it: a sixth of all instructions was passing items from here to there.
    #[inline(always)]
    fn next(&mut self) -> Option<Result<Item<'a>, DecodeError>> {
        let mut rest = self.rest;
        if self.section.passes_over {
            match self.pass_over(rest) {
                ControlFlow::Continue(section) => rest = section,
                ControlFlow::Break(end) => return end,
            }
        }
        'parts: loop {
            let kind = 'part: {
                // A header with nothing behind it is no part, as in the daemon.
                let Some((&[a, b, c, d, _], _)) = rest.split_first_chunk() else { break 'part Kind::Truncated };
                let header = u32::from_be_bytes([a, b, c, d]);
                let (code, size) = (header >> 16, header as usize & 0xffff);
                if size < part::HEADER {
                    break 'part Kind::Truncated;
                }
                let Some((part, behind)) = rest.split_at_checked(size) else { break 'part Kind::Truncated };
                if code <= part::TYPE_INSTANCE.into() && code != part::TIME.into() {
                    match text(part, NAME_SIZE) {
                        Ok(text) => {
                            let name = NameRef::until_nul_within(&rest[part::HEADER..], text.len());
                            self.state.names[code as usize] = name;
                        }
                        // The daemon gives up the rest of the packet for it.
                        Err(Kind::TextTooLong) => {
                            self.state.set_too_long(code as usize);
                            self.skipped.long_names += 1;
                        }
                        Err(kind) => break 'part kind,
                    }
                } else if let Some(values) = values(code, part).filter(|_| self.state.is_complete()) {
                    self.rest = behind;
                    return Some(Ok(Item::Values(self.state.value_list(values))));
                } else if let Some(time) = time(code, part) {
                    self.state.time = time;
                } else {
                    self.rest = rest;
                    match self.rare_part(header, size) {
                        Ok(Rare::Nothing) => {}
                        Ok(Rare::Notification(notification)) => {
                            self.rest = behind;
                            return Some(Ok(Item::Notification(notification)));
                        }
                        Ok(Rare::Section | Rare::Again) => {
                            rest = self.rest;
                            continue 'parts;
                        }
                        Err(kind) => break 'part kind,
                    }
                }
                rest = behind;
                continue 'parts;
            };
            match self.leave(rest, kind) {
                ControlFlow::Continue(section) => rest = section,
                ControlFlow::Break(end) => return end,
            }
        }
    }
}

impl core::iter::FusedIterator for Items<'_> {}

/// The payload of a text part.
#[inline(always)]
pub(crate) fn text(part: &[u8], limit: usize) -> Result<&[u8], Kind> {
    let text = &part[part::HEADER..];
    if text.len().wrapping_sub(1) >= limit {
        return Err(if text.is_empty() { Kind::TextEmpty } else { Kind::TextTooLong });
    }
    if text[text.len() - 1] == 0 { Ok(text) } else { Err(Kind::TextUnterminated) }
}

/// The time of a part that is as it should be.
#[inline(always)]
fn time(code: u32, part: &[u8]) -> Option<u64> {
    let (_, number) = part.split_at_checked(part::HEADER)?;
    let number = number.try_into().ok().filter(|_| code == part::TIME_HR.into())?;
    Some(u64::from_be_bytes(number))
}

/// The values of a part that is as it should be, and has some.
#[inline(always)]
fn values(code: u32, part: &[u8]) -> Option<WireValues<'_>> {
    let &[_, _, _, _, a, b, ref values @ ..] = part else { return None };
    let count = usize::from(u16::from_be_bytes([a, b]));
    if code != part::VALUES.into() || count == 0 || values.len() != part::VALUE_SIZE * count {
        return None;
    }
    let (kinds, numbers) = values.split_at(count);
    WireValues::new(kinds, &numbers[..8 * count])
}

pub(crate) fn number(rest: &[u8], size: usize) -> Result<u64, Kind> {
    let Some(&[_, _, _, _, ref number @ ..]) = rest.first_chunk::<{ part::NUMBER_SIZE }>() else {
        return Err(Kind::NumberShort);
    };
    // The daemon does not look, reads eight bytes all the same, and loses its way.
    if size == part::NUMBER_SIZE { Ok(u64::from_be_bytes(*number)) } else { Err(Kind::NumberLength) }
}

/// How many values are in the part of this size that `rest` begins with, or what is wrong with it.
pub(crate) fn count_values(rest: &[u8], size: usize) -> Result<usize, Kind> {
    // The daemon wants room for one value even if there is none.
    let Some(&[_, _, _, _, a, b, ..]) = rest.first_chunk::<{ part::VALUES_HEADER + part::VALUE_SIZE }>() else {
        return Err(Kind::ValuesShort);
    };
    let count = usize::from(u16::from_be_bytes([a, b]));
    let expected = part::VALUES_HEADER + part::VALUE_SIZE * count;
    if rest.len() < expected {
        return Err(Kind::ValuesShort);
    }
    if size != expected {
        return Err(Kind::ValuesLength);
    }
    let (kinds, numbers) = rest[part::VALUES_HEADER..expected].split_at(count);
    WireValues::new(kinds, numbers).map(|_| count).ok_or(Kind::ValuesKind)
}
