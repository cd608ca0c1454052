//! Shutdown: the last call.

use std::ffi::c_int;

use super::run::{RegisterError, register as register_name};
use crate::ffi::sys;
use crate::{Plugin, Result, module};

/// A plugin that has something to do when the daemon stops.
pub trait Shutdown: Plugin {
    /// Ends what the plugin started: its threads have to be joined here.
    ///
    /// Called once, from the daemon's main thread, when reading and writing have stopped and after the last
    /// flush. Not called if [`Plugin::new`] failed.
    ///
    /// # Errors
    ///
    /// Logged; the daemon's exit status is 1 then.
    fn shutdown(&self) -> Result;
}

/// Every plugin gets one, listed or not: the module lets go of the plugin there.
pub(crate) fn register<P: Plugin>() -> Result<(), RegisterError> {
    register_name(P::NAME, "shutdown", |name| {
        // SAFETY: called in the configuration phase, when there is only one thread.
        unsafe { sys::plugin_register_shutdown(name.as_ptr(), Some(shutdown::<P>)) }
    })
}

unsafe extern "C" fn shutdown<P: Plugin>() -> c_int {
    module::shutdown::<P>()
}
