//! Looking for the NUL at the end of a name, several bytes at a time.

use crate::Name;

/// Up to 16 bytes, with zeros behind them, and whether there is a NUL among them. In registers: bytes that were just
/// written one by one cannot be read again in one piece before they have reached the memory.
#[inline]
pub(crate) fn short_words(source: &[u8]) -> Option<([u64; 2], bool)> {
    // Both ends overlap, or meet.
    if let (Some(start), Some(end)) = (source.first_chunk(), source.last_chunk()) {
        let has_nul = zeros(start) | zeros(end) != 0;
        let behind = 16usize.checked_sub(source.len())?;
        // Shifted twice, because all 64 at once cannot be.
        let end = u64::from_le_bytes(*end) >> (4 * behind) >> (4 * behind);
        return Some(([u64::from_le_bytes(*start), end], has_nul));
    }
    let word = match (source.first_chunk(), source.last_chunk()) {
        (Some(start), Some(end)) => {
            let (start, end) = (u32::from_le_bytes(*start), u32::from_le_bytes(*end));
            u64::from(start) | u64::from(end) << (8 * (source.len() & 3))
        }
        _ => source.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    // With bytes that are no NUL in the place of those behind the name.
    let filled = word | !0 << (8 * (source.len() & 7));
    Some(([word, 0], zeros(&filled.to_le_bytes()) != 0))
}

/// Whether there is a NUL somewhere.
#[inline]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    short_words(bytes).map_or_else(|| bytes.contains(&0), |(_, has_nul)| has_nul)
}

/// What is before the first NUL, if that is one of the first 24 bytes, and within `len`; else how many bytes are known
/// to have none.
#[inline]
pub(crate) fn short(bytes: &[u8], len: usize) -> Result<&[u8], usize> {
    let (words, _) = bytes.as_chunks();
    let mut end = 0;
    for word in words.iter().take(3) {
        match zeros(word) {
            0 => end += 8,
            zeros => {
                let nul = end + zeros.trailing_zeros() as usize / 8;
                return if nul <= len { Ok(&bytes[..nul]) } else { Err(0) };
            }
        }
    }
    Err(end)
}

/// What is before the first NUL, of the first `len` bytes and as many as a name may have. The first `end` have none.
/// Looks at eight at a time while it can.
#[inline(never)]
pub(crate) fn until_nul(bytes: &[u8], len: usize, mut end: usize) -> &[u8] {
    let len = len.min(bytes.len()).min(Name::MAX_LEN);
    while let Some(word) = bytes.get(end..).and_then(<[u8]>::first_chunk) {
        match zeros(word) {
            0 if end + 8 < len => end += 8,
            0 => return &bytes[..len],
            zeros => return &bytes[..len.min(end + zeros.trailing_zeros() as usize / 8)],
        }
    }
    let rest = bytes[end..].iter().take_while(|&&byte| byte != 0).count();
    &bytes[..len.min(end + rest)]
}

/// Zero if no byte is; else the lowest bit that is set is in the first byte that is zero.
#[inline]
fn zeros(word: &[u8; 8]) -> u64 {
    let word = u64::from_le_bytes(*word);
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}
