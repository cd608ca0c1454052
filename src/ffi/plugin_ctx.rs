//! The context that the daemon keeps for each thread. It passes by value, and grew in 5.9: each function is called
//! through a pointer for the layout of the daemon that runs.

#[cfg(test)]
use std::ffi::CStr;
use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use collectd_types::Interval;

use super::dynamic::lookup;
use super::sys;

/// For which plugin a thread works, as far as the daemon knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DaemonContext {
    /// NULL outside of plugins, and always before 5.9.
    name: *const c_char,
    times: Times,
}

// SAFETY: the daemon copies a plugin's name when it loads the plugin, and never frees the copy.
unsafe impl Send for DaemonContext {}
// SAFETY: as for `Send`; nobody changes the name.
unsafe impl Sync for DaemonContext {}

impl DaemonContext {
    /// That of a thread which the daemon knows nothing about.
    pub(crate) const EMPTY: DaemonContext =
        DaemonContext { name: ptr::null(), times: Times { interval: 0, flush_interval: 0, flush_timeout: 0 } };

    /// The context of this thread.
    pub(crate) fn current() -> DaemonContext {
        match Functions::get() {
            // SAFETY: the signature is that of this daemon; callable from any thread.
            Some(Functions::Named { get, .. }) => unsafe { get() }.into(),
            // SAFETY: as above.
            Some(Functions::Nameless { get, .. }) => unsafe { get() }.into(),
            None => DaemonContext::EMPTY,
        }
    }

    /// Gives this thread the context until the result is dropped; then it has its former one again.
    #[must_use = "the context holds as long as the result lives"]
    pub(crate) fn enter(self) -> DaemonScope {
        DaemonScope { outer: self.adopt(), _not_send: PhantomData }
    }

    /// Gives this thread the context, and returns its former one.
    pub(crate) fn adopt(self) -> DaemonContext {
        match Functions::get() {
            // SAFETY: the signature is that of this daemon; callable from any thread, which it concerns alone.
            Some(Functions::Named { set, .. }) => unsafe { set(self.into()) }.into(),
            // SAFETY: as above.
            Some(Functions::Nameless { set, .. }) => unsafe { set(self.times) }.into(),
            None => DaemonContext::EMPTY,
        }
    }

    /// The name in the LoadPlugin line, spelled as there.
    #[cfg(test)]
    fn name(&self) -> Option<&'static CStr> {
        // SAFETY: NULL, or the name that the daemon keeps for the whole process.
        unsafe { super::c_str(self.name) }
    }

    /// How often the plugin is read; unset where the daemon has no context.
    pub(crate) fn interval(&self) -> Interval {
        Interval::from_raw(self.times.interval)
    }

    /// How often the plugin is asked to flush; unset without `FlushInterval`.
    pub(crate) fn flush_interval(&self) -> Interval {
        Interval::from_raw(self.times.flush_interval)
    }

    /// How old data is that such a flush is about; unset without `FlushTimeout`.
    pub(crate) fn flush_timeout(&self) -> Interval {
        Interval::from_raw(self.times.flush_timeout)
    }

    /// The same with another interval.
    pub(crate) fn with_interval(self, interval: Interval) -> DaemonContext {
        DaemonContext { times: Times { interval: interval.to_raw(), ..self.times }, ..self }
    }

    /// The same with the name of another context.
    pub(crate) fn with_name_of(self, other: DaemonContext) -> DaemonContext {
        DaemonContext { name: other.name, ..self }
    }
}

/// Restores the former context of its thread when it is dropped.
pub(crate) struct DaemonScope {
    outer: DaemonContext,
    /// Belongs to the thread that made it.
    _not_send: PhantomData<*const ()>,
}

impl Drop for DaemonScope {
    fn drop(&mut self) {
        self.outer.adopt();
    }
}

/// The daemon's `plugin_ctx_t` up to 5.8.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Times {
    interval: sys::cdtime_t,
    flush_interval: sys::cdtime_t,
    flush_timeout: sys::cdtime_t,
}

