//! Init: where plugins are made.

use std::ffi::c_int;

use super::RegisterError;
use super::run::register_plugin;
use crate::ffi::sys;
use crate::{Plugin, module};

pub(crate) fn register<P: Plugin>() -> Result<(), RegisterError> {
    register_plugin(P::NAME, "init", |name| {
        // SAFETY: called in the configuration phase, when there is only one thread.
        unsafe { sys::plugin_register_init(name.as_ptr(), Some(init::<P>)) }
    })
}

unsafe extern "C" fn init<P: Plugin>() -> c_int {
    module::init::<P>()
}
