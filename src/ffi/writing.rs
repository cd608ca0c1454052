//! Who is in a write callback, which is called for every value list: without an instruction that locks a cache line.
//!
//! The first threads that write, which are those of the daemon that do nothing else, have a counter each that only they
//! change. Others share one.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, compiler_fence, fence};

use super::end::{CALLBACKS, Inside};

/// The counter of one thread, on a cache line of its own.
#[repr(align(128))]
struct Slot(AtomicUsize);

/// More than the write threads that daemons have.
static SLOTS: [Slot; 32] = [const { Slot(AtomicUsize::new(0)) }; 32];

/// How many have an owner, if not more threads have asked for one than there are. An owner's end leaves a counter unused.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Whether the other side can have all threads see its write at once, so that the order of this side's is kept by itself.
static IS_ORDERED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// This thread's counter, `UNKNOWN`, or `SHARED`.
    static OWN: Cell<usize> = const { Cell::new(UNKNOWN) };
}

const UNKNOWN: usize = usize::MAX;
const SHARED: usize = usize::MAX - 1;

/// Leave to use what belongs to a write callback, which stays as long as this lives.
#[must_use = "what belongs to the callback stays as long as this lives"]
pub(crate) struct Writing {
    slot: Option<&'static AtomicUsize>,
    _shared: Option<Inside>,
}

impl Writing {
    /// `None` when it is too late.
    #[inline]
    pub(crate) fn enter() -> Option<Writing> {
        let Some(Slot(slot)) = SLOTS.get(OWN.get()) else { return Writing::enter_otherwise() };
        // Nobody else changes it.
        slot.store(slot.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        let writing = Writing { slot: Some(slot), _shared: None };
        // The counter is written before it is read whether it is too late: else this would go in while `is_empty` sees
        // nobody. A processor may do it the other way round, which `order_all` prevents where it can.
        if IS_ORDERED.load(Ordering::Relaxed) {
            compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
        if CALLBACKS.is_closed() { writing.if_main() } else { Some(writing) }
    }

    #[cold]
    fn enter_otherwise() -> Option<Writing> {
        if OWN.get() == UNKNOWN {
            let next = TAKEN
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| (taken < SLOTS.len()).then_some(taken + 1));
            OWN.set(next.unwrap_or(SHARED));
            return Writing::enter();
        }
        Inside::enter_callback().map(|inside| Writing { slot: None, _shared: Some(inside) })
    }

    /// The thread that destroys may write until it does.
    #[cold]
    fn if_main(self) -> Option<Writing> {
        Inside::is_main().then_some(self)
    }
}

impl Drop for Writing {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            slot.store(slot.load(Ordering::Relaxed) - 1, Ordering::Release);
        }
    }
}

/// Prepares what `order_all` needs, before anybody writes.
pub(super) fn begin() {
    IS_ORDERED.store(membarrier(REGISTER_PRIVATE_EXPEDITED), Ordering::SeqCst);
}

/// Whether nobody is in a write callback by a counter of its own. To be called when `CALLBACKS` is closed.
pub(super) fn is_empty() -> bool {
    order_all();
    SLOTS.iter().all(|Slot(slot)| slot.load(Ordering::Acquire) == 0)
}

/// From here on every thread sees what was written before this, or is seen to be inside.
fn order_all() {
    if IS_ORDERED.load(Ordering::Relaxed) {
        // Registered by then, so that it does not fail.
        membarrier(PRIVATE_EXPEDITED);
    }
    fence(Ordering::SeqCst);
}

/// Commands of membarrier(2).
const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

#[cfg(target_os = "linux")]
fn membarrier(command: libc::c_int) -> bool {
    // SAFETY: takes numbers only, and touches no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn membarrier(_: libc::c_int) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn threads_are_counted_while_they_are_inside_and_as_often_as_they_are() {
        /// By its own counter, if it has one.
        fn count() -> Option<usize> {
            SLOTS.get(OWN.get()).map(|Slot(slot)| slot.load(Ordering::Relaxed))
        }
        for _ in 0..2 * SLOTS.len() {
            thread::spawn(|| {
                let outer = Writing::enter().unwrap();
                let inner = Writing::enter().unwrap();
                let own = count();
                assert!(own.is_none_or(|count| count == 2 && !is_empty()));
                drop(outer);
                assert_eq!(count(), own.and(Some(1)));
                drop(inner);
                assert_eq!(count(), own.and(Some(0)));
            })
            .join()
            .unwrap();
        }
        assert_eq!(TAKEN.load(Ordering::Relaxed), SLOTS.len(), "a counter was given twice, or not");
    }
}
