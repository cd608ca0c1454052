//! Panics of a test are told by the test harness, those of callbacks by the framework.
//!
//! The framework sends what panics says to the daemon's log, as it must in a daemon, and so replaces the hook that a test
//! harness shows them with.

use std::cell::Cell;
use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The hook that was there before any plugin was loaded.
static ORIGINAL: OnceLock<Hook> = OnceLock::new();

#[derive(Clone, Copy, PartialEq, Eq)]
enum Thread {
    /// Of a plugin, or of a test without a daemon.
    Any,
    /// It has a daemon, and runs the test.
    Test,
    /// It is the daemon's main thread right now.
    Daemon,
}

thread_local! {
    static THREAD: Cell<Thread> = const { Cell::new(Thread::Any) };
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// This thread has a daemon, or has none any more.
pub(crate) fn has_daemon(has: bool) {
    THREAD.set(if has { Thread::Test } else { Thread::Any });
}

/// Runs what a daemon does on its main thread.
pub(crate) fn as_daemon<T>(run: impl FnOnce() -> T) -> T {
    let before = THREAD.replace(Thread::Daemon);
    let result = run();
    THREAD.set(before);
    result
}

/// Runs what loads plugins, and puts the hook of the test harness beside theirs.
pub(crate) fn with_plugins<T>(load: impl FnOnce() -> T) -> T {
    if ORIGINAL.get().is_none() {
        let _ = ORIGINAL.set(panic::take_hook());
    }
    let result = load();
    let inner = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let thread = THREAD.try_with(Cell::get).unwrap_or(Thread::Any);
        let in_callback = thread == Thread::Daemon || collectd_test_host::is_daemon_thread();
        if !in_callback {
            tell(info);
        }
        if in_callback || thread == Thread::Any {
            inner(info);
        }
    }));
    result
}

/// Once, although a hook may be inside of another one.
fn tell(info: &PanicHookInfo<'_>) {
    if IS_TOLD.replace(true) {
        return;
    }
    if let Some(original) = ORIGINAL.get() {
        original(info);
    }
    IS_TOLD.set(false);
}
