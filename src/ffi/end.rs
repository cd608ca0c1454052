//! The end of the daemon. When all shutdown callbacks are through, it destroys its lists of callbacks and its types, one
//! after the other, and without a lock against those who still use them: threads that a plugin has not ended, threads of
//! the daemon that nobody waits for, and what is dropped with the callbacks. From then on their calls end here.
//!
//! Log callbacks go last, and take lines until then. What belongs to a callback that does not end is not freed at all.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::context::is_guarded;
use super::write_thread;

/// Closed when the last plugin of this file has been shut down: threads of authors that are in the daemon.
static CALLS: Gate = Gate::new();

/// Closed at the same time: threads of others that are in a flush, notification or write callback.
static CALLBACKS: Gate = Gate::new();

/// Closed when the daemon frees the first log callback after that: threads of anybody that are in one.
static LOG_CALLBACKS: Gate = Gate::new();

/// Set when the end did not wait any longer for one of the first two.
static HAS_GIVEN_UP: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this is the daemon's main thread, which is the one that destroys.
    static IS_MAIN: Cell<bool> = const { Cell::new(false) };
}

/// How long the end waits for threads that are in the daemon, say in a slow writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lets calls in: the daemon initialises a plugin, on its main thread.
pub(crate) fn begin() {
    IS_MAIN.set(true);
    HAS_GIVEN_UP.store(false, Ordering::SeqCst);
    for gate in [&CALLS, &CALLBACKS, &LOG_CALLBACKS] {
        gate.open();
    }
}

/// Lets no call in any more, and waits for those that are under way; `false` if one of them does not end. To be called on
/// the daemon's main thread, when it has ended its write threads.
pub(crate) fn end() -> bool {
    let gates = [&CALLS, &CALLBACKS];
    gates.iter().for_each(|gate| gate.close());
    // Who was taken for a write thread was not counted.
    let all_left = left(|| gates.iter().all(|gate| gate.is_empty()) && !write_thread::is_any_left());
    HAS_GIVEN_UP.store(!all_left, Ordering::SeqCst);
    all_left
}

/// Whether what belongs to a callback can be freed, which the daemon asks for: not while somebody is in it, who is waited
/// for, but not for ever.
pub(super) fn may_free(is_log: bool) -> bool {
    match is_log {
        true if CALLS.is_closed() => {
            LOG_CALLBACKS.close();
            left(|| LOG_CALLBACKS.is_empty())
        }
        // Before the end the daemon frees what another registration replaces.
        true => LOG_CALLBACKS.is_empty(),
        // Those of the others have left by now, or are not waited for any longer.
        false => !HAS_GIVEN_UP.load(Ordering::Relaxed) || CALLBACKS.is_empty() && !write_thread::is_any_left(),
    }
}

fn left(is_left: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !is_left() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Counts who is inside, and can be closed.
struct Gate {
    is_closed: AtomicBool,
    inside: AtomicUsize,
}

impl Gate {
    const fn new() -> Gate {
        Gate { is_closed: AtomicBool::new(false), inside: AtomicUsize::new(0) }
    }

    fn open(&self) {
        self.is_closed.store(false, Ordering::SeqCst);
    }

    fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        self.inside.load(Ordering::SeqCst) == 0
    }

    #[inline(never)]
    fn enter(&'static self) -> Option<Inside> {
        // Who comes too late must not be counted over and over: it would be waited for.
        if self.is_closed() {
            return None;
        }
        self.inside.fetch_add(1, Ordering::SeqCst);
        let inside = Inside { gate: Some(self) };
        // After the counting, so that who closed it sees it, or this sees that it is closed.
        (!self.is_closed.load(Ordering::SeqCst)).then_some(inside)
    }
}

/// Leave to use the daemon's lists, or what belongs to a callback, which stay as they are until this is dropped.
#[must_use = "the lists stay as long as this lives"]
pub(crate) struct Inside {
    /// Where it is counted, if it has to be.
    gate: Option<&'static Gate>,
}

impl Inside {
    const UNCOUNTED: Inside = Inside { gate: None };

    /// `None` when it is too late.
    #[inline]
    pub(super) fn enter() -> Option<Inside> {
        // Inside a callback: while it runs, the daemon does not get so far. What is dropped with it is guarded too.
        if is_guarded() {
            return (!CALLS.is_closed()).then_some(Inside::UNCOUNTED);
        }
        CALLS.enter()
    }

    /// The same for a log line: what is dropped on the main thread may still write some, unless it is silenced.
    pub(super) fn enter_log() -> Option<Inside> {
        if IS_MAIN.get() {
            return Some(Inside::UNCOUNTED);
        }
        // A callback that the end did not wait for any longer has come to it.
        if is_guarded() {
            return (!HAS_GIVEN_UP.load(Ordering::Relaxed)).then_some(Inside::UNCOUNTED);
        }
        CALLS.enter()
    }

    /// For a callback on whatever thread: SIGUSR1 and each connection to unixsock have one that nobody waits for. What belongs
    /// to the callback stays as long as this does; when it is too late, it may be gone already.
    pub(crate) fn enter_callback() -> Option<Inside> {
        if IS_MAIN.get() { Some(Inside::UNCOUNTED) } else { CALLBACKS.enter() }
    }

    /// The same for a write callback: scripts hand values to writers on threads of their own. The daemon's write threads, on
    /// which each value list comes, it waits for before it destroys anything.
    #[inline]
    pub(crate) fn enter_write() -> Option<Inside> {
        if write_thread::is_one() { Some(Inside::UNCOUNTED) } else { Inside::enter_callback() }
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        if let Some(gate) = self.gate {
            gate.inside.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// The same for a log callback, which any thread of any plugin may be in.
#[must_use = "what belongs to the callback stays as long as this lives"]
pub(crate) struct InLog {
    inside: Option<Inside>,
}

impl InLog {
    /// Runs the callback, unless it is too late.
    pub(crate) fn enter() -> InLog {
        InLog { inside: if IS_MAIN.get() { Some(Inside::UNCOUNTED) } else { LOG_CALLBACKS.enter() } }
    }

    pub(crate) fn is_too_late(&self) -> bool {
        self.inside.is_none()
    }
}

impl Drop for InLog {
    fn drop(&mut self) {
        drop(self.inside.take());
        // The daemon frees its list of log callbacks, and this thread would walk on through it. It is about to end; should
        // it wait for something that this thread has locked, that is not for ever.
        if LOG_CALLBACKS.is_closed() && !IS_MAIN.get() {
            thread::sleep(PATIENCE);
        }
    }
}
