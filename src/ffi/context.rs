//! Which plugin the current thread works for, and where its log lines may go.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::OnceLock;

use collectd_types::Interval;

use super::plugin_ctx::DaemonContext;
use super::sys;

thread_local! {
    static CURRENT: Cell<Context> = const { Cell::new(Context::NONE) };
}

/// What holds for threads that the daemon did not call us on.
static DEFAULTS: OnceLock<Defaults> = OnceLock::new();

#[derive(Clone, Copy)]
struct Context {
    plugin: Option<&'static str>,
    /// Set while a log line must not go to the daemon: inside a log callback, and while one is freed.
    silent: bool,
    /// Set while the panic hook runs.
    in_panic_hook: bool,
}

impl Context {
    const NONE: Context = Context { plugin: None, silent: false, in_panic_hook: false };
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
    DEFAULTS.get_or_init(|| Defaults { plugin, daemon });
}

/// The context that the daemon loaded this file in; none before it was initialised.
pub(crate) fn module_context() -> Option<DaemonContext> {
    DEFAULTS.get().map(|defaults| defaults.daemon)
}

/// The name of the plugin that this thread works for.
pub(crate) fn plugin_name() -> Option<&'static str> {
    current().plugin.or_else(|| DEFAULTS.get().map(|defaults| defaults.plugin))
}

/// The interval to use where the daemon has no context for this thread: it would complain about every
/// value list that leaves it out.
pub(super) fn interval_of_own_thread() -> Option<Interval> {
    match current().plugin {
        Some(_) => None,
        None => module_context().map(|context| context.interval()),
    }
}

/// Whether log lines of this thread must stay out of the daemon's log.
pub(super) fn is_silent() -> bool {
    current().silent
}

/// Whether the daemon called us on this thread.
pub(super) fn is_inside_callback() -> bool {
    current().plugin.is_some()
}

/// Whether this thread reports a panic right now.
pub(crate) fn is_in_panic_hook() -> bool {
    current().in_panic_hook
}

/// Makes this thread work for a plugin until it is dropped.
pub(crate) struct Scope {
    outer: Context,
    /// Belongs to the thread that made it.
    _not_send: PhantomData<*const ()>,
}

impl Scope {
    /// Enters the plugin's context.
    pub(crate) fn enter(plugin: &'static str) -> Scope {
        Scope::replace(|outer| Context { plugin: Some(plugin), ..outer })
    }

    /// Keeps this thread's log lines out of the daemon's log, on top of the context that holds.
    pub(crate) fn silence() -> Scope {
        Scope::replace(|outer| Context { silent: true, ..outer })
    }

    /// Marks what happens on this thread as the work of the panic hook.
    pub(super) fn panic_hook() -> Scope {
        Scope::replace(|outer| Context { in_panic_hook: true, ..outer })
    }

    fn replace(inner: impl FnOnce(Context) -> Context) -> Scope {
        let outer = current();
        store(inner(outer));
        Scope { outer, _not_send: PhantomData }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        store(self.outer);
    }
}

fn current() -> Context {
    // While a thread ends its context may be gone already.
    CURRENT.try_with(Cell::get).unwrap_or(Context::NONE)
}

fn store(context: Context) {
    let _gone = CURRENT.try_with(|current| current.set(context));
}
