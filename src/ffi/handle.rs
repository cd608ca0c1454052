//! What a registration owns: one heap block of its own, which the daemon frees through our function.
//!
//! Reads are freed long before the daemon stops writing, flushing and logging, so no callback may own what
//! another one uses. Each block holds an `Arc` of the plugin.

use std::ffi::c_void;
use std::ptr::NonNull;

use super::context::{Scope, ensure_daemon_context};
use super::end;
use super::guard::{Failure, guard};
use super::log::{LogLevel, log, log_trace};
use super::sys;

/// The author's side of a registration, behind the daemon's `user_data_t`.
pub(crate) trait Handle: Send + Sync + Sized + 'static {
    /// The plugin's name, for the log.
    fn plugin(&self) -> &'static str;

    /// Whether log lines that the author writes while this is dropped must stay out of the daemon: it
    /// walks a list of log callbacks whose entries it has freed already.
    const FREED_WITH_LOG_CALLBACKS: bool = false;
}

/// Hands a block over to the daemon. If the registration that it is passed to fails, it is lost on
/// purpose: whether the daemon has freed it already cannot be known from the status.
pub(crate) fn user_data<H: Handle>(handle: H) -> sys::user_data_t {
    let data = Box::into_raw(Box::new(handle)).cast::<c_void>();
    sys::user_data_t { data, free_func: Some(release::<H>) }
}

/// The block behind the `user_data_t` that the daemon passes to a callback.
///
/// # Safety
///
/// `user_data` is what the daemon passed to a callback that was registered with [`user_data::<H>`], and
/// the reference is not used after the callback has returned.
#[inline]
pub(crate) unsafe fn borrow<'a, H: Handle>(user_data: *mut sys::user_data_t) -> Option<&'a H> {
    let user_data = NonNull::new(user_data)?;
    // SAFETY: the daemon passes its own copy of the structure, valid during the callback.
    let data = unsafe { user_data.as_ref() }.data.cast::<H>();
    // SAFETY: the pointer came from `user_data::<H>`; the daemon frees it after the last callback that it waits for, and
    // `release` keeps it as long as somebody is in one that it does not wait for.
    unsafe { data.as_ref() }
}

/// The daemon's `free_func`: drops the block, or loses it if somebody may be in the callback still.
///
/// # Safety
///
/// `data` came from [`user_data::<H>`] and is not used again.
pub(crate) unsafe extern "C" fn release<H: Handle>(data: *mut c_void) {
    let Some(data) = NonNull::new(data.cast::<H>()) else { return };
    if !end::may_free(H::FREED_WITH_LOG_CALLBACKS) {
        return;
    }
    // SAFETY: made by `Box::into_raw` in `user_data`; the daemon calls its free function once.
    let handle = unsafe { Box::from_raw(data.as_ptr()) };
    free(handle);
}

/// Drops the author's data; a panic in its `Drop` is logged and goes no further.
pub(crate) fn free<H: Handle>(handle: Box<H>) {
    let plugin = handle.plugin();
    // What is dropped may dispatch values: the daemon has no context while it frees callbacks.
    let _context = ensure_daemon_context();
    let _silence = H::FREED_WITH_LOG_CALLBACKS.then(Scope::silence);
    let freed = guard(plugin, || {
        drop(handle);
        Ok(())
    });
    if let Err(failure) = freed
        && let Failure::Panic { message, trace } = *failure
    {
        let _scope = Scope::enter(plugin);
        log(LogLevel::Error, format_args!("drop {message}"));
        log_trace(plugin, trace.as_deref());
    }
}
