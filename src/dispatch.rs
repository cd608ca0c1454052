//! Handing value lists and notifications to the daemon.

use collectd_types::{Meta, Notification, NotificationBuilder, NotificationRef, Values, ValuesRef};

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
    /// not those of the type. Before [`Plugin::new`](crate::Plugin::new) it is too early: there is no name of this host to
    /// fill in yet, and mostly no types.
    fn dispatch(&self) -> Result<Self::Output, DispatchError>;
}

impl Dispatch for Values {
    type Output = ();

    fn dispatch(&self) -> Result<(), DispatchError> {
        ffi::dispatch(self)
    }
}

/// Dispatches a value list that somebody else has, without copying it first: one that a write callback got, or that
/// came from the network. Meta data that it has goes with it. Whole numbers of another kind than the type's are as good,
/// a counter for a derive say: whoever has measured it may have another types.db.
impl Dispatch for ValuesRef<'_> {
    type Output = ();

    fn dispatch(&self) -> Result<(), DispatchError> {
        match self.meta().to_meta() {
            meta if meta.is_empty() => ffi::dispatch_view(*self, None),
            meta => SharedMeta::new(&meta)?.dispatch(*self),
        }
    }
}

/// Meta data that many value lists are dispatched with; the daemon's form of it is made once.
///
/// ```
/// # let _host = collectd_test_host::Host::lock();
/// use collectd::prelude::*;
/// use collectd::{Meta, SharedMeta};
///
/// let mut meta = Meta::new();
/// meta.insert("source", "bus 1");
/// let meta = SharedMeta::new(&meta)?;
/// for (sensor, celsius) in [("a", 20.5), ("b", 21.0)] {
///     meta.dispatch(Values::new("temperature").plugin("bus").type_instance(sensor).gauge(celsius).view())?;
/// }
/// # Ok::<(), collectd::DispatchError>(())
/// ```
pub struct SharedMeta(ffi::OwnedMeta);

impl SharedMeta {
    /// Makes the daemon's form of these entries.
    ///
    /// # Errors
    ///
    /// If the name or the text of an entry has a NUL byte.
    pub fn new(meta: &Meta) -> Result<Self, DispatchError> {
        Ok(SharedMeta(ffi::OwnedMeta::new(meta)?))
    }

    /// Dispatches a value list with these entries in the place of its own, see [`Dispatch::dispatch`].
    ///
    /// # Errors
    ///
    /// Those of [`Dispatch::dispatch`].
    pub fn dispatch(&self, values: ValuesRef<'_>) -> Result<(), DispatchError> {
        ffi::dispatch_view(values, Some(&self.0))
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

/// As for a finished [`Notification`], but as it is: host and plugin stay empty where they are, since it is about
/// somebody else's.
impl Dispatch for NotificationRef<'_> {
    type Output = bool;

    fn dispatch(&self) -> Result<bool, DispatchError> {
        self.check()?;
        ffi::pass_notification_on(*self)
    }
}