/// The daemon's `plugin_ctx_t` since 5.9.
#[repr(C)]
struct Named {
    name: *const c_char,
    times: Times,
}

impl From<Times> for DaemonContext {
    fn from(times: Times) -> Self {
        DaemonContext { name: ptr::null(), times }
    }
}

impl From<Named> for DaemonContext {
    fn from(named: Named) -> Self {
        DaemonContext { name: named.name, times: named.times }
    }
}

impl From<DaemonContext> for Named {
    fn from(context: DaemonContext) -> Self {
        Named { name: context.name, times: context.times }
    }
}

/// The daemon's functions, for the layout that it has.
#[derive(Clone, Copy)]
enum Functions {
    Nameless { get: unsafe extern "C" fn() -> Times, set: unsafe extern "C" fn(Times) -> Times },
    Named { get: unsafe extern "C" fn() -> Named, set: unsafe extern "C" fn(Named) -> Named },
}

impl Functions {
    /// Looked up once.
    fn get() -> Option<Functions> {
        static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
        *FUNCTIONS.get_or_init(|| {
            let (get, set) = (lookup(c"plugin_get_ctx")?, lookup(c"plugin_set_ctx")?);
            // `daemon_log` came with the name: it writes it before each line.
            Some(if lookup(c"daemon_log").is_some() {
                Functions::named(get, set)
            } else {
                Functions::nameless(get, set)
            })
        })
    }

    fn named(get: NonNull<c_void>, set: NonNull<c_void>) -> Functions {
        Functions::Named {
            // SAFETY: the signature of every release since 5.9.
            get: unsafe { mem::transmute::<NonNull<c_void>, unsafe extern "C" fn() -> Named>(get) },
            // SAFETY: as above.
            set: unsafe { mem::transmute::<NonNull<c_void>, unsafe extern "C" fn(Named) -> Named>(set) },
        }
    }

    fn nameless(get: NonNull<c_void>, set: NonNull<c_void>) -> Functions {
        Functions::Nameless {
            // SAFETY: the signature of every release up to 5.8.
            get: unsafe { mem::transmute::<NonNull<c_void>, unsafe extern "C" fn() -> Times>(get) },
            // SAFETY: as above.
            set: unsafe { mem::transmute::<NonNull<c_void>, unsafe extern "C" fn(Times) -> Times>(set) },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use collectd_test_host::Host;

    use super::*;

    const SECOND: u64 = 1 << 30;

    fn secs(seconds: u64) -> Interval {
        Interval::from_raw(seconds * SECOND)
    }

    #[test]
    fn the_context_of_a_thread_can_be_carried_to_another() {
        let host = Host::lock();
        host.run("context name=carried interval=3 flush_interval=5 flush_timeout=7");
        let context = DaemonContext::current();
        let seen = (context.name(), context.interval(), context.flush_interval(), context.flush_timeout());
        assert_eq!(seen, (Some(c"carried"), secs(3), secs(5), secs(7)));
        let (before, inside, after) = thread::spawn(move || {
            let before = DaemonContext::current();
            let scope = context.enter();
            let inside = DaemonContext::current();
            drop(scope);
            (before, inside, DaemonContext::current())
        })
        .join()
        .unwrap();
        assert_eq!([before, inside, after], [DaemonContext::EMPTY, context, DaemonContext::EMPTY]);
    }

    #[test]
    fn an_inner_context_gives_way_to_the_outer_one() {
        let host = Host::lock();
        host.run("context name=outer interval=3");
        let outer = DaemonContext::current();
        let inner = DaemonContext::EMPTY.with_interval(secs(20));
        {
            let _scope = inner.enter();
            // SAFETY: callable from any thread at any time.
            assert_eq!(unsafe { sys::plugin_get_interval() }, 20 * SECOND);
            assert_eq!(DaemonContext::current().name(), None);
        }
        assert_eq!(DaemonContext::current(), outer);
        assert_eq!(inner.with_name_of(outer).name(), Some(c"outer"));
    }
}
