//! Handing value lists and notifications to the daemon.

use collectd_types::{Notification, NotificationBuilder, Values};

use crate::{DispatchError, ffi};

/// Hands something to the daemon.
pub trait Dispatch {
    /// What is known after the dispatch: nothing more of a value list, and of a notification whether anybody listens.
    type Output;

    /// Dispatches a copy: a value list to the daemon's filter chains, cache and writers, a notification to all
    /// plugins that listen.
    ///
    /// What was not set gets its default: this host, this plugin, now, and the interval of the callback.
    /// Everything that the daemon would only log and drop is checked first. The daemon queues the value
    /// list; that a writer later fails is not known here.
    ///
    /// # Errors
    ///
    /// If a name or time cannot be used, types.db has no such type, or number or kind of the values are
    /// not those of the type.
    fn dispatch(&self) -> Result<Self::Output, DispatchError>;
}

impl Dispatch for Values {
    type Output = ();

    fn dispatch(&self) -> Result<(), DispatchError> {
        ffi::dispatch(self)
    }
}

/// Calls all that listen before it returns, with this host, this plugin and now for what was not set. `false` says
/// that nobody listens; how the listeners fare is known to the daemon's log only.
///
/// A message that is empty, too long or has a NUL byte is an error;
/// [`truncate`](collectd_types::NotificationBuilder::truncate) cuts it.
impl Dispatch for Notification {
    type Output = bool;

    fn dispatch(&self) -> Result<bool, DispatchError> {
        self.check()?;
        ffi::dispatch_notification(self.view())
    }
}

/// As for a finished [`Notification`].
impl Dispatch for NotificationBuilder {
    type Output = bool;

    fn dispatch(&self) -> Result<bool, DispatchError> {
        self.check()?;
        ffi::dispatch_notification(self.view())
    }
}
