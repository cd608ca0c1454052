//! When datagrams arrived, as the kernel notes it down.

use std::mem::size_of;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A word of the kernel's: lengths, seconds, nanoseconds.
const WORD: usize = size_of::<usize>();
/// Length, level and type, before what they are of.
const HEADER: usize = (WORD + 8).next_multiple_of(WORD);

/// Room for the message that comes with a datagram. Zeros until the kernel writes one.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Control([u8; 64]);

impl Control {
    pub(super) const EMPTY: Control = Control([0; 64]);

    /// The time that it tells.
    pub(super) fn time(&self) -> Option<SystemTime> {
        let word = |at: usize| self.0.get(at..at + WORD)?.try_into().ok().map(usize::from_ne_bytes);
        let short = |at: usize| self.0.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
        let is_time = (short(WORD)?, short(WORD + 4)?) == (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS);
        if !is_time || word(0)? < HEADER + 2 * WORD {
            return None;
        }
        let seconds = Duration::from_secs(u64::try_from(word(HEADER)?).ok()?);
        let nanos = Duration::from_nanos(u64::try_from(word(HEADER + WORD)?).ok()?);
        UNIX_EPOCH.checked_add(seconds.checked_add(nanos)?)
    }
}
