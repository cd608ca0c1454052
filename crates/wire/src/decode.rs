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

    /// What was passed over so far.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// A part that sets what is in force; `None` for any other.
    #[inline(always)]
    fn common_part(&mut self, code: u16, size: usize, rest: &'a [u8]) -> Option<Result<(), Kind>> {
        if code == part::TIME_HR {
            return Some(number(rest, size).map(|time| self.state.time = time));
        }
        if code <= part::TYPE_INSTANCE && code != part::TIME {
            let name = text(rest, size, NAME_SIZE).map(|(text, len)| NameRef::until_nul_within(text, len));
            return Some(name.map(|name| self.state.names[usize::from(code)] = name));
        }
        None
    }

    #[cold]
    #[inline(never)]
    fn count_skipped(&mut self, values: WireValues<'a>) {
        let skipped = &mut self.skipped;
        let counter =
            if values.kinds().is_empty() { &mut skipped.lists_without_values } else { &mut skipped.incomplete_lists };
        *counter += 1;
    }

    #[cold]
    #[inline(never)]
    fn rare_part(&mut self, code: u16, size: usize) -> Result<Rare<'a>, Kind> {
        match code {
            part::INTERVAL_HR => self.state.interval = number(self.rest, size)?,
            // Seconds, shifted as the daemon does: what does not fit is lost.
            part::TIME => self.state.time = number(self.rest, size)? << 30,
            part::INTERVAL => self.state.interval = number(self.rest, size)? << 30,
            part::SEVERITY => self.state.set_severity(number(self.rest, size)?),
            part::MESSAGE => {
                let (message, len) = text(self.rest, size, MAX_MESSAGE_LEN + 1)?;
                let notification = self.state.notification(until_nul(&message[..len]), &mut self.skipped);
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
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, DecodeError>;

    #[inline]
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
                let (code, size) = (u16::from_be_bytes([a, b]), usize::from(u16::from_be_bytes([c, d])));
                let Some(behind) = rest.get(size..).filter(|_| size >= part::HEADER) else {
                    break 'part Kind::Truncated;
                };
                if code == part::VALUES {
                    let values = match values(rest, size) {
                        Ok(values) => values,
                        Err(kind) => break 'part kind,
                    };
                    if self.state.is_complete() && !values.kinds().is_empty() {
                        self.rest = behind;
                        return Some(Ok(Item::Values(self.state.value_list(values))));
                    }
                    self.count_skipped(values);
                } else {
                    match self.common_part(code, size, rest) {
                        Some(Ok(())) => {}
                        Some(Err(kind)) => break 'part kind,
                        None => {
                            self.rest = rest;
                            match self.rare_part(code, size) {
                                Ok(Rare::Nothing) => {}
                                Ok(Rare::Notification(notification)) => {
                                    self.rest = behind;
                                    return Some(Ok(Item::Notification(notification)));
                                }
                                Ok(Rare::Section) => {
                                    rest = self.rest;
                                    continue 'parts;
                                }
                                Err(kind) => break 'part kind,
                            }
                        }
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

/// The payload of a text part, together with whatever follows in the packet, and its length.
#[inline(always)]
fn text(rest: &[u8], size: usize, limit: usize) -> Result<(&[u8], usize), Kind> {
    let len = size - part::HEADER;
    if len.wrapping_sub(1) >= limit {
        return Err(if len == 0 { Kind::TextEmpty } else { Kind::TextTooLong });
    }
    if rest[size - 1] != 0 {
        return Err(Kind::TextUnterminated);
    }
    Ok((&rest[part::HEADER..], len))
}

#[inline(always)]
fn number(rest: &[u8], size: usize) -> Result<u64, Kind> {
    let Some(&[_, _, _, _, ref number @ ..]) = rest.first_chunk::<{ part::NUMBER_SIZE }>() else {
        return Err(Kind::NumberShort);
    };
    // The daemon does not look, reads eight bytes all the same, and loses its way.
    if size == part::NUMBER_SIZE { Ok(u64::from_be_bytes(*number)) } else { Err(Kind::NumberLength) }
}

#[inline(always)]
fn values(rest: &[u8], size: usize) -> Result<WireValues<'_>, Kind> {
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
    WireValues::new(kinds, numbers).ok_or(Kind::ValuesKind)
}
