//! Missing: hear of metrics that get no new values.

use std::ffi::c_int;
use std::sync::Arc;

use super::run::{Callback, FAILURE, Instance, RegisterError, SUCCESS, register as register_name};
use crate::ffi::{self, sys};
use crate::{Error, MetricRef, Plugin, Result};

/// What the daemon returns to itself for a missing metric that is dealt with.
const HANDLED: c_int = 1;

/// A plugin that wants to know when a metric gets no new values.
pub trait Missing: Plugin {
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

pub(crate) fn register<P: Missing>(instance: &Arc<Instance<P>>) -> Result<(), RegisterError> {
    let user_data = Callback::<P>::user_data(instance);
    register_name(P::NAME, "missing", |name| {
        // SAFETY: called in the init phase on the main thread, which alone walks the list of these callbacks;
        // `user_data` is copied, and freed with the function in it.
        unsafe { sys::plugin_register_missing(name.as_ptr(), Some(missing::<P>), &raw const user_data) }
    })
}

unsafe extern "C" fn missing<P: Missing>(list: *const sys::value_list_t, user_data: *mut sys::user_data_t) -> c_int {
    // SAFETY: registered above with this type.
    let Some(callback) = (unsafe { ffi::borrow::<Callback<P>>(user_data) }) else { return FAILURE };
    // Others shall still hear of it.
    if !callback.is_in_service() {
        return SUCCESS;
    }
    // SAFETY: the daemon's structure is valid, and constant, during the callback.
    let metric = unsafe { MetricRef::new(list) };
    let missed = callback.call("missing", |plugin| match metric {
        Some(metric) => plugin.missing(metric),
        None => Err(Error::msg("the daemon passed no metric")),
    });
    match missed {
        Some(Missed::Continue) => SUCCESS,
        Some(Missed::Handled) => HANDLED,
        None => FAILURE,
    }
}
