//! For which plugin a thread works, and how it stays that way on threads of one's own.
//!
//! The daemon keeps a context for each of its threads: while it calls a plugin, values that are dispatched get that
//! plugin's name and interval, and log lines its name. On a thread that a plugin starts itself, with std, rayon or an
//! async runtime, the framework falls back to what the daemon loaded the file with. That is enough for a file with one
//! plugin. A [`Context`] carries over exactly what holds where the thread is started, and lets the daemon know too:
//!
//! ```
//! # use collectd_test_host::Host;
//! # let _host = Host::lock();
//! use collectd::context::Context;
//!
//! // In a callback:
//! let context = Context::current();
//!
//! // A thread of std's; `collectd::thread::spawn` does the same.
//! let thread = std::thread::spawn({
//!     let context = context.clone();
//!     move || context.run(|| log::info!("in the plugin's name"))
//! });
//! # thread.join().unwrap();
//!
//! // A pool that takes a function for the start of its threads, as rayon's `start_handler` and tokio's
//! // `on_thread_start` do.
//! let at_thread_start = move || context.adopt();
//! # at_thread_start();
//! ```
//!
//! [`thread`](crate::thread) has threads that keep their context, and says how to run an async runtime.

use std::fmt;
use std::marker::PhantomData;

use collectd_types::Interval;

use crate::ffi::{self, ContextScope, DaemonContext};

/// For which plugin a thread works, with the times that the administrator has set for it.
#[derive(Clone, PartialEq)]
pub struct Context {
    plugin: Option<&'static str>,
    daemon: DaemonContext,
}

impl Context {
    /// The context of this thread: inside a callback that of the callback, and on a thread without one that of the
    /// first plugin in this file.
    pub fn current() -> Context {
        Context { plugin: ffi::plugin_name(), daemon: ffi::daemon_context() }
    }

    /// The name of the plugin; empty before the daemon has called this file for the first time.
    pub fn plugin(&self) -> &'static str {
        self.plugin.unwrap_or_default()
    }

    /// How often the plugin is read, which is the interval of what it dispatches.
    ///
    /// A callback of another plugin's work has the interval of that work: [`Write`](crate::callback::Write), matches
    /// and targets that of who dispatched the value list, [`Notify`](crate::callback::Notify) and
    /// [`Log`](crate::callback::Log) that of who notifies or logs.
    pub fn interval(&self) -> Interval {
        match self.daemon.interval() {
            Interval::UNSET => ffi::global_interval(),
            interval => interval,
        }
    }

    /// How often the daemon asks the plugin to flush: `FlushInterval` of the LoadPlugin block, or
    /// [`Interval::UNSET`].
    pub fn flush_interval(&self) -> Interval {
        self.daemon.flush_interval()
    }

    /// How old the data is that such a flush is about: `FlushTimeout` of the LoadPlugin block, or
    /// [`Interval::UNSET`] for all of it.
    pub fn flush_timeout(&self) -> Interval {
        self.daemon.flush_timeout()
    }

    /// Gives this thread the context until the result is dropped; then it has its former one again.
    ///
    /// Dispatched value lists and notifications get the plugin's name and interval, log lines its name, and the
    /// daemon's own functions find the context as well. A panic is reported with the plugin's name, and goes on.
    pub fn enter(&self) -> Entered {
        Entered { _scope: ContextScope::enter(self.plugin, self.for_daemon()), _not_send: PhantomData }
    }

    /// Runs a function on this thread within the context.
    pub fn run<T>(&self, code: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        code()
    }

    /// Gives this thread the context for the rest of its life; in a callback, until that is over.
    ///
    /// For functions that thread pools call at the start of their threads.
    pub fn adopt(&self) {
        ffi::adopt(self.plugin, self.for_daemon());
    }

    /// Without an interval the daemon would complain about every value list.
    fn for_daemon(&self) -> DaemonContext {
        self.daemon.with_interval(self.interval())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("plugin", &self.plugin())
            .field("interval", &self.interval())
            .field("flush_interval", &self.flush_interval())
            .field("flush_timeout", &self.flush_timeout())
            .finish()
    }
}

/// This thread is within a [`Context`] while this value lives.
#[must_use = "the context holds as long as the result lives"]
pub struct Entered {
    _scope: ContextScope,
    /// Belongs to the thread that made it.
    _not_send: PhantomData<*const ()>,
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use collectd_test_host::Host;

    use super::*;

    fn secs(seconds: u64) -> Interval {
        Interval::from_raw(seconds << 30)
    }

    #[test]
    fn is_what_threads_can_share() {
        fn check<T: Clone + Send + Sync + fmt::Debug + 'static>() {}
        check::<Context>();
    }

    #[test]
    fn inner_contexts_give_way_to_outer_ones() {
        let host = Host::lock();
        host.run("context name=a interval=3 flush_interval=5 flush_timeout=7");
        let a = ffi::guard("a", || Ok(Context::current())).ok().unwrap();
        host.run("context name=b interval=4");
        let b = ffi::guard("b", || Ok(Context::current())).ok().unwrap();
        let seen = (a.plugin(), a.interval(), a.flush_interval(), a.flush_timeout());
        assert_eq!(seen, ("a", secs(3), secs(5), secs(7)));
        assert_eq!((b.plugin(), b.interval(), b.flush_interval()), ("b", secs(4), Interval::UNSET));

        std::thread::spawn(move || {
            a.run(|| {
                assert_eq!(Context::current(), a);
                b.run(|| assert_eq!(Context::current(), b));
                assert_eq!(Context::current(), a);
                b.adopt();
                assert_eq!(Context::current(), b);
            });
            assert_ne!(Context::current(), b);
            a.adopt();
            assert_eq!(Context::current(), a);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn without_an_interval_it_is_the_global_one() {
        let host = Host::lock();
        host.run("set Interval 20");
        let context = Context { plugin: Some("filter"), daemon: DaemonContext::EMPTY };
        assert_eq!(context.interval(), secs(20));
        assert_eq!(context.run(|| DaemonContext::current().interval()), secs(20));
    }
}
