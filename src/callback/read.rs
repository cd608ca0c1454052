//! Read: get metrics and dispatch them.

use std::ffi::c_int;
use std::ptr;
use std::sync::Arc;

use super::run::{Callback, Instance, RegisterError, register as register_name};
use crate::ffi::{self, sys};
use crate::{Plugin, Result};

/// A plugin that gets metrics.
pub trait Read: Plugin {
    /// Gets metrics and dispatches them, see [`Dispatch`](crate::Dispatch).
    ///
    /// Called once per interval from one of the daemon's read threads, never twice at the same time.
    ///
    /// # Errors
    ///
    /// The daemon waits longer and longer before the next call, up to `MaxReadInterval`, until a call
    /// succeeds.
    fn read(&self) -> Result;
}

pub(crate) fn register<P: Read>(instance: &Arc<Instance<P>>) -> Result<(), RegisterError> {
    let user_data = Callback::<P>::user_data(instance);
    register_name(P::NAME, "read", |name| {
        // SAFETY: NULL is "no group", interval 0 that of the LoadPlugin block; `user_data` is copied, and
        // freed with the function in it. Reads may be registered at any time.
        unsafe {
            sys::plugin_register_complex_read(ptr::null(), name.as_ptr(), Some(read::<P>), 0, &raw const user_data)
        }
    })
}

unsafe extern "C" fn read<P: Read>(user_data: *mut sys::user_data_t) -> c_int {
    // SAFETY: registered above with this type.
    match unsafe { ffi::borrow::<Callback<P>>(user_data) } {
        Some(callback) => callback.run("read", P::read),
        None => -1,
    }
}
