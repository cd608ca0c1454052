//! Config: `<Plugin …>` blocks, while the daemon reads its configuration.

use std::ffi::c_int;

use super::RegisterError;
use super::run::register_plugin;
use crate::ffi::{self, sys};
use crate::module;

/// Asks for the blocks of this name. The callback has no data of its own: it finds the plugin by the name
/// in the block.
pub(crate) fn register(name: &'static str) -> Result<(), RegisterError> {
    register_plugin(name, "config", |name| {
        // SAFETY: called in the configuration phase, when there is only one thread.
        unsafe { sys::plugin_register_complex_config(name.as_ptr(), Some(configure)) }
    })
}

unsafe extern "C" fn configure(item: *mut sys::oconfig_item_t) -> c_int {
    // SAFETY: the daemon's item is valid, and constant, during the callback.
    let name = unsafe { ffi::plugin_of(item) };
    // SAFETY: as above.
    let block = unsafe { ffi::block(item) };
    module::configure(name.as_deref().unwrap_or_default(), block)
}
