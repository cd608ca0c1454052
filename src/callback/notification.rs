//! Notification: hear what plugins have to tell.

use std::ffi::c_int;
use std::sync::Arc;

use super::run::{Callback, Instance, RegisterError, SUCCESS, register as register_name};
use crate::ffi::{self, NativeNotification, sys};
use crate::{Error, NotificationRef, Plugin, Result};

/// A plugin that takes notifications.
pub trait Notify: Plugin {
    /// Takes one notification. The view is valid during the call;
    /// [`to_notification`](NotificationRef::to_notification) makes a copy to keep.
    ///
    /// Called for every notification of every plugin, this one included, on the thread that dispatches it and before
    /// its dispatch returns; so from any thread, and several times at once. What it dispatches comes back to it at
    /// once: see to it that this ends.
    ///
    /// # Errors
    ///
    /// Logged, with a warning of the daemon's own; it goes on with the next plugin that listens.
    fn notify(&self, notification: NotificationRef<'_>) -> Result;
}

pub(crate) fn register<P: Notify>(instance: &Arc<Instance<P>>) -> Result<(), RegisterError> {
    let user_data = Callback::<P>::user_data(instance);
    register_name(P::NAME, "notification", |name| {
        // SAFETY: called in the init phase, when no thread walks the list of notification callbacks; `user_data` is
        // copied, and freed with the function in it.
        unsafe { sys::plugin_register_notification(name.as_ptr(), Some(notify::<P>), &raw const user_data) }
    })
}

unsafe extern "C" fn notify<P: Notify>(
    notification: *const sys::notification_t,
    user_data: *mut sys::user_data_t,
) -> c_int {
    // SAFETY: registered above with this type.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<P>>(user_data) }) else { return -1 };
    if !callback.is_in_service() {
        return SUCCESS;
    }
    // SAFETY: the daemon's structure is valid, and constant, during the callback.
    let notification = unsafe { NativeNotification::new(notification) };
    callback.run("notify", |plugin| match &notification {
        Some(notification) => plugin.notify(notification.view()?),
        None => Err(Error::msg("the daemon passed no notification")),
    })
}
