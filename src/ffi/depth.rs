//! Calls into the daemon that it answers with a callback on the same thread: a notification, say, that goes to whoever
//! dispatches it, too. Without a limit the stack ends, and with it the daemon.

use std::cell::Cell;
use std::marker::PhantomData;

/// How many calls may be inside each other. More than anybody needs; and who calls twice each time, calls 2⁸ times.
const MOST: u32 = 8;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Leave to make one more such call, until this is dropped.
#[must_use = "the call is counted as long as this lives"]
pub(super) struct Deeper {
    /// Belongs to the thread that made it.
    _not_send: PhantomData<*const ()>,
}

impl Deeper {
    /// `None` when there are too many.
    pub(super) fn enter() -> Option<Deeper> {
        let depth = DEPTH.get();
        (depth < MOST).then(|| {
            DEPTH.set(depth + 1);
            Deeper { _not_send: PhantomData }
        })
    }
}

impl Drop for Deeper {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
