//! Write: take value lists and store or send them.

use std::ffi::c_int;
use std::sync::Arc;

use super::run::{Callback, Instance, RegisterError, register as register_name};
use crate::ffi::{self, NativeValues, sys};
use crate::{Error, Plugin, Result, ValuesRef};

/// A plugin that takes metrics.
pub trait Write: Plugin {
    /// Takes one value list. The view is valid during the call; [`to_values`](ValuesRef::to_values) makes a
    /// copy to keep.
    ///
    /// Called for every value list of every plugin from any of the daemon's write threads, up to
    /// `WriteThreads` of them at the same time.
    ///
    /// # Errors
    ///
    /// The value list is lost for this writer: the daemon neither repeats the call nor waits before the
    /// next one.
    fn write(&self, values: ValuesRef<'_>) -> Result;
}

pub(crate) fn register<P: Write>(instance: &Arc<Instance<P>>) -> Result<(), RegisterError> {
    let user_data = Callback::<P>::user_data(instance);
    register_name(P::NAME, "write", |name| {
        // SAFETY: called in the init phase, when no thread walks the list of writers; `user_data` is copied,
        // and freed with the function in it.
        unsafe { sys::plugin_register_write(name.as_ptr(), Some(write::<P>), &raw const user_data) }
    })
}

unsafe extern "C" fn write<P: Write>(
    set: *const sys::data_set_t,
    list: *const sys::value_list_t,
    user_data: *mut sys::user_data_t,
) -> c_int {
    // SAFETY: registered above with this type.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<P>>(user_data) }) else { return -1 };
    // SAFETY: the daemon's structures are valid, and constant, during the callback.
    let values = unsafe { NativeValues::new(set, list) };
    callback.run("write", |plugin| match &values {
        Some(values) => plugin.write(values.view()),
        None => Err(Error::msg("the daemon passed a value list without a known data set")),
    })
}
