//! Functions that not every supported daemon has, looked up at run time.

use std::ffi::CStr;

/// Whether the daemon is a collectd 6: it counts in metric families, and its callbacks have other
/// signatures, so that registering ours would crash it.
pub(crate) fn is_metric_family_daemon() -> bool {
    is_exported(c"plugin_dispatch_metric_family")
}

fn is_exported(name: &CStr) -> bool {
    // SAFETY: a NUL-terminated name; RTLD_DEFAULT searches what the process has loaded.
    !unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }.is_null()
}
