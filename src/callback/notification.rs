//! Notification: hear what plugins have to tell.

use std::ffi::c_int;
use std::sync::Arc;

use super::RegisterError;
use super::run::{Callback, SUCCESS};
use super::service::{Kind, Registered, Service};
use crate::ffi::{self, NativeNotification, sys};
use crate::{Error, NotificationRef, Result};

/// Something that takes notifications.
///
/// With an example: [`guide::notification`](crate::guide::notification).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `Notify`, which it does not implement",
    label = "`Notify` is listed, and not implemented",
    note = "write `impl Notify for {Self}`, or do not list `Notify`"
)]
pub trait Notify: Send + Sync + 'static {
    /// Takes one notification. The view is valid during the call;
    /// [`to_notification`](NotificationRef::to_notification) makes a copy to keep.
    ///
    /// Called for every notification of every plugin, this one included, on the thread that dispatches it and before
    /// its dispatch returns; so from any thread, and several times at once. What it dispatches comes back to it at
    /// once: see to it that this ends. Eight deep it is [refused](crate::DispatchError::TooDeep).
    ///
    /// # Errors
    ///
    /// Logged, with a warning of the daemon's own; it goes on with the next plugin that listens.
    fn notify(&self, notification: NotificationRef<'_>) -> Result;
}

pub(crate) fn register<T: Notify>(
    target: &Arc<T>,
    name: &str,
    service: &Service,
) -> Result<Arc<Registered>, RegisterError> {
    service.register(Kind::Notification, name, |registered, name| {
        let user_data = Callback::<T>::user_data(target, registered);
        // SAFETY: called in the init phase, when no thread walks the list of notification callbacks; `user_data` is
        // copied, and freed with the function in it.
        unsafe { sys::plugin_register_notification(name.as_ptr(), Some(notify::<T>), &raw const user_data) }
    })
}

unsafe extern "C" fn notify<T: Notify>(
    notification: *const sys::notification_t,
    user_data: *mut sys::user_data_t,
) -> c_int {
    let Some(_inside) = ffi::end::Inside::enter_callback() else { return SUCCESS };
    // SAFETY: registered above with this type, and not freed while this is inside.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<T>>(user_data) }) else { return -1 };
    if !callback.is_active() {
        return SUCCESS;
    }
    let _context = ffi::ensure_daemon_context();
    // SAFETY: the daemon's structure is valid, and constant, during the callback.
    let notification = unsafe { NativeNotification::new(notification) };
    callback.run("notify", |target| match &notification {
        Some(notification) => target.notify(notification.view()?),
        None => Err(Error::msg("the daemon passed no notification")),
    })
}
