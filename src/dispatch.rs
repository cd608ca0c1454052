//! Handing value lists to the daemon.

use collectd_types::Values;

use crate::{DispatchError, ffi};

/// Hands something to the daemon.
pub trait Dispatch {
    /// Dispatches a copy to the daemon's filter chains, cache and writers.
    ///
    /// What was not set gets its default: this host, this plugin, now, and the interval of the callback.
    /// Everything that the daemon would only log and drop is checked first. The daemon queues the value
    /// list; that a writer later fails is not known here.
    ///
    /// # Errors
    ///
    /// If a name or time cannot be used, types.db has no such type, or number or kind of the values are
    /// not those of the type.
    fn dispatch(&self) -> Result<(), DispatchError>;
}

impl Dispatch for Values {
    fn dispatch(&self) -> Result<(), DispatchError> {
        ffi::dispatch(self)
    }
}
