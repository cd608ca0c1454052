//! Shutdown: the last call.

use std::ffi::c_int;

use super::RegisterError;
use super::run::register_plugin;
use crate::ffi::sys;
use crate::{Plugin, Result, module};

/// Something that has work to do when the daemon stops.
///
/// With an example: [`guide::shutdown`](crate::guide::shutdown).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `Shutdown`, which it does not implement",
    label = "`Shutdown` is listed, and not implemented",
    note = "write `impl Shutdown for {Self}`, or do not list `Shutdown`"
)]
pub trait Shutdown: Send + Sync + 'static {
    /// Ends what was started: threads have to be joined here.
    ///
    /// Called once, from the daemon's main thread, when reading and writing have stopped and after the last
    /// flush. What was registered last is called first, and the plugin itself after its instances and closures. Not
    /// called if [`Plugin::new`] or [`Plugin::callbacks`] failed.
    ///
    /// # Errors
    ///
    /// Logged; the daemon's exit status is 1 then.
    fn shutdown(&self) -> Result;
}

/// Every plugin gets one, listed or not: the module lets go of the plugin there.
pub(crate) fn register<P: Plugin>() -> Result<(), RegisterError> {
    register_plugin(P::NAME, "shutdown", |name| {
        // SAFETY: called in the configuration phase, when there is only one thread.
        unsafe { sys::plugin_register_shutdown(name.as_ptr(), Some(shutdown::<P>)) }
    })
}

unsafe extern "C" fn shutdown<P: Plugin>() -> c_int {
    module::shutdown::<P>()
}
