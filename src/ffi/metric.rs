//! A metric that the daemon names without values.

use std::fmt;

use collectd_types::{IdentifierRef, Interval, Time};

use super::{name_fields, sys};

/// A metric that got no new values in time: which one, and when it should have got some.
///
/// Its last values are still in the [value cache](crate::cache) during the callback.
#[derive(Clone, Copy)]
pub struct MetricRef<'a>(&'a sys::value_list_t);

impl<'a> MetricRef<'a> {
    /// Takes what the daemon passed; `None` for NULL.
    ///
    /// # Safety
    ///
    /// NULL, or a structure of the daemon's that is valid, and does not change, during `'a`.
    pub(crate) unsafe fn new(list: *const sys::value_list_t) -> Option<Self> {
        // SAFETY: what the caller promises.
        unsafe { list.as_ref() }.map(MetricRef)
    }

    /// Which one. The daemon has it from the name in its cache: if the plugin or the type had a `-` in it, what
    /// comes after that is the instance here.
    pub fn identifier(self) -> IdentifierRef<'a> {
        let list = self.0;
        IdentifierRef::from_fields(name_fields(list))
    }

    /// The time of its last value.
    pub fn time(self) -> Time {
        Time::from_raw(self.0.time)
    }

    /// The interval of its last value.
    pub fn interval(self) -> Interval {
        Interval::from_raw(self.0.interval)
    }
}

impl fmt::Debug for MetricRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricRef")
            .field("identifier", &self.identifier())
            .field("time", &self.time())
            .field("interval", &self.interval())
            .finish()
    }
}
