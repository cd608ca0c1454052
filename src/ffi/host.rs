//! What the daemon knows about this machine, and when it does.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

use collectd_types::{Name, NameRef};

use super::{c_str, sys};

/// Whether there is a name of this host to fill in: not while the daemon reads its configuration.
#[inline]
pub(crate) fn has_hostname() -> bool {
    // SAFETY: the daemon sets the pointer once, before it calls init and starts threads.
    !unsafe { sys::hostname_g }.is_null()
}

/// The name of this host as collectd uses it; empty before the daemon has read its configuration.
pub fn hostname() -> Name {
    // SAFETY: the daemon sets the pointer once, before it calls init and starts threads.
    let start = unsafe { sys::hostname_g };
    // SAFETY: NULL or a NUL-terminated string that the daemon keeps for the whole process.
    let name = unsafe { c_str(start) };
    name.map(|name| NameRef::until_nul(name.to_bytes()).to_name()).unwrap_or_default()
}

/// The thread that the daemon reads its configuration on.
static MAIN: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Remembers the thread on which the daemon loads this file.
pub(crate) fn set_main_thread() {
    *MAIN.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
}

/// Whether this is the main thread, and the daemon still reads its configuration: it sets its host name right afterwards.
pub(crate) fn is_configuring() -> bool {
    hostname().is_empty() && *MAIN.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread::current().id())
}
