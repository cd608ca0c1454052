//! Room on the heap for the daemon's copies of value lists.
//!
//! Where value lists wait for the daemon's write threads, the heap of the thread that dispatches them grows, and glibc
//! grows it by a page for each: with a system call that takes as long as everything else. A block of the size that it
//! does not yet return to the system (`M_TRIM_THRESHOLD`, 128 KiB), taken and given back, makes the heap grow by as much
//! at once. Where lists do not wait their memory is used again, and no room is needed: a large block would only make
//! glibc tidy up.
//!
//! On Linux the pages are there at once, too: one call for all of them costs less than a fault of each.

use std::hint::black_box;
use std::mem::MaybeUninit;

/// How much room is made at once.
const ROOM: usize = 96 << 10;

/// A block that lies where the next value list will. It is longer than what glibc keeps for each thread (1032 bytes), which
/// would be the same block each time.
const PROBE: usize = 1200;

/// What the value lists of a usual packet take.
const PACKET: usize = 48 << 10;

/// glibc's heaps of threads lie within multiples of this (`HEAP_MAX_SIZE`).
const HEAP: usize = 64 << 20;

/// More than a few heaps are not remembered: so much waits that it does not matter.
const REMEMBERED: usize = 16;

/// Room for the copies that the daemon makes of value lists, for who dispatches many: it makes the heap of the thread
/// grow once for about sixty of them, not for each.
///
/// One for each thread. It changes nothing but the time that dispatching takes.
///
/// ```
/// # let _host = collectd_test_host::Host::lock();
/// use collectd::DispatchRoom;
/// use collectd::prelude::*;
///
/// let mut room = DispatchRoom::default();
/// for batch in [[1.0, 2.0], [3.0, 4.0]] {
///     room.make();
///     for value in batch {
///         Values::new("gauge").plugin("batch").gauge(value).dispatch()?;
///     }
/// }
/// # Ok::<(), collectd::DispatchError>(())
/// ```
// Up to where there was room, for each heap.
#[derive(Debug, Default)]
pub struct DispatchRoom(Vec<usize>);

impl DispatchRoom {
    /// To be called before some value lists are dispatched, thirty or so; costs little if there is room.
    pub fn make(&mut self) {
        // About as long as a value list of the daemon's, so that it lies where the next of these will.
        if !self.is_there(with_block(PROBE, |_| ())) {
            self.note(with_block(ROOM, populate) + ROOM);
        }
    }

    /// Whether so much was there behind this place that a packet needs none.
    fn is_there(&self, place: usize) -> bool {
        self.0.iter().any(|end| place / HEAP == end / HEAP && place + PACKET <= *end)
    }

    fn note(&mut self, end: usize) {
        match self.0.iter_mut().find(|other| **other / HEAP == end / HEAP) {
            Some(other) => *other = end.max(*other),
            None => {
                if self.0.len() == REMEMBERED {
                    self.0.remove(0);
                }
                self.0.push(end);
            }
        }
    }
}

/// Takes a block of this size, and gives it back; where it was.
fn with_block(size: usize, act: impl FnOnce(&mut [MaybeUninit<u8>])) -> usize {
    let mut block = black_box(Vec::<u8>::with_capacity(size));
    act(block.spare_capacity_mut());
    block.as_ptr().addr()
}

/// Has the system provide the pages of a block. Where it cannot (Linux before 5.14) they come when they are used.
#[cfg(target_os = "linux")]
fn populate(block: &mut [MaybeUninit<u8>]) {
    // SAFETY: asks for a constant.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page @ 1..) = usize::try_from(page) else { return };
    let before = block.as_ptr().align_offset(page);
    let Some(pages) = block.get_mut(before..).map(|rest| rest.len() / page * page).filter(|len| *len > 0) else {
        return;
    };
    let start = block[before..].as_mut_ptr();
    // SAFETY: whole pages within a block that is ours alone; their content, which is nothing yet, stays.
    unsafe { libc::madvise(start.cast(), pages, libc::MADV_POPULATE_WRITE) };
}

#[cfg(not(target_os = "linux"))]
fn populate(_: &mut [MaybeUninit<u8>]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_populated_and_usable() {
        let mut block = vec![7_u8; ROOM];
        block.clear();
        populate(block.spare_capacity_mut());
        block.extend((0..ROOM).map(|index| index.to_le_bytes()[0]));
        assert!(block.iter().enumerate().all(|(index, byte)| *byte == index.to_le_bytes()[0]));
        populate(&mut []);
        populate(&mut [MaybeUninit::uninit(); 10]);
    }

    #[test]
    fn room_is_remembered_for_each_heap() {
        let mut room = DispatchRoom::default();
        assert!(!room.is_there(HEAP + 1));
        room.note(HEAP + ROOM);
        room.note(7 * HEAP + ROOM);
        for heap in [HEAP, 7 * HEAP] {
            assert!(room.is_there(heap + 1));
            assert!(room.is_there(heap + ROOM - PACKET));
            assert!(!room.is_there(heap + ROOM - PACKET + 1));
        }
        assert!(!room.is_there(3 * HEAP + 1));
        for heap in 10..10 + REMEMBERED {
            room.note(heap * HEAP + ROOM);
        }
        assert!(!room.is_there(HEAP + 1));
        assert_eq!(room.0.len(), REMEMBERED);
    }
}
