//! Missing: hear of metrics that get no new values.

use std::ffi::c_int;
use std::sync::Arc;

use super::RegisterError;
use super::run::{Callback, FAILURE, SUCCESS};
use super::service::{Kind, Registered, Service};
use crate::ffi::{self, sys};
use crate::{Error, MetricRef, Result};

/// What the daemon returns to itself for a missing metric that is dealt with.
const HANDLED: c_int = 1;

/// Something that wants to know when a metric gets no new values.
///
/// With an example: [`guide::missing`](crate::guide::missing).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `Missing`, which it does not implement",
    label = "`Missing` is listed, and not implemented",
    note = "write `impl Missing for {Self}`, or do not list `Missing`"
)]
pub trait Missing: Send + Sync + 'static {
    /// Takes a metric that got no value for `Timeout` intervals (two, unless configured otherwise).
    ///
    /// Called from the daemon's main thread, which looks for such metrics once per global interval, one after the
    /// other. The metric leaves the value cache afterwards; until then its rates can be asked for.
    ///
    /// # Errors
    ///
    /// Logged, also by the daemon; no further plugin hears of this metric.
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed>;
}

/// What becomes of a metric that is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missed {
    /// The next plugin that wants to know hears of it too.
    Continue,
    /// It is dealt with; no further plugin hears of it.
    Handled,
}

pub(crate) fn register<T: Missing>(
    target: &Arc<T>,
    name: &str,
    service: &Service,
) -> Result<Arc<Registered>, RegisterError> {
    service.register(Kind::Missing, name, |registered, name| {
        let user_data = Callback::<T>::user_data(target, registered);
        // SAFETY: called in the init phase on the main thread, which alone walks the list of these callbacks;
        // `user_data` is copied, and freed with the function in it.
        unsafe { sys::plugin_register_missing(name.as_ptr(), Some(missing::<T>), &raw const user_data) }
    })
}

unsafe extern "C" fn missing<T: Missing>(list: *const sys::value_list_t, user_data: *mut sys::user_data_t) -> c_int {
    // SAFETY: registered above with this type.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<T>>(user_data) }) else { return FAILURE };
    // Others shall still hear of it.
    if !callback.is_active() {
        return SUCCESS;
    }
    // SAFETY: the daemon's structure is valid, and constant, during the callback.
    let metric = unsafe { MetricRef::new(list) };
    let missed = callback.call("missing", |target| match metric {
        Some(metric) => target.missing(metric),
        None => Err(Error::msg("the daemon passed no metric")),
    });
    match missed {
        Some(Missed::Continue) => SUCCESS,
        Some(Missed::Handled) => HANDLED,
        None => FAILURE,
    }
}
