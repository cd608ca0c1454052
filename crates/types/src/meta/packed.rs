//! The entries of meta data, in one piece of memory.

use alloc::vec::Vec;
use core::{mem, str};

use super::{CMetaValue, MetaValueRef};
use crate::nul::has_nul;

/// Enough for two or three entries.
const FIRST_CAPACITY: usize = 96;

/// Entries one after the other, each with its texts as C wants them: with a NUL behind.
///
/// An entry is the length of its name with the kind of its value, the length of the value, the name, a NUL, the value, a
/// NUL. The lengths are written and read as whole words: bytes that were just written in another pattern have to reach
/// the memory first.
#[derive(Clone, Default)]
pub(super) struct Packed(Vec<u8>);

/// Two words.
const HEAD: usize = 16;

const KIND_BITS: u32 = 3;
const TEXT: u64 = 0;
const SIGNED: u64 = 1;
const UNSIGNED: u64 = 2;
const DOUBLE: u64 = 3;
const BOOLEAN: u64 = 4;

impl Packed {
    pub(super) const NONE: Packed = Packed(Vec::new());

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, key: &str, value: MetaValueRef<'_>) {
        match (value, number(value)) {
            (MetaValueRef::String(text), _) => self.room(TEXT, key, text.len()).copy_from_slice(text.as_bytes()),
            (_, Some((kind, number))) => self.room(kind, key, size_of::<u64>()).copy_from_slice(&number.to_ne_bytes()),
            (_, None) => {}
        }
    }

    /// Puts a number into the place of another value of that length, of an entry of exactly this name; whether there is
    /// one.
    pub(super) fn overwrite(&mut self, key: &str, value: MetaValueRef<'_>) -> bool {
        let Some((kind, number)) = number(value) else { return false };
        let mut entries = self.iter();
        let Some(entry) = entries.find(|entry| without_nul(entry.key) == key.as_bytes()) else { return false };
        let (key_len, value_len) = (entry.key.len(), entry.value.len());
        if value_len != size_of::<u64>() + 1 {
            return false;
        }
        let end = self.0.len() - entries.0.len();
        let start = end - value_len;
        let head = start - key_len - HEAD;
        self.0[head..head + 8].copy_from_slice(&head_word(kind, key).to_ne_bytes());
        self.0[start..end - 1].copy_from_slice(&number.to_ne_bytes());
        true
    }

    /// Appends an entry but for its value, and says where that belongs.
    #[inline]
    fn room(&mut self, kind: u64, key: &str, value_len: usize) -> &mut [u8] {
        let start = self.0.len();
        let len = HEAD + key.len() + value_len + 2;
        match self.0.capacity() {
            0 => {
                self.0 = spare::take();
                self.0.reserve(len.max(FIRST_CAPACITY));
            }
            capacity if len > capacity - start => self.0.reserve(len),
            _ => {}
        }
        // At once, with the NULs.
        self.0.resize(start + len, 0);
        let (head, rest) = self.0[start..].split_at_mut(HEAD);
        head[..8].copy_from_slice(&head_word(kind, key).to_ne_bytes());
        head[8..].copy_from_slice(&(value_len as u64).to_ne_bytes());
        let (key_room, rest) = rest.split_at_mut(key.len());
        key_room.copy_from_slice(key.as_bytes());
        &mut rest[1..=value_len]
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter(&self.0)
    }
}

impl Drop for Packed {
    #[inline]
    fn drop(&mut self) {
        if self.0.capacity() > 0 {
            spare::keep(mem::take(&mut self.0));
        }
    }
}

/// The block of the meta data that was last dropped, for the next: value lists that are built anew each time, one after
/// the other, then allocate nothing.
#[cfg(feature = "std")]
mod spare {
    use alloc::vec::Vec;
    use core::cell::Cell;

    /// Threads keep no block that is larger.
    const MOST: usize = 1024;

    std::thread_local! {
        static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }

    #[inline]
    pub(super) fn take() -> Vec<u8> {
        SPARE.try_with(Cell::take).unwrap_or_default()
    }

