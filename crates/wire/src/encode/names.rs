//! Comparing names with those in the packet, and writing them.

use collectd_types::{Name, NameRef};

use super::buffer::Buffer;
use crate::part::{self, NAME_SIZE};

/// Where in the packet the last name of a kind is. The default is the empty name.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// One more than the position; zero is the empty name in front of the packet.
    start: u16,
    len: u16,
}

impl Place {
    /// A name of this length at this position.
    #[inline(always)]
    pub(super) fn new(at: usize, len: usize) -> Place {
        // Of a place that does not fit, nothing is kept: its value list does not fit the packet either.
        #[expect(clippy::cast_possible_truncation)]
        Place { start: (at + 1) as u16, len: len as u16 }
    }
}

/// A name that can be put into a packet.
pub(super) trait Source: Copy {
    /// Whether it is the name that is in the packet there.
    fn is_at(self, place: Place, buffer: &Buffer) -> bool;

    /// Writes a part that holds it; answers how long the name is. Behind the part, up to 128 bytes may
    /// be overwritten.
    fn write(self, buffer: &mut Buffer, at: usize, code: u16) -> usize;
}

/// An array of the daemon: needs no search for its NUL, since the name in the packet has one too.
impl Source for &[u8; NAME_SIZE] {
    #[inline(always)]
    fn is_at(self, place: Place, buffer: &Buffer) -> bool {
        // Of 127 bytes the array need not be terminated.
        let len = usize::from(place.len + 1).min(Name::MAX_LEN);
        let previous = buffer.name(place.start).as_chunks::<8>().0;
        let mut left = len;
        for (word, previous) in self.as_chunks::<8>().0.iter().zip(previous) {
            let difference = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*previous);
            if left <= 8 {
                return difference << (((8 - left) * 8) & 63) == 0;
            }
            if difference != 0 {
                return false;
            }
            left -= 8;
        }
        false
    }

    #[inline]
    fn write(self, buffer: &mut Buffer, at: usize, code: u16) -> usize {
        let len = NameRef::until_nul(self).len();
        let text = at + part::HEADER;
        match self.first_chunk::<16>() {
            Some(start) if len < 16 => buffer.put(text, *start),
            _ => buffer.put(text, *self),
        }
        buffer.put(at, part::header(code, part::HEADER + len + 1));
        buffer.put(text + len, [0]);
        len
    }
}

impl Source for NameRef<'_> {
    #[inline(always)]
    fn is_at(self, place: Place, buffer: &Buffer) -> bool {
        let name = self.as_bytes();
        name.len() == usize::from(place.len) && begins_with(buffer.name(place.start), name)
    }

    #[inline]
    fn write(self, buffer: &mut Buffer, at: usize, code: u16) -> usize {
        let name = self.as_bytes();
        let text = at + part::HEADER;
        buffer.put(at, part::header(code, part::HEADER + name.len() + 1));
        buffer.slice(text, text + name.len()).copy_from_slice(name);
        buffer.put(text + name.len(), [0]);
        name.len()
    }
}

/// Like `starts_with`, which calls `memcmp`; names are too short for that to pay.
#[inline(always)]
fn begins_with(text: &[u8; NAME_SIZE], name: &[u8]) -> bool {
    let (words, rest) = name.as_chunks::<8>();
    for (word, other) in words.iter().zip(text.as_chunks::<8>().0) {
        if word != other {
            return false;
        }
    }
    let text = &text[(words.len() * 8).min(NAME_SIZE - 8)..];
    rest.iter().zip(text).all(|(byte, other)| byte == other)
}
