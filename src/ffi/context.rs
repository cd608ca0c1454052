//! Which plugin the current thread works for, and where its log lines may go.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use collectd_types::Interval;

use super::plugin_ctx::{DaemonContext, DaemonScope};
use super::sys;

thread_local! {
    static CURRENT: Cell<Current> = const { Cell::new(Current::NONE) };
}

/// What holds for threads that the daemon did not call us on; NULL, or never freed.
static DEFAULTS: AtomicPtr<Defaults> = AtomicPtr::new(ptr::null_mut());

#[derive(Clone, Copy)]
struct Current {
    plugin: Option<&'static str>,
    /// Words throughout: this is copied twice for every callback.
    flags: usize,
}

impl Current {
    const NONE: Current = Current { plugin: None, flags: 0 };
    /// Set while panics are caught, and told by who catches them.
    const GUARDED: usize = 1;
    /// Set while a log line must not go to the daemon: inside a log callback, and while one is freed.
    const SILENT: usize = 2;
    /// Set while the panic hook runs.
    const IN_PANIC_HOOK: usize = 4;
    /// Set when it is known whether the thread is one of the daemon's write threads: it is, or it is not.
    const WRITE_THREAD: usize = 8;
    const OTHER_THREAD: usize = 16;

    fn has(self, flag: usize) -> bool {
        self.flags & flag != 0
    }

    fn with(self, flag: usize) -> Current {
        Current { flags: self.flags | flag, ..self }
    }
}

struct Defaults {
    plugin: &'static str,
    daemon: DaemonContext,
}

/// Remembers the plugin that a thread of the author's own works for, with the context that the daemon has
/// for it. The first plugin of a module wins; the daemon has one context for the whole file.
pub(crate) fn set_defaults(plugin: &'static str) {
    // SAFETY: callable from any thread at any time; inside a callback it only reads the thread's context.
    let interval = unsafe { sys::plugin_get_interval() };
    let daemon = DaemonContext::current().with_interval(Interval::from_raw(interval));
    let new = Box::into_raw(Box::new(Defaults { plugin, daemon }));
    if DEFAULTS.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire).is_err() {
        // SAFETY: made above, and seen by nobody.
        drop(unsafe { Box::from_raw(new) });
    }
}

/// Forgets that plugin: in a test one daemon comes after the other.
pub(crate) fn forget_defaults() {
    DEFAULTS.store(ptr::null_mut(), Ordering::Release);
}

fn defaults() -> Option<&'static Defaults> {
    // SAFETY: NULL, or what `set_defaults` has published, which nobody changes or frees.
    NonNull::new(DEFAULTS.load(Ordering::Acquire)).map(|defaults| unsafe { defaults.as_ref() })
}

/// The context that the daemon loaded this file in; none before it was initialised.
pub(crate) fn module_context() -> Option<DaemonContext> {
    defaults().map(|defaults| defaults.daemon)
}

/// The name of the plugin that this thread works for.
pub(crate) fn plugin_name() -> Option<&'static str> {
    current().plugin.or_else(|| defaults().map(|defaults| defaults.plugin))
}

/// What the daemon knows of the work of this thread. The name is that of this file, also where the daemon calls us
/// in the context of another plugin.
pub(crate) fn daemon_context() -> DaemonContext {
    let current = DaemonContext::current();
    match module_context() {
        Some(module) if current.interval() == Interval::UNSET => module,
        Some(module) => current.with_name_of(module),
        None => current,
    }
}

/// Gives this thread the context of this file until the result is dropped, if the daemon has none for it: some
/// callbacks are called on the thread of whoever caused them, which may be one that a plugin started.
pub(crate) fn ensure_daemon_context() -> Option<DaemonScope> {
    let is_missing = DaemonContext::current().interval() == Interval::UNSET;
    is_missing.then(module_context).flatten().map(DaemonContext::enter)
}

