//! Cache events, which collectd has since 5.10: declared here, because older daemons lack them.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::marker::PhantomData;
use std::mem;

use super::dynamic::lookup;
use super::metric::MetricRef;
use super::value_list::NativeValues;
use super::{c_str, sys};

/// The daemon's `cache_event_t`.
#[repr(C)]
pub(crate) struct CacheEventData {
    kind: c_uint,
    value_list: *const sys::value_list_t,
    value_list_name: *const c_char,
    ret: c_int,
}

pub(crate) type CacheEventFn = unsafe extern "C" fn(*mut CacheEventData, *mut sys::user_data_t) -> c_int;
type RegisterFn = unsafe extern "C" fn(*const c_char, Option<CacheEventFn>, *const sys::user_data_t) -> c_int;

/// The daemon's function to register a cache event callback, if it has one.
pub(crate) fn register_cache_event_fn() -> Option<RegisterFn> {
    let function = lookup(c"plugin_register_cache_event")?;
    // SAFETY: the signature of every release that has the function.
    Some(unsafe { mem::transmute::<*mut std::ffi::c_void, RegisterFn>(function.as_ptr()) })
}

/// What has happened to a metric of the value cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheEventKind {
    New,
    Update,
    Expired,
}

/// An event that the daemon passed to a callback.
pub(crate) struct NativeCacheEvent<'a> {
    event: *mut CacheEventData,
    during: PhantomData<&'a CacheEventData>,
}

impl<'a> NativeCacheEvent<'a> {
    /// Takes what the daemon passed; `None` for NULL.
    ///
    /// # Safety
    ///
    /// NULL, or a structure of the daemon's that is valid, and nobody else's, during `'a`.
    pub(crate) unsafe fn new(event: *mut CacheEventData) -> Option<Self> {
        (!event.is_null()).then_some(NativeCacheEvent { event, during: PhantomData })
    }

    /// What has happened; nothing if it is of a kind that we do not know.
    pub(crate) fn kind(&self) -> Option<CacheEventKind> {
        match self.data().kind {
            0 => Some(CacheEventKind::New),
            1 => Some(CacheEventKind::Update),
            2 => Some(CacheEventKind::Expired),
            _ => None,
        }
    }

    /// The metric's name in the cache.
    pub(crate) fn name(&self) -> Option<&'a CStr> {
        // SAFETY: NULL, or a string that lives as long as the event.
        unsafe { c_str(self.data().value_list_name) }
    }

    /// The values, of which an expired metric has none.
    pub(crate) fn values(&self) -> Option<NativeValues<'a>> {
        let list = self.data().value_list;
        // SAFETY: NULL, or a list that lives as long as the event.
        let type_ = unsafe { list.as_ref() }?.type_.as_ptr();
        // SAFETY: a NUL-terminated name; the tree of types does not change after the configuration.
        let set = unsafe { sys::plugin_get_ds(type_) };
        // SAFETY: an entry of that tree or NULL, and the event's list.
        unsafe { NativeValues::new(set, list) }
    }

    /// The metric alone.
    pub(crate) fn metric(&self) -> Option<MetricRef<'a>> {
        // SAFETY: NULL, or a list that lives as long as the event.
        unsafe { MetricRef::new(self.data().value_list) }
    }

    /// Asks for what happens to the new metric from now on.
    pub(crate) fn subscribe(&mut self) {
        // SAFETY: the caller of `new` promised that it is ours during the callback.
        unsafe { (*self.event).ret = 1 };
    }

    fn data(&self) -> &CacheEventData {
        // SAFETY: the caller of `new` promised a valid structure; it is not NULL.
        unsafe { &*self.event }
    }
}
