//! Comparing names with those in the packet, and writing them.

use collectd_types::{Name, NameRef};

use super::buffer::{Buffer, MASK};
use crate::part::{self, NAME_SIZE};

/// The last name of a kind that went into the packet, in a form that compares fast.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The first eight bytes of name and NUL,
    word: u64,
    /// and which of them there are.
    mask: u64,
    /// One more than the position; zero is the empty name in front of the packet.
    start: u16,
    len: u8,
    /// Which of the last eight bytes of a longer name and its NUL there are.
    last_mask: u64,
}

impl Default for Place {
    /// The empty name.
    fn default() -> Self {
        Place { word: 0, mask: 0xff, start: 0, len: 0, last_mask: 0 }
    }
}

impl Place {
    /// The name that a part of our own with this payload holds.
    pub(super) fn of(payload: &[u8], at: usize) -> Place {
        let mut place = Place::default();
        let len = NameRef::until_nul(payload).len();
        if let Some(first) = payload.first_chunk::<8>() {
            place.set_long(u64::from_le_bytes(*first), last_mask(len), at, len);
        } else {
            let mut word = [0; 8];
            word[..payload.len()].copy_from_slice(payload);
            place.set(u64::from_le_bytes(word), (1 << (8 * payload.len())) - 1, at, len);
        }
        place
    }

    /// Notes a name of less than eight bytes.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "names have at most 127 bytes")]
    fn set(&mut self, word: u64, mask: u64, at: usize, len: usize) {
        self.word = word;
        self.mask = mask;
        // A position that does not fit is of a value list that does not, and is forgotten with it.
        self.start = (at + 1) as u16;
        self.len = len as u8;
    }

    /// Notes a longer one.
    #[inline(always)]
    fn set_long(&mut self, word: u64, last_mask: u64, at: usize, len: usize) -> u8 {
        self.set(word, u64::MAX, at, len);
        self.last_mask = last_mask;
        self.len
    }
}

/// Which of the last eight bytes of a name and its NUL there are.
fn last_mask(len: usize) -> u64 {
    // An array of the daemon that is full has no NUL, which then is not compared.
    let unused = 7 - len % 8 + usize::from(len == Name::MAX_LEN);
    u64::MAX >> (8 * unused)
}

/// A name that can be put into a packet.
pub(super) trait Source: Copy {
    fn is_empty(&self) -> bool;

    /// Whether it is the name that was put there last.
    fn is(&self, place: &Place, buffer: &Buffer, code: u16) -> bool;

    /// Writes a part that holds it and notes its place; answers how long the name is. Behind the part, up
    /// to 128 bytes may be overwritten.
    fn write(&self, buffer: &mut Buffer, at: usize, code: u16, place: &mut Place) -> usize;
}

/// An array of the daemon: needs no search for its NUL, since the name in the packet has one too.
impl Source for &[u8; NAME_SIZE] {
    #[inline(always)]
    fn is_empty(&self) -> bool {
        self[0] == 0
    }

    #[inline(always)]
    fn is(&self, place: &Place, buffer: &Buffer, code: u16) -> bool {
        let Some(words) = self.as_chunks::<8>().0.first_chunk() else { unreachable!() };
        if u64::from_le_bytes(words[0]) & place.mask != place.word {
            return false;
        }
        // Hosts are long, and mostly the same.
        place.len < 8
            || if code == part::HOST { ends_as(words, place, buffer) } else { ends_as_outlined(words, place, buffer) }
    }

    #[inline(always)]
    fn write(&self, buffer: &mut Buffer, at: usize, code: u16, place: &mut Place) -> usize {
        let bytes = self.as_chunks::<8>().0[0];
        let word = u64::from_le_bytes(bytes);
        let zeros = zeros(word);
        if zeros == 0 {
            return write_long(self, word, buffer, at, code, place);
        }
        let mask = zeros ^ (zeros - 1);
        let len = zeros.trailing_zeros() as usize / 8;
        buffer.put(at + part::HEADER, bytes);
        buffer.put(at, part::header(code, part::HEADER + len + 1));
        place.set(word & mask, mask, at + part::HEADER, len);
        len
    }
}