/// What a value list gets that leaves it out: the name of the plugin that this thread works for, and, where the daemon
/// has no context for the thread, an interval. The daemon would complain about every value list without one.
pub(super) fn value_list_defaults() -> (Option<&'static str>, Interval) {
    match current().plugin {
        Some(plugin) => (Some(plugin), Interval::UNSET),
        None => match defaults() {
            Some(defaults) => (Some(defaults.plugin), defaults.daemon.interval()),
            None => (None, Interval::UNSET),
        },
    }
}

/// Whether log lines of this thread must stay out of the daemon's log.
pub(super) fn is_silent() -> bool {
    current().has(Current::SILENT)
}

/// Whether a panic on this thread is caught by [`guard`](super::guard()).
#[inline]
pub(super) fn is_guarded() -> bool {
    current().has(Current::GUARDED)
}

/// Whether this thread is one of the daemon's write threads, which `find_out` says once. Here, where every callback looks in any
/// case.
#[inline]
pub(super) fn is_write_thread(find_out: fn() -> bool) -> bool {
    current().has(Current::WRITE_THREAD) || becomes_write_thread(find_out)
}

#[cold]
fn becomes_write_thread(find_out: fn() -> bool) -> bool {
    let current = current();
    let is_one = !current.has(Current::OTHER_THREAD) && find_out();
    store(current.with(if is_one { Current::WRITE_THREAD } else { Current::OTHER_THREAD }));
    is_one
}

/// Whether this thread reports a panic right now.
pub(crate) fn is_in_panic_hook() -> bool {
    current().has(Current::IN_PANIC_HOOK)
}

/// Makes this thread work for a plugin until it is dropped.
pub(crate) struct Scope {
    outer: Current,
    /// Belongs to the thread that made it.
    _not_send: PhantomData<*const ()>,
}

impl Scope {
    /// Enters the plugin's context.
    #[inline]
    pub(crate) fn enter(plugin: &'static str) -> Scope {
        Scope::replace(|outer| Current { plugin: Some(plugin), ..outer })
    }

    /// Enters the plugin's context where panics are caught.
    #[inline]
    pub(super) fn guard(plugin: &'static str) -> Scope {
        Scope::replace(|outer| Current { plugin: Some(plugin), ..outer.with(Current::GUARDED) })
    }

    /// Keeps this thread's log lines out of the daemon's log, on top of the context that holds.
    pub(crate) fn silence() -> Scope {
        Scope::replace(|outer| outer.with(Current::SILENT))
    }

    /// Marks what happens on this thread as the work of the panic hook.
    pub(super) fn panic_hook() -> Scope {
        Scope::replace(|outer| outer.with(Current::IN_PANIC_HOOK))
    }

    #[inline]
    fn replace(inner: impl FnOnce(Current) -> Current) -> Scope {
        let outer = current();
        store(inner(outer));
        Scope { outer, _not_send: PhantomData }
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        store(self.outer);
    }
}

/// Makes this thread work for a plugin, for us and for the daemon, until it is dropped.
///
/// Authors hold it, and may drop it late or not at all; so it touches nothing but the plugin.
pub(crate) struct ContextScope {
    outer: Option<&'static str>,
    _daemon: DaemonScope,
}

impl ContextScope {
    pub(crate) fn enter(plugin: Option<&'static str>, daemon: DaemonContext) -> ContextScope {
        ContextScope { outer: replace_plugin(plugin), _daemon: daemon.enter() }
    }
}

impl Drop for ContextScope {
    fn drop(&mut self) {
        replace_plugin(self.outer);
    }
}

/// Makes this thread work for a plugin, for us and for the daemon.
pub(crate) fn adopt(plugin: Option<&'static str>, daemon: DaemonContext) {
    replace_plugin(plugin);
    daemon.adopt();
}

fn replace_plugin(plugin: Option<&'static str>) -> Option<&'static str> {
    let outer = current();
    store(Current { plugin, ..outer });
    outer.plugin
}

#[inline]
fn current() -> Current {
    // While a thread ends its context may be gone already.
    CURRENT.try_with(Cell::get).unwrap_or(Current::NONE)
}

#[inline]
fn store(context: Current) {
    let _gone = CURRENT.try_with(|current| current.set(context));
}
