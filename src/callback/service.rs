//! What all registrations of a plugin share: its name, and whether they do anything.

use std::collections::HashSet;
use std::ffi::{CStr, CString, c_int};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use super::RegisterError;
use crate::ffi::{self, sys};

/// A kind of callback that the daemon keeps a list of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    Read,
    Write,
    Flush,
    Notification,
    Missing,
    CacheEvent,
    Log,
}

impl Kind {
    /// Whether there are commands, or rules of filter chains, that name the plugin that shall be called.
    fn is_asked_for_by_name(self) -> bool {
        matches!(self, Kind::Write | Kind::Flush)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Write => "write",
            Kind::Flush => "flush",
            Kind::Notification => "notification",
            Kind::Missing => "missing",
            Kind::CacheEvent => "cache event",
            Kind::Log => "log",
        }
    }
}

/// The names that this file has registered. The daemon would replace the first one of a name, or refuse the second
/// one and free its data, depending on the kind.
static NAMES: Mutex<Option<HashSet<(Kind, String)>>> = Mutex::new(None);

/// Takes a name; `false` if it is taken.
fn take_name(kind: Kind, name: &str) -> bool {
    let mut names = lock(&NAMES);
    names.get_or_insert_default().insert((kind, comparable(kind, name)))
}

/// Gives all names back: the daemon that had them is gone, as it may be in a test.
pub(crate) fn give_all_names_back() {
    *lock(&NAMES) = None;
}

fn give_name_back(kind: Kind, name: &str) {
    if let Some(names) = &mut *lock(&NAMES) {
        names.remove(&(kind, comparable(kind, name)));
    }
}

/// Writers are chosen by their names without regard to case, the others are what they are.
fn comparable(kind: Kind, name: &str) -> String {
    if kind == Kind::Write { name.to_ascii_lowercase() } else { name.to_owned() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The writers of this file that the daemon has taken.
static WRITERS: Mutex<Vec<Arc<Registered>>> = Mutex::new(Vec::new());

/// Writers do nothing any more: the end has come, and they are called only by somebody who was taken for a write thread.
pub(crate) fn end_writers() {
    for writer in std::mem::take(&mut *lock(&WRITERS)) {
        writer.leave(CANCELLED);
    }
}

/// A plugin as its registrations see it.
pub(crate) struct Service {
    plugin: &'static str,
    /// The plugin whose blocks it has: what others ask for by that name is asked of this one.
    stands_in_for: Option<&'static str>,
    /// Set when nothing can be registered any more: the plugin has failed, or the daemon stops.
    is_closed: Arc<AtomicBool>,
    /// The thread that makes the plugin, while it does.
    starting: Mutex<Option<ThreadId>>,
    registered: Mutex<Vec<Arc<Registered>>>,
}

impl Service {
    pub(crate) fn new(plugin: &'static str, stands_in_for: Option<&'static str>) -> Arc<Self> {
        Arc::new(Service {
            plugin,
            stands_in_for,
            is_closed: Arc::default(),
            starting: Mutex::new(Some(thread::current().id())),
            registered: Mutex::default(),
        })
    }

    pub(crate) fn plugin(&self) -> &'static str {
        self.plugin
    }

    /// The plugin is made.
    pub(crate) fn started(&self) {
        *lock(&self.starting) = None;
    }

    /// Whether a read can be added. `collectd -T` frees each read after its only call, and leaves it in the list that
    /// is searched for the name of the new one; so there it is too late as soon as the plugins are made.
    pub(super) fn takes_reads(&self) -> bool {
        !ffi::reads_once() || *lock(&self.starting) == Some(thread::current().id())
    }

    /// Registers a callback by one of the daemon's functions. `name` is its own one, empty for the plugin itself.
    pub(super) fn register(
        &self,
        kind: Kind,
        name: &str,
        function: impl FnOnce(&Arc<Registered>, &CStr) -> c_int,
    ) -> Result<Arc<Registered>, RegisterError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(RegisterError::OutOfService);
        }
        let other = self.stands_in_for.filter(|_| kind.is_asked_for_by_name());
        let registered = Arc::new(Registered::new(self, other, kind, name)?);
        if !take_name(kind, registered.name_text()) {
            let name = registered.name_text().to_owned();
            return Err(RegisterError::Duplicate { kind: kind.name(), name });
        }
        if other.is_some() {
            withdraw_other(kind, &registered.name);
        }
        // A read may run before this returns.
        lock(&self.registered).push(Arc::clone(&registered));
        match function(&registered, &registered.name) {
            0 => {
                registered.is_accepted.store(true, Ordering::Relaxed);
                if kind == Kind::Write {
                    lock(&WRITERS).push(Arc::clone(&registered));
                }
                Ok(registered)
            }
            status => {
                registered.state.store(FAILED, Ordering::Relaxed);
                give_name_back(kind, registered.name_text());
                self.forget(&registered);
                Err(RegisterError::Refused { kind: kind.name(), status })
            }
        }
    }

    /// Takes the whole plugin out of service: what the daemon still calls does nothing.
    pub(crate) fn fail(&self) {
        self.close();
        // Not while the list is locked: what ends may be the last to hold something that cancels in its `Drop`.
        let all = std::mem::take(&mut *lock(&self.registered));
        for registered in all {
            // The read with the name of the failing init is the daemon's own to remove.
            let is_own = registered.label.is_empty();
            if registered.leave(FAILED) && !is_own {
                registered.unregister();
            }
        }
    }

    /// Registers nothing any more.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Whether nothing is registered.
    pub(crate) fn is_idle(&self) -> bool {
        lock(&self.registered).is_empty()
    }

    /// Takes one registration back.
    pub(super) fn cancel(&self, registered: &Arc<Registered>) {
        if registered.leave(CANCELLED) {
            registered.unregister();
        }
        self.forget(registered);
    }

    /// Takes the reads of a group back, and says how many they were.
    pub(super) fn cancel_group(&self, group: &str) -> usize {
        let all = lock(&self.registered).clone();
        let of_group = all.iter().filter(|registered| registered.group.get().is_some_and(|own| own == group));
        of_group.map(|registered| self.cancel(registered)).count()
    }

    fn forget(&self, registered: &Arc<Registered>) {
        lock(&self.registered).retain(|other| !Arc::ptr_eq(other, registered));
    }
}

