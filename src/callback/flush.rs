//! Flush: write out what is held back.

use std::ffi::{c_char, c_int};
use std::sync::Arc;
use std::time::Duration;

use super::RegisterError;
use super::run::{Callback, SUCCESS};
use super::service::{Kind, Registered, Service};
use crate::ffi::{self, c_str, sys};
use crate::{Error, Identifier, Interval, Result};

/// Something that holds data back and can be asked to write it out.
///
/// With an example: [`guide::flush`](crate::guide::flush).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `Flush`, which it does not implement",
    label = "`Flush` is listed, and not implemented",
    note = "write `impl Flush for {Self}`, or do not list `Flush`"
)]
pub trait Flush: Send + Sync + 'static {
    /// Writes out what has been held back for at least `older_than`, or everything; only that of
    /// `identifier`, if there is one. Who cannot tell them apart writes out everything.
    ///
    /// Called on a FLUSH command, on SIGUSR1, every `FlushInterval` of the LoadPlugin block, and when the
    /// daemon stops; from any thread, and at the same time as writes and other flushes.
    ///
    /// # Errors
    ///
    /// Logged; the daemon ignores it.
    fn flush(&self, older_than: Option<Duration>, identifier: Option<&Identifier>) -> Result;
}

pub(crate) fn register<T: Flush>(
    target: &Arc<T>,
    name: &str,
    service: &Service,
) -> Result<Arc<Registered>, RegisterError> {
    service.register(Kind::Flush, name, |registered, name| {
        let user_data = Callback::<T>::user_data(target, registered);
        // SAFETY: called in the init phase, when no thread walks the list of flush callbacks; `user_data` is
        // copied, and freed with the function in it.
        unsafe { sys::plugin_register_flush(name.as_ptr(), Some(flush::<T>), &raw const user_data) }
    })
}

unsafe extern "C" fn flush<T: Flush>(
    timeout: sys::cdtime_t,
    identifier: *const c_char,
    user_data: *mut sys::user_data_t,
) -> c_int {
    let Some(_inside) = ffi::end::Inside::enter_callback() else { return SUCCESS };
    // SAFETY: registered above with this type, and not freed while this is inside.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<T>>(user_data) }) else { return -1 };
    if !callback.is_active() {
        return SUCCESS;
    }
    // SAFETY: NULL or a string of the daemon's that is valid during the callback.
    let identifier = unsafe { c_str(identifier) };
    callback.run("flush", |target| {
        let older_than = (timeout != 0).then(|| Interval::from_raw(timeout).to_duration());
        let identifier = identifier.map(|text| parse(&text.to_string_lossy())).transpose()?;
        target.flush(older_than, identifier.as_ref())
    })
}

fn parse(text: &str) -> Result<Identifier> {
    text.parse().map_err(|error| Error::msg(format_args!("\"{}\": {error}", text.escape_debug())))
}
