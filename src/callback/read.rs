//! Read: get metrics and dispatch them.

use std::ffi::{CStr, CString, c_int};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use super::RegisterError;
use super::run::{Callback, SUCCESS};
use super::service::{Kind, Registered, Service};
use crate::ffi::{self, sys};
use crate::{Interval, Name, Result};

/// Something that gets metrics.
///
/// With an example: [`guide::read`](crate::guide::read).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be called as `Read`, which it does not implement",
    label = "`Read` is listed, and not implemented",
    note = "write `impl Read for {Self}`, or do not list `Read`"
)]
pub trait Read: Send + Sync + 'static {
    /// Gets metrics and dispatches them, see [`Dispatch`](crate::Dispatch).
    ///
    /// Called once per interval from one of the daemon's read threads, never twice at the same time.
    ///
    /// # Errors
    ///
    /// The daemon waits longer and longer before the next call, up to `MaxReadInterval`, until a call
    /// succeeds.
    fn read(&self) -> Result;
}

/// What a read callback is called, how often it runs, and which ones it belongs to.
///
/// ```
/// # use collectd_test_host as _;
/// use std::time::Duration;
/// use collectd::callback::ReadOptions;
///
/// let options = ReadOptions::new("disks").interval(Duration::from_secs(300)).group("hardware");
/// assert_eq!(ReadOptions::from("disks"), ReadOptions::new("disks"));
/// # drop(options);
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ReadOptions {
    name: String,
    interval: Option<Duration>,
    group: Option<String>,
}

impl ReadOptions {
    /// A read with a name of its own: the daemon knows it as `PLUGIN/name`. An empty name stands for the plugin, or
    /// the instance, itself.
    pub fn new(name: impl Into<String>) -> Self {
        ReadOptions { name: name.into(), ..ReadOptions::default() }
    }

    /// How often it runs, for the first time at once; zero stands for the interval of the plugin.
    pub fn interval(self, interval: Duration) -> Self {
        ReadOptions { interval: Some(interval), ..self }
    }

    /// The group, for [`Reads::cancel_group`](super::Reads::cancel_group). A plugin sees its own groups only.
    pub fn group(self, group: impl Into<String>) -> Self {
        ReadOptions { group: Some(group.into()), ..self }
    }

    /// The same below the name of an instance.
    pub(super) fn below(&self, instance: &str) -> Self {
        let name = match (instance, self.name.as_str()) {
            (instance, "") => instance.to_owned(),
            ("", name) => name.to_owned(),
            (instance, name) => format!("{instance}/{name}"),
        };
        ReadOptions { name, ..self.clone() }
    }
}

impl From<&str> for ReadOptions {
    fn from(name: &str) -> Self {
        ReadOptions::new(name)
    }
}

impl From<String> for ReadOptions {
    fn from(name: String) -> Self {
        ReadOptions::new(name)
    }
}

pub(crate) fn register<T: Read>(
    target: &Arc<T>,
    options: &ReadOptions,
    service: &Service,
) -> Result<Arc<Registered>, RegisterError> {
    let interval = match options.interval {
        None => Interval::UNSET,
        Some(interval) => Interval::try_from(interval).map_err(|_| RegisterError::Interval { interval })?,
    };
    let group = options.group.as_deref().map(|group| c_group(service.plugin(), group)).transpose()?;
    service.register(Kind::Read, &options.name, |registered, name| {
        if let Some(group) = &options.group {
            // Nobody has set it before: the registration is new.
            registered.group.get_or_init(|| group.clone());
        }
        let user_data = Callback::<T>::user_data(target, registered);
        let group = group.as_deref().map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: NULL is "no group", interval 0 that of the LoadPlugin block; `user_data` is copied, and
        // freed with the function in it. Reads may be registered at any time.
        unsafe {
            sys::plugin_register_complex_read(
                group,
                name.as_ptr(),
                Some(read::<T>),
                interval.to_raw(),
                &raw const user_data,
            )
        }
    })
}

/// The daemon has one set of groups for all plugins, and cuts longer names without a word.
fn c_group(plugin: &str, group: &str) -> Result<CString, RegisterError> {
    let full = format!("{plugin}/{group}");
    let fits = !group.is_empty() && full.len() <= Name::MAX_LEN;
    let invalid = || RegisterError::Name { kind: "group", name: group.to_owned() };
    CString::new(full).ok().filter(|_| fits).ok_or_else(invalid)
}

unsafe extern "C" fn read<T: Read>(user_data: *mut sys::user_data_t) -> c_int {
    // SAFETY: registered above with this type.
    match unsafe { ffi::borrow::<Callback<T>>(user_data) } {
        Some(callback) if callback.is_active() => callback.run("read", T::read),
        Some(_) => SUCCESS,
        None => -1,
    }
}
