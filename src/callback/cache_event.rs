//! Cache events: follow chosen metrics from their first value to their last.

use std::collections::HashSet;
use std::ffi::{CStr, CString, c_int};
use std::sync::{Arc, PoisonError, RwLock};

use super::RegisterError;
use super::run::{Callback, FAILURE, SUCCESS};
use super::service::{Kind, Registered, Service};
use crate::ffi::{self, CacheEventData, CacheEventKind, Handle, NativeCacheEvent, sys};
use crate::{Error, MetricRef, Result, ValuesRef};

/// Something that follows metrics in the daemon's value cache. Needs collectd 5.10 or newer: with an older one the
/// plugin is out of service, and the log says so. With an example: [`guide::cache_event`](crate::guide::cache_event).
///
/// The daemon has room for 32 of them. It sends every event that anybody asked for to all of them; the framework
/// remembers what this one asked for, and passes on only that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `CacheEvent`, which it does not implement",
    label = "`CacheEvent` is listed, and not implemented",
    note = "write `impl CacheEvent for {Self}`, or do not list `CacheEvent`"
)]
pub trait CacheEvent: Send + Sync + 'static {
    /// Says whether to follow a metric, which has just got its first value.
    ///
    /// Called from any of the daemon's write threads, for several metrics at once; again for a metric that comes back
    /// after it expired.
    ///
    /// # Errors
    ///
    /// Logged, also by the daemon; the metric is not followed.
    fn subscribe(&self, values: ValuesRef<'_>) -> Result<bool>;

    /// Takes the further values of a metric that is followed; their rates are in the cache already.
    ///
    /// Called from any of the daemon's write threads, several at once. Values that are older than the last one do not
    /// come.
    ///
    /// # Errors
    ///
    /// Logged, also by the daemon, which ignores it otherwise.
    fn update(&self, _values: ValuesRef<'_>) -> Result {
        Ok(())
    }

    /// Hears that a metric that is followed got no value for `Timeout` intervals. It leaves the cache afterwards, and
    /// is not followed any more.
    ///
    /// Called from the daemon's main thread, after the [`Missing`](super::Missing) callbacks of all plugins.
    ///
    /// # Errors
    ///
    /// Logged, also by the daemon, which ignores it otherwise.
    fn expired(&self, _metric: MetricRef<'_>) -> Result {
        Ok(())
    }
}

pub(crate) fn register<T: CacheEvent>(
    target: &Arc<T>,
    name: &str,
    service: &Service,
) -> Result<Arc<Registered>, RegisterError> {
    let Some(function) = ffi::register_cache_event_fn() else {
        return Err(RegisterError::Unsupported { kind: Kind::CacheEvent.name(), since: "5.10" });
    };
    service.register(Kind::CacheEvent, name, |registered, name| {
        let follower = Follower { callback: Callback::<T>::new(target, registered), followed: RwLock::default() };
        let user_data = ffi::user_data(follower);
        // SAFETY: called in the init phase, when no thread walks the list of these callbacks; `user_data` is copied,
        // and freed with the function in it.
        unsafe { function(name.as_ptr(), Some(cache_event::<T>), &raw const user_data) }
    })
}

/// One registration, with the names of the metrics that it follows.
struct Follower<T> {
    callback: Callback<T>,
    followed: RwLock<HashSet<CString>>,
}

impl<T: CacheEvent> Handle for Follower<T> {
    fn plugin(&self) -> &'static str {
        self.callback.plugin()
    }
}

impl<T: CacheEvent> Follower<T> {
    fn take(&self, event: &mut NativeCacheEvent<'_>) -> c_int {
        let (Some(kind), Some(name)) = (event.kind(), event.name()) else { return SUCCESS };
        match kind {
            CacheEventKind::New => self.take_new(event, name),
            CacheEventKind::Update if self.follows(name) => {
                let values = event.values();
                self.callback.run("update", |target| match &values {
                    Some(values) => target.update(values.view()),
                    None => Err(incomplete()),
                })
            }
            CacheEventKind::Expired if self.forget(name) => {
                let metric = event.metric();
                self.callback.run("expired", |target| target.expired(metric.ok_or_else(incomplete)?))
            }
            CacheEventKind::Update | CacheEventKind::Expired => SUCCESS,
        }
    }

    fn take_new(&self, event: &mut NativeCacheEvent<'_>, name: &CStr) -> c_int {
        let values = event.values();
        let is_wanted = self.callback.call("subscribe", |target| match &values {
            Some(values) => target.subscribe(values.view()),
            None => Err(incomplete()),
        });
        if is_wanted == Some(true) {
            self.followed.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
            event.subscribe();
        } else {
            self.forget(name);
        }
        if is_wanted.is_some() { SUCCESS } else { FAILURE }
    }

    fn follows(&self, name: &CStr) -> bool {
        self.followed.read().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    fn forget(&self, name: &CStr) -> bool {
        self.follows(name) && self.followed.write().unwrap_or_else(PoisonError::into_inner).remove(name)
    }
}

unsafe extern "C" fn cache_event<T: CacheEvent>(event: *mut CacheEventData, user_data: *mut sys::user_data_t) -> c_int {
    // SAFETY: registered above with this type.
    let Some(follower) = (unsafe { ffi::borrow::<Follower<T>>(user_data) }) else { return FAILURE };
    // SAFETY: the daemon makes an event for each callback, which is valid during it.
    let Some(mut event) = (unsafe { NativeCacheEvent::new(event) }) else { return FAILURE };
    if follower.callback.is_active() { follower.take(&mut event) } else { SUCCESS }
}

fn incomplete() -> Error {
    Error::msg("the daemon passed a cache event without a known data set")
}