/// Compares with a name that is longer than seven bytes, of which the first eight are the same.
#[inline(always)]
fn ends_as(words: &[[u8; 8]; NAME_SIZE / 8], place: &Place, buffer: &Buffer) -> bool {
    let previous = buffer.name(place.start).as_chunks::<8>().0;
    let whole = usize::from((place.len / 8) & 15);
    if (1..whole).any(|at| words[at] != previous[at]) {
        return false;
    }
    let difference = u64::from_le_bytes(words[whole]) ^ u64::from_le_bytes(previous[whole]);
    difference & place.last_mask == 0
}

#[inline(never)]
fn ends_as_outlined(words: &[[u8; 8]; NAME_SIZE / 8], place: &Place, buffer: &Buffer) -> bool {
    ends_as(words, place, buffer)
}

/// Writes a name of more than seven bytes, of which these are the first eight.
#[inline(always)]
fn write_long(
    name: &[u8; NAME_SIZE],
    first: u64,
    buffer: &mut Buffer,
    at: usize,
    code: u16,
    place: &mut Place,
) -> usize {
    let text = at + part::HEADER;
    let second = u64::from_le_bytes(name.as_chunks::<8>().0[1]);
    let zeros = zeros(second);
    if zeros == 0 {
        return write_longer(name, buffer, at, code, place).into();
    }
    let len = 8 | (zeros.trailing_zeros() as usize / 8);
    buffer.put(text, first.to_le_bytes());
    buffer.put(text + 8, second.to_le_bytes());
    buffer.put(at, part::header(code, part::HEADER + len + 1));
    place.set_long(first, zeros ^ (zeros - 1), text, len);
    len
}

/// Writes a name of more than 15 bytes.
#[inline(never)]
fn write_longer(name: &[u8; NAME_SIZE], buffer: &mut Buffer, at: usize, code: u16, place: &mut Place) -> u8 {
    let at = at & MASK;
    let len = (16 + NameRef::until_nul(&name[16..]).len()).min(Name::MAX_LEN);
    let text = at + part::HEADER;
    buffer.put(text, *name);
    buffer.put(text + len, [0]);
    buffer.put(at, part::header(code, part::HEADER + len + 1));
    let [first, ..] = name.as_chunks::<8>().0 else { unreachable!() };
    place.set_long(u64::from_le_bytes(*first), last_mask(len), text, len)
}

/// The lowest bit that is set is the highest of the lowest byte that is zero.
#[inline(always)]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}

impl Source for NameRef<'_> {
    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    #[inline(always)]
    fn is(&self, place: &Place, buffer: &Buffer, _code: u16) -> bool {
        let name = self.as_bytes();
        if name.len() != usize::from(place.len) || first_word(name) != place.word {
            return false;
        }
        let Some(last) = name.last_chunk::<8>() else { return true };
        let previous = &buffer.name(place.start)[..name.len().min(NAME_SIZE)];
        let mut words = name.as_chunks::<8>().0.iter().zip(previous.as_chunks::<8>().0).skip(1);
        // The last eight bytes overlap with the word before.
        previous.last_chunk() == Some(last) && words.all(|(word, previous)| word == previous)
    }

    #[inline]
    fn write(&self, buffer: &mut Buffer, at: usize, code: u16, place: &mut Place) -> usize {
        let name = self.as_bytes();
        let (at, len) = (at & MASK, name.len().min(Name::MAX_LEN));
        let (text, first) = (at + part::HEADER, first_word(name));
        buffer.put(at, part::header(code, part::HEADER + len + 1));
        let Some(last) = name.last_chunk::<8>() else {
            buffer.put(text, first.to_le_bytes());
            place.set(first, u64::MAX >> (56 - 8 * (len & 7)), text, len);
            return len;
        };
        for (index, word) in name.as_chunks::<8>().0.iter().enumerate() {
            buffer.put(text + 8 * index, *word);
        }
        buffer.put(text + len - 8, *last);
        buffer.put(text + len, [0]);
        place.set_long(first, last_mask(len), text, len);
        len
    }
}

/// The first eight bytes of a name, as if zeros followed it.
#[inline(always)]
fn first_word(name: &[u8]) -> u64 {
    if let Some(word) = name.first_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    let Some(start) = name.first_chunk::<4>() else {
        return name.iter().rev().fold(0, |word, &byte| (word << 8) | u64::from(byte));
    };
    let Some(end) = name.last_chunk::<4>() else { return 0 };
    // The two overlap, with the same bytes.
    let shift = 8 * ((name.len() - 4) & 7);
    u64::from(u32::from_le_bytes(*start)) | (u64::from(u32::from_le_bytes(*end)) << shift)
}
