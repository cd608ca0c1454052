//! Filter chains: what a match or target owns, and the value list that a target may change.

use std::ffi::{CString, c_void};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;

use collectd_types::{Field, Interval, Kind, Meta, MetaValueRef, NameRef, SourceField, Time, ValuesRef};

use super::data_set::sources;
use super::handle::{Handle, free};
use super::meta::{MetaError, NativeMeta, OwnedMeta};
use super::value_list::view;
use super::{name_field, sys};

/// Hands a block of ours over to the daemon, which keeps it for one match or target of a chain.
///
/// # Safety
///
/// `slot` is what the daemon passed to a `create` function: NULL, or a place for a pointer.
pub(crate) unsafe fn store<H: Handle>(slot: *mut *mut c_void, handle: H) -> bool {
    // SAFETY: what the caller promises.
    let Some(slot) = (unsafe { slot.as_mut() }) else { return false };
    *slot = Box::into_raw(Box::new(handle)).cast();
    true
}

/// The block that [`store`] left there.
///
/// # Safety
///
/// `slot` is what the daemon passed to a function of a match or target that was created with `store::<H>`,
/// and the reference is not used after that function has returned.
pub(crate) unsafe fn stored<'a, H: Handle>(slot: *mut *mut c_void) -> Option<&'a H> {
    // SAFETY: several threads are here at the same time, and none changes the pointer.
    let data = unsafe { slot.as_ref() }?.cast::<H>();
    // SAFETY: NULL, or from `store::<H>`; the daemon destroys it only after the last call.
    unsafe { data.as_ref() }
}

/// Drops the block that [`store`] left there. The daemon calls `destroy` also when `create` has failed; there is
/// none then.
///
/// # Safety
///
/// `slot` is what the daemon passed to the `destroy` function of a match or target of type `H`.
pub(crate) unsafe fn destroy<H: Handle>(slot: *mut *mut c_void) {
    // SAFETY: what the caller promises; the daemon destroys while nobody calls.
    let Some(slot) = (unsafe { slot.as_mut() }) else { return };
    let data = std::mem::replace(slot, std::ptr::null_mut());
    let Some(data) = NonNull::new(data.cast::<H>()) else { return };
    // SAFETY: made by `Box::into_raw` in `store`; the pointer was taken out, so it is freed once.
    free(unsafe { Box::from_raw(data.as_ptr()) });
}

/// The value list that the daemon passed to a target: its own private copy, to be changed in place.
pub(crate) struct NativeValuesMut<'a> {
    list: &'a mut sys::value_list_t,
    sources: &'a [SourceField],
    meta: Option<NativeMeta>,
    /// The structure is the daemon's: not for another thread.
    _not_send: PhantomData<*const ()>,
}

impl NativeValuesMut<'_> {
    /// Takes what the daemon passed to a target; `None` if it is not whole.
    ///
    /// # Safety
    ///
    /// Both are NULL or structures of the daemon's that are valid while the result lives, and nobody else
    /// uses the list meanwhile.
    pub(crate) unsafe fn new(set: *const sys::data_set_t, list: *mut sys::value_list_t) -> Option<Self> {
        // SAFETY: what the caller promises.
        let sources = unsafe { sources(set) }?;
        // SAFETY: what the caller promises.
        let list = unsafe { list.as_mut() }?;
        // SAFETY: the object belongs to the list.
        let meta = unsafe { NativeMeta::new(list.meta) };
        Some(NativeValuesMut { list, sources, meta, _not_send: PhantomData })
    }

    pub(crate) fn view(&self) -> ValuesRef<'_> {
        view(self.list, self.sources, self.meta.as_ref())
    }

    /// The kind of a value that is there.
    pub(crate) fn kind(&self, index: usize) -> Option<Kind> {
        self.sources.get(index).filter(|_| index < self.list.values_len).map(SourceField::kind)
    }

    /// Sets a name that the daemon lets targets change: the type is not one, it chose the data set by it.
    pub(crate) fn set_name(&mut self, field: Field, name: NameRef<'_>) {
        let place = match field {
            Field::Host => &mut self.list.host,
            Field::Plugin => &mut self.list.plugin,
            Field::PluginInstance => &mut self.list.plugin_instance,
            Field::TypeInstance => &mut self.list.type_instance,
            _ => return,
        };
        *place = name_field(name);
    }

    pub(crate) fn set_time(&mut self, time: Time) {
        self.list.time = time.to_raw();
    }

    pub(crate) fn set_interval(&mut self, interval: Interval) {
        self.list.interval = interval.to_raw();
    }

    /// Sets a value; nothing happens beyond their end.
    pub(crate) fn set_bits(&mut self, index: usize, bits: u64) {
        let Some(start) = NonNull::new(self.list.values) else { return };
        // SAFETY: the daemon keeps `values_len` unions there, each 64 bits without invalid values; they are
        // ours during the call, as the list is.
        let values = unsafe { slice::from_raw_parts_mut(start.as_ptr().cast::<u64>(), self.list.values_len) };
        if let Some(value) = values.get_mut(index) {
            *value = bits;
        }
    }

    /// Adds an entry of meta data, or replaces it.
    pub(crate) fn insert_meta(&mut self, key: &str, value: MetaValueRef<'_>) -> Result<(), MetaError> {
        if let Some(meta) = &self.meta {
            return meta.insert(key, value);
        }
        let mut first = Meta::new();
        first.insert(key, value);
        // From here on the daemon's, which destroys it with the list.
        self.list.meta = OwnedMeta::new(&first)?.into_raw();
        // SAFETY: the object belongs to the list now.
        self.meta = unsafe { NativeMeta::new(self.list.meta) };
        Ok(())
    }

    /// Removes an entry of meta data; whether it was there.
    pub(crate) fn remove_meta(&mut self, key: &str) -> bool {
        let (Some(meta), Ok(key)) = (&self.meta, CString::new(key)) else { return false };
        meta.remove(&key)
    }
}
