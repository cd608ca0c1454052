//! What the daemon knows about this machine.

use collectd_types::{Name, NameRef};

use super::{c_str, sys};

/// The name of this host as collectd uses it; empty before the daemon has read its configuration.
pub fn hostname() -> Name {
    // SAFETY: the daemon sets the pointer once, before it calls init and starts threads.
    let start = unsafe { sys::hostname_g };
    // SAFETY: NULL or a NUL-terminated string that the daemon keeps for the whole process.
    let name = unsafe { c_str(start) };
    name.map(|name| NameRef::until_nul(name.to_bytes()).to_name()).unwrap_or_default()
}