const ACTIVE: u8 = 0;
const CANCELLED: u8 = 1;
const FAILED: u8 = 2;
const FREED: u8 = 3;

/// One registration.
pub(crate) struct Registered {
    plugin: &'static str,
    kind: Kind,
    /// As the daemon knows it.
    name: CString,
    /// What log lines begin with: nothing for the plugin itself, `"NAME: "` for the others.
    label: String,
    /// Of the service.
    is_closed: Arc<AtomicBool>,
    /// Whether the daemon has taken it: one that it refuses it may free.
    is_accepted: AtomicBool,
    /// The group of a read, as its author calls it.
    pub(super) group: OnceLock<String>,
    state: AtomicU8,
}

impl Registered {
    fn new(service: &Service, other: Option<&str>, kind: Kind, own_name: &str) -> Result<Self, RegisterError> {
        let plugin = service.plugin;
        let full = full_name(other.unwrap_or(plugin), own_name);
        let invalid = || RegisterError::Name { kind: "callback", name: full.clone() };
        let name = CString::new(full.as_str()).map_err(|_| invalid())?;
        if plugin.is_empty() {
            return Err(RegisterError::Name { kind: "plugin", name: full });
        }
        let label = if own_name.is_empty() { String::new() } else { format!("{own_name}: ") };
        Ok(Registered {
            plugin,
            kind,
            name,
            label,
            is_closed: Arc::clone(&service.is_closed),
            is_accepted: AtomicBool::new(false),
            group: OnceLock::new(),
            state: AtomicU8::new(ACTIVE),
        })
    }

    #[inline]
    pub(super) fn plugin(&self) -> &'static str {
        self.plugin
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn name_text(&self) -> &str {
        // Made of text.
        self.name.to_str().unwrap_or_default()
    }

    #[inline]
    pub(super) fn is_active(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ACTIVE
    }

    /// The daemon has freed it.
    pub(super) fn freed(&self) {
        let before = self.state.swap(FREED, Ordering::Relaxed);
        // A read that nobody has taken back: the daemon stops, and reads that are added to what it takes down would be
        // used after their end. This is the first that is seen of it.
        if before == ACTIVE && self.kind == Kind::Read && self.is_accepted.load(Ordering::Relaxed) {
            self.is_closed.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the active state; whether it was active.
    fn leave(&self, state: u8) -> bool {
        self.state.compare_exchange(ACTIVE, state, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Of all kinds, reads alone can be unregistered while the daemon runs: it walks the other lists without a lock.
    /// They stay there, with their names, and do nothing.
    fn unregister(&self) {
        if self.kind == Kind::Read {
            unregister_read(&self.name);
            give_name_back(self.kind, self.name_text());
        }
    }
}

/// How the daemon knows a callback.
fn full_name(plugin: &str, own_name: &str) -> String {
    if own_name.is_empty() { plugin.to_owned() } else { format!("{plugin}/{own_name}") }
}

/// Removes what a plugin has registered that this one stands in for. Without a configuration it is of no use to anybody;
/// the daemon would replace it too, but with a warning.
fn withdraw_other(kind: Kind, name: &CStr) {
    let _unknown = match kind {
        // SAFETY: a NUL-terminated name; called in the init phase, when no thread walks the list of writers.
        Kind::Write => unsafe { sys::plugin_unregister_write(name.as_ptr()) },
        // SAFETY: as above, for the list of flush callbacks. The context is that of the LoadPlugin line for both plugins,
        // so that a timer of the other one goes too.
        Kind::Flush => unsafe { sys::plugin_unregister_flush(name.as_ptr()) },
        _ => 0,
    };
}

fn unregister_read(name: &CStr) {
    // `collectd -T` frees each read after its only call, and leaves it in the list that is searched here.
    if ffi::reads_once() {
        return;
    }
    // SAFETY: a NUL-terminated name; the list has a lock, and the daemon frees the read when it would be due next,
    // so this may happen on any thread, within the very callback too.
    let _unknown = unsafe { sys::plugin_unregister_read(name.as_ptr()) };
}
