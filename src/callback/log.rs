//! Log: take the daemon's log lines.

use std::ffi::{c_char, c_int};
use std::sync::Arc;

use super::run::{Callback, Instance, RegisterError, register as register_name};
use crate::ffi::{self, LogLevel, Scope, c_str, sys};
use crate::{Plugin, Result};

/// A plugin that takes log lines.
pub trait Log: Plugin {
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

pub(crate) fn register<P: Log>(instance: &Arc<Instance<P>>) -> Result<(), RegisterError> {
    let user_data = Callback::<P, true>::user_data(instance);
    register_name(P::NAME, "log", |name| {
        // SAFETY: called in the init phase, when no thread walks the list of log callbacks; `user_data` is
        // copied, and freed with the function in it.
        unsafe { sys::plugin_register_log(name.as_ptr(), Some(log::<P>), &raw const user_data) }
    })
}

unsafe extern "C" fn log<P: Log>(level: c_int, message: *const c_char, user_data: *mut sys::user_data_t) {
    let _silence = Scope::silence();
    // SAFETY: registered above with this type.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<P, true>>(user_data) }) else { return };
    // SAFETY: a string of the daemon's that is valid during the callback.
    let Some(message) = (unsafe { c_str(message) }) else { return };
    if ffi::is_in_panic_hook() {
        return ffi::write_to_stderr(message.to_bytes());
    }
    callback.run("log", |plugin| plugin.log(LogLevel::from_code(level), &message.to_string_lossy()));
}
