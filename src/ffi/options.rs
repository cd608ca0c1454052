//! The daemon's global options.

use std::ffi::CStr;

use collectd_types::Interval;

use super::{c_str, sys};

pub(crate) fn global_interval() -> Interval {
    // SAFETY: the daemon sets the number before it calls init and starts threads, and not again.
    Interval::from_raw(unsafe { sys::interval_g })
}

pub(crate) fn global_timeout() -> u32 {
    // SAFETY: as above.
    u32::try_from(unsafe { sys::timeout_g }).unwrap_or(0)
}

pub(crate) fn global_option(name: &CStr) -> Option<String> {
    // SAFETY: a NUL-terminated name. The options do not change after the configuration was read, by the one
    // thread that there is then.
    let text = unsafe { sys::global_option_get(name.as_ptr()) };
    // SAFETY: NULL or a string that the daemon keeps.
    let text = unsafe { c_str(text) };
    text.map(|text| text.to_string_lossy().into_owned())
}

/// Whether this is `collectd -T`, which has each read called once, by the main thread.
pub(crate) fn reads_once() -> bool {
    global_option(c"ReadThreads").is_some_and(|threads| threads.starts_with('-'))
}
