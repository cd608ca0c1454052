//! Write: take value lists and store or send them.

use std::ffi::c_int;
use std::sync::Arc;

use super::RegisterError;
use super::run::Callback;
use super::service::{Kind, Registered, Service};
use crate::ffi::{self, NativeValues, sys};
use crate::{Error, Result, ValuesRef};

/// Something that takes metrics.
///
/// With an example: [`guide::write`](crate::guide::write).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `Write`, which it does not implement",
    label = "`Write` is listed, and not implemented",
    note = "write `impl Write for {Self}`, or do not list `Write`"
)]
pub trait Write: Send + Sync + 'static {
    /// Takes one value list. The view is valid during the call; [`to_values`](ValuesRef::to_values) makes a
    /// copy to keep.
    ///
    /// Called for every value list of every plugin from any of the daemon's write threads, up to
    /// `WriteThreads` of them at the same time; and from any thread on which somebody hands values to writers.
    ///
    /// # Errors
    ///
    /// The value list is lost for this writer: the daemon neither repeats the call nor waits before the
    /// next one.
    fn write(&self, values: ValuesRef<'_>) -> Result;
}

pub(crate) fn register<T: Write>(
    target: &Arc<T>,
    name: &str,
    service: &Service,
) -> Result<Arc<Registered>, RegisterError> {
    service.register(Kind::Write, name, |registered, name| {
        let user_data = Callback::<T>::user_data(target, registered);
        // SAFETY: called in the init phase, when no thread walks the list of writers; `user_data` is copied,
        // and freed with the function in it.
        unsafe { sys::plugin_register_write(name.as_ptr(), Some(write::<T>), &raw const user_data) }
    })
}

/// What a writer returns that does nothing any more: the same as the daemon does for one that it does not have.
const NO_WRITER: c_int = libc::ENOENT;

unsafe extern "C" fn write<T: Write>(
    set: *const sys::data_set_t,
    list: *const sys::value_list_t,
    user_data: *mut sys::user_data_t,
) -> c_int {
    let Some(_inside) = ffi::end::Inside::enter_write() else { return NO_WRITER };
    // SAFETY: registered above with this type, and not freed while this is inside.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<T>>(user_data) }) else { return -1 };
    if !callback.is_active() {
        return NO_WRITER;
    }
    // SAFETY: the daemon's structures are valid, and constant, during the callback.
    match unsafe { NativeValues::new(set, list) } {
        Some(values) => callback.run("write", |writer| writer.write(values.view())),
        None => callback.run("write", |_| Err(Error::msg("the daemon passed a value list without a data set"))),
    }
}
