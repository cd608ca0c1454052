//! Room on the heap for what the daemon copies.
//!
//! Where value lists wait for the daemon's write threads, the heap of the thread that dispatches them grows, and glibc
//! grows it by a page for each: with a system call that takes as long as everything else. A block of the size that it
//! does not yet return to the system (`M_TRIM_THRESHOLD`, 128 KiB), taken and given back, makes the heap grow by as much
//! at once. Where lists do not wait their memory is used again, and no room is needed: a large block would only make
//! glibc tidy up.

use std::hint::black_box;

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

/// Up to where there was room, for each heap.
#[derive(Default)]
pub(super) struct Room(Vec<usize>);

impl Room {
    /// To be called before a packet is dispatched.
    pub(super) fn make(&mut self) {
        // About as long as a value list of the daemon's, so that it lies where the next of these will.
        if !self.is_there(place_of(PROBE)) {
            self.note(place_of(ROOM) + ROOM);
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

/// Where a block of this size is, which is given back.
fn place_of(size: usize) -> usize {
    let block = black_box(Vec::<u8>::with_capacity(size));
    block.as_ptr().addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_remembered_for_each_heap() {
        let mut room = Room::default();
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
