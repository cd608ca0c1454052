//! The end of the daemon. When all shutdown callbacks are through, it destroys its lists of callbacks and its types, one
//! after the other, and without a lock against those who still use them: threads that a plugin has not ended, threads of
//! the daemon that nobody waits for, and what is dropped with the callbacks. From then on their calls end here.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::context::is_guarded;

/// Set when the last plugin of this file has been shut down.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// How many threads of authors are in the daemon, and how many of its own that nobody waits for are in a callback.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this is the daemon's main thread, which is the one that destroys.
    static IS_MAIN: Cell<bool> = const { Cell::new(false) };
}

/// How long the end waits for threads that are in the daemon, say in a slow writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lets calls in: the daemon initialises a plugin, on its main thread.
pub(crate) fn begin() {
    IS_MAIN.set(true);
    IS_OVER.store(false, Ordering::SeqCst);
}

/// Lets no call in any more, and waits for those that are under way; `false` if one of them does not end. To be called on
/// the daemon's main thread.
pub(crate) fn end() -> bool {
    IS_OVER.store(true, Ordering::SeqCst);
    let deadline = Instant::now() + PATIENCE;
    while INSIDE.load(Ordering::SeqCst) > 0 {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Leave to use the daemon's lists, which stay as they are until this is dropped.
#[must_use = "the lists stay as long as this lives"]
pub(crate) struct Inside {
    is_counted: bool,
}

impl Inside {
    /// `None` when it is too late.
    #[inline]
    pub(super) fn enter() -> Option<Inside> {
        // Inside a callback: while it runs, the daemon does not get so far. What is dropped with it is guarded too.
        if is_guarded() {
            return (!IS_OVER.load(Ordering::Relaxed)).then_some(Inside { is_counted: false });
        }
        Inside::count()
    }

    /// The same for a log line: what is dropped on the main thread may still write some, unless it is silenced.
    pub(super) fn enter_log() -> Option<Inside> {
        if is_guarded() || IS_MAIN.get() { Some(Inside { is_counted: false }) } else { Inside::count() }
    }

    /// For a callback on whatever thread of the daemon: SIGUSR1 and each connection to unixsock have one that nobody waits
    /// for. What belongs to the callback stays as long as this does; when it is too late, it may be gone already.
    pub(crate) fn enter_callback() -> Option<Inside> {
        if IS_MAIN.get() { Some(Inside { is_counted: false }) } else { Inside::count() }
    }

    #[inline(never)]
    fn count() -> Option<Inside> {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        let inside = Inside { is_counted: true };
        // After the counting, so that `end` sees it, or this sees the end.
        (!IS_OVER.load(Ordering::SeqCst)).then_some(inside)
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        if self.is_counted {
            INSIDE.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