    #[inline]
    pub(super) fn keep(mut block: Vec<u8>) {
        if block.capacity() <= MOST {
            block.clear();
            // At the end of a thread there is no place for it any more.
            let _ = SPARE.try_with(|spare| spare.set(block));
        }
    }
}

#[cfg(not(feature = "std"))]
mod spare {
    use alloc::vec::Vec;

    pub(super) fn take() -> Vec<u8> {
        Vec::new()
    }

    pub(super) fn keep(_: Vec<u8>) {}
}

/// Walks through the entries.
#[derive(Clone)]
pub(super) struct Iter<'a>(&'a [u8]);

impl<'a> Iterator for Iter<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        let (kind, rest) = self.0.split_first_chunk()?;
        let (value_len, rest) = rest.split_first_chunk()?;
        let kind = u64::from_ne_bytes(*kind);
        let len = |word: u64| usize::try_from(word).unwrap_or(usize::MAX - 1);
        let (key, rest) = rest.split_at_checked(len(kind >> KIND_BITS) + 1)?;
        let (value, rest) = rest.split_at_checked(len(u64::from_ne_bytes(*value_len)) + 1)?;
        self.0 = rest;
        Some(Entry { kind: kind & ((1 << KIND_BITS) - 1), key, value })
    }
}

/// One entry; name and value with the NUL behind them.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    kind: u64,
    key: &'a [u8],
    value: &'a [u8],
}

impl<'a> Entry<'a> {
    pub(super) fn key(self) -> &'a str {
        text(self.key)
    }

    /// Whether this is its name, in any case.
    pub(super) fn is(self, key: &str) -> bool {
        without_nul(self.key).eq_ignore_ascii_case(key.as_bytes())
    }

    pub(super) fn value(self) -> MetaValueRef<'a> {
        match self.kind {
            SIGNED => MetaValueRef::Signed(self.number().cast_signed()),
            UNSIGNED => MetaValueRef::Unsigned(self.number()),
            DOUBLE => MetaValueRef::Double(f64::from_bits(self.number())),
            BOOLEAN => MetaValueRef::Boolean(self.number() != 0),
            _ => MetaValueRef::String(text(self.value)),
        }
    }

    #[inline]
    pub(super) fn c_key(self) -> Option<&'a [u8]> {
        c_text(self.key)
    }

    #[inline]
    pub(super) fn c_value(self) -> Option<CMetaValue<'a>> {
        Some(match self.kind {
            SIGNED => CMetaValue::Signed(self.number().cast_signed()),
            UNSIGNED => CMetaValue::Unsigned(self.number()),
            DOUBLE => CMetaValue::Double(f64::from_bits(self.number())),
            BOOLEAN => CMetaValue::Boolean(self.number() != 0),
            _ => CMetaValue::String(c_text(self.value)?),
        })
    }

    #[inline]
    fn number(self) -> u64 {
        self.value.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))
    }
}

#[inline]
fn head_word(kind: u64, key: &str) -> u64 {
    ((key.len() as u64) << KIND_BITS) | kind
}

/// The kind and the bits of a value that is no text.
#[inline]
fn number(value: MetaValueRef<'_>) -> Option<(u64, u64)> {
    match value {
        MetaValueRef::String(_) => None,
        MetaValueRef::Signed(number) => Some((SIGNED, number.cast_unsigned())),
        MetaValueRef::Unsigned(number) => Some((UNSIGNED, number)),
        MetaValueRef::Double(number) => Some((DOUBLE, number.to_bits())),
        MetaValueRef::Boolean(value) => Some((BOOLEAN, value.into())),
    }
}

#[inline]
fn without_nul(text: &[u8]) -> &[u8] {
    text.split_last().map_or(&[], |(_, text)| text)
}

/// It was one when it came.
fn text(bytes: &[u8]) -> &str {
    str::from_utf8(without_nul(bytes)).unwrap_or_default()
}

#[inline]
fn c_text(bytes: &[u8]) -> Option<&[u8]> {
    (!has_nul(without_nul(bytes))).then_some(bytes)
}
