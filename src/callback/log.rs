//! Log: take the daemon's log lines.

use std::ffi::{c_char, c_int};
use std::sync::Arc;

use super::RegisterError;
use super::run::Callback;
use super::service::{Kind, Registered, Service};
use crate::Result;
use crate::ffi::end::InLog;
use crate::ffi::{self, LogLevel, Scope, c_str, sys};

/// Something that takes log lines.
///
/// With an example: [`guide::log`](crate::guide::log).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `Log`, which it does not implement",
    label = "`Log` is listed, and not implemented",
    note = "write `impl Log for {Self}`, or do not list `Log`"
)]
pub trait Log: Send + Sync + 'static {
    /// Takes one log line of the daemon or of any plugin, without a line break at its end.
    ///
    /// Called from any thread that logs. What the callback logs itself, and its failures, go to standard
    /// error: in the daemon's log they would come straight back. Lines from before the plugin was made,
    /// while the daemon read its configuration, are not seen; nor is the line about a panic in a thread of this
    /// module's own, which goes to standard error too.
    ///
    /// # Errors
    ///
    /// Written to standard error, at most once a minute.
    fn log(&self, level: LogLevel, message: &str) -> Result;
}

pub(crate) fn register<T: Log>(
    target: &Arc<T>,
    name: &str,
    service: &Service,
) -> Result<Arc<Registered>, RegisterError> {
    service.register(Kind::Log, name, |registered, name| {
        let user_data = Callback::<T, true>::user_data(target, registered);
        // SAFETY: called in the init phase, when no thread walks the list of log callbacks; `user_data` is
        // copied, and freed with the function in it.
        unsafe { sys::plugin_register_log(name.as_ptr(), Some(log::<T>), &raw const user_data) }
    })
}

unsafe extern "C" fn log<T: Log>(level: c_int, message: *const c_char, user_data: *mut sys::user_data_t) {
    let inside = InLog::enter();
    let _silence = Scope::silence();
    // SAFETY: a string of the daemon's that is valid during the callback.
    let Some(message) = (unsafe { c_str(message) }) else { return };
    if inside.is_too_late() {
        return ffi::write_to_stderr(message.to_bytes());
    }
    // SAFETY: registered above with this type, and not freed while this is inside.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<T, true>>(user_data) }) else { return };
    if !callback.is_active() {
        return;
    }
    if ffi::is_in_panic_hook() {
        return ffi::write_to_stderr(message.to_bytes());
    }
    callback.run("log", |target| target.log(LogLevel::from_code(level), &message.to_string_lossy()));
}
