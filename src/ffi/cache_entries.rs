//! A walk through the value cache, which holds its lock.

use std::borrow::Cow;
use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};

use collectd_types::{Interval, Meta, NameRef, Time, Value};

use super::cache::{LOCKED, assert_usable, with_kinds};
use super::dynamic::lookup;
use super::memory::CArray;
use super::meta::OwnedMeta;
use super::{c_str, sys};

/// The entries of the cache, one after the other. The cache is locked for all threads, the daemon's write
/// threads included, until this is dropped.
pub struct Entries<'c> {
    iterator: NonNull<sys::uc_iter_t>,
    _cache: PhantomData<&'c mut ()>,
    /// The lock belongs to the thread.
    _not_send: PhantomData<*const ()>,
}

impl Entries<'_> {
    /// `None` if the daemon has no memory.
    pub(crate) fn new() -> Option<Self> {
        assert_usable();
        // SAFETY: this thread does not hold the lock, which was checked.
        let iterator = NonNull::new(unsafe { sys::uc_get_iterator() })?;
        LOCKED.set(true);
        Some(Entries { iterator, _cache: PhantomData, _not_send: PhantomData })
    }

    /// The next entry; `None` after the last one. Metrics that are missing are left out.
    #[expect(clippy::should_implement_trait, reason = "an entry is valid until the next call only")]
    pub fn next(&mut self) -> Option<Entry<'_>> {
        let mut name = ptr::null_mut();
        // SAFETY: a live iterator and a variable of ours.
        let status = unsafe { sys::uc_iterator_next(self.iterator.as_ptr(), &raw mut name) };
        if status != 0 {
            return None;
        }
        // SAFETY: the cache's own key, whatever the header says; it lives as long as the lock is held.
        let name = unsafe { c_str(name) }?;
        Some(Entry { iterator: self.iterator, name })
    }
}

impl Drop for Entries<'_> {
    fn drop(&mut self) {
        // SAFETY: a live iterator, on the thread that made it; this gives the lock back.
        unsafe { sys::uc_iterator_destroy(self.iterator.as_ptr()) };
        let _gone = LOCKED.try_with(|locked| locked.set(false));
    }
}

/// A metric in the cache.
pub struct Entry<'e> {
    iterator: NonNull<sys::uc_iter_t>,
    name: &'e CStr,
}

impl<'e> Entry<'e> {
    /// Its name, `host/plugin[-instance]/type[-instance]`; what is not UTF-8 becomes U+FFFD.
    pub fn name(&self) -> Cow<'e, str> {
        self.name.to_string_lossy()
    }

    /// When it had its last values.
    pub fn time(&self) -> Time {
        let mut time = 0;
        // SAFETY: an iterator that stands on an entry, and a variable of ours.
        unsafe { sys::uc_iterator_get_time(self.iterator.as_ptr(), &raw mut time) };
        Time::from_raw(time)
    }

    /// How long until the next values are expected.
    pub fn interval(&self) -> Interval {
        let mut interval = 0;
        // SAFETY: an iterator that stands on an entry, and a variable of ours.
        unsafe { sys::uc_iterator_get_interval(self.iterator.as_ptr(), &raw mut interval) };
        Interval::from_raw(interval)
    }

    /// Its last values; `None` if they are not what types.db says of the type now.
    pub fn values(&self) -> Option<Vec<Value>> {
        let (mut values, mut count) = (ptr::null_mut(), 0);
        // SAFETY: an iterator that stands on an entry, and two variables of ours.
        let status = unsafe { sys::uc_iterator_get_values(self.iterator.as_ptr(), &raw mut values, &raw mut count) };
        // SAFETY: NULL or an array from `malloc` of that many unions of 64 bits, which is the caller's.
        let bits = unsafe { CArray::take(values.cast::<u64>(), count) };
        with_kinds(type_of(self.name.to_bytes())?, &bits.filter(|_| status == 0)?)
    }

    /// A copy of its meta data.
    pub fn meta(&self) -> Meta {
        self.owned_meta().map(|meta| meta.to_meta()).unwrap_or_default()
    }

    fn owned_meta(&self) -> Option<OwnedMeta> {
        let function = lookup(c"uc_iterator_get_meta")?;
        // SAFETY: the signature of every release that has the function.
        let function: unsafe extern "C" fn(*mut sys::uc_iter_t, *mut *mut sys::meta_data_t) -> c_int =
            unsafe { mem::transmute(function) };
        let mut meta = ptr::null_mut();
        // SAFETY: an iterator that stands on an entry, and a variable of ours.
        unsafe { function(self.iterator.as_ptr(), &raw mut meta) };
        // SAFETY: NULL or a copy, which is ours.
        unsafe { OwnedMeta::take(meta) }
    }
}

/// The type in the name of an entry.
fn type_of(name: &[u8]) -> Option<NameRef<'_>> {
    let type_ = name.splitn(3, |&byte| byte == b'/').nth(2)?;
    NameRef::new(type_.split(|&byte| byte == b'-').next()?).ok()
}
