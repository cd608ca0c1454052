//! The daemon's meta data objects: ours to destroy when we made them, never to keep when it did.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{self, NonNull};

use collectd_types::{CMetaValue, Meta, MetaSource, MetaValueRef};

use super::memory::{CText, take_strings};
use super::sys;
use super::text::with_c_str;

/// A meta data object of ours.
pub(crate) struct OwnedMeta(NonNull<sys::meta_data_t>);

/// Why meta data cannot be handed to the daemon.
pub(crate) enum MetaError {
    /// An entry's name or text has a NUL byte.
    Nul { key: String },
    /// The daemon had no memory.
    OutOfMemory,
}

impl OwnedMeta {
    /// Makes an object with these entries.
    pub(crate) fn new(meta: &Meta) -> Result<Self, MetaError> {
        // SAFETY: no conditions; the result is ours to destroy.
        let object = unsafe { sys::meta_data_create() };
        let object = OwnedMeta(NonNull::new(object).ok_or(MetaError::OutOfMemory)?);
        for entry in meta.entries() {
            let status = match (entry.c_key(), entry.c_value()) {
                // SAFETY: the object is alive as long as it is ours.
                (Some(key), Some(value)) => unsafe { add(object.as_ptr(), key, value) },
                _ => return Err(MetaError::Nul { key: entry.key().to_owned() }),
            };
            if status != 0 {
                return Err(MetaError::OutOfMemory);
            }
        }
        Ok(object)
    }

    /// Takes over an object that the daemon made for us; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `object` is NULL or belongs to the caller.
    pub(super) unsafe fn take(object: *mut sys::meta_data_t) -> Option<Self> {
        NonNull::new(object).map(OwnedMeta)
    }

    /// A copy of all entries.
    pub(super) fn to_meta(&self) -> Meta {
        NativeMeta(self.0).to_meta()
    }

    /// The object for a structure that the daemon copies.
    pub(super) fn as_ptr(&self) -> *mut sys::meta_data_t {
        self.0.as_ptr()
    }

    /// Gives the object up, to a structure of the daemon's that will destroy it.
    pub(super) fn into_raw(self) -> *mut sys::meta_data_t {
        std::mem::ManuallyDrop::new(self).as_ptr()
    }
}

impl Drop for OwnedMeta {
    fn drop(&mut self) {
        // SAFETY: made by `meta_data_create`; the daemon keeps copies only.
        unsafe { sys::meta_data_destroy(self.as_ptr()) };
    }
}

/// A meta data object of the daemon's, during a callback. Not `Sync`: the daemon does not lock it against
/// its own changes.
pub(super) struct NativeMeta(NonNull<sys::meta_data_t>);

impl NativeMeta {
    /// Views the daemon's object; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `object` is NULL or outlives the view.
    #[inline]
    pub(super) unsafe fn new(object: *mut sys::meta_data_t) -> Option<Self> {
        NonNull::new(object).map(NativeMeta)
    }

    /// Adds an entry, or replaces it.
    pub(super) fn insert(&self, key: &str, value: MetaValueRef<'_>) -> Result<(), MetaError> {
        let add = |key: &CStr, value: CMetaValue<'_>| {
            // SAFETY: the object is alive as long as the view.
            unsafe { add(self.0.as_ptr(), key.to_bytes_with_nul(), value) }
        };
        let add = |key: &CStr| match value {
            MetaValueRef::String(text) => {
                with_c_str(text, |text| add(key, CMetaValue::String(text.to_bytes_with_nul())))
            }
            MetaValueRef::Signed(number) => Some(add(key, CMetaValue::Signed(number))),
            MetaValueRef::Unsigned(number) => Some(add(key, CMetaValue::Unsigned(number))),
            MetaValueRef::Double(number) => Some(add(key, CMetaValue::Double(number))),
            MetaValueRef::Boolean(value) => Some(add(key, CMetaValue::Boolean(value))),
            // It may grow; the daemon's kinds do not.
            _ => Some(-1),
        };
        match with_c_str(key, add).flatten() {
            Some(0) => Ok(()),
            Some(_) => Err(MetaError::OutOfMemory),
            None => Err(MetaError::Nul { key: key.to_owned() }),
        }
    }

    /// Removes an entry; whether it was there.
    pub(super) fn remove(&self, key: &CStr) -> bool {
        // SAFETY: a live object and a NUL-terminated key.
        unsafe { sys::meta_data_delete(self.0.as_ptr(), key.as_ptr()) == 0 }
    }

    /// Shows the value of an entry, if there is one.
    fn read(&self, key: &CStr, see: &mut dyn FnMut(MetaValueRef<'_>)) {
        let (object, name) = (self.0.as_ptr(), key.as_ptr());
        // SAFETY: a live object and a NUL-terminated key.
        let kind = unsafe { sys::meta_data_type(object, name) };
        let value = match kind {
            sys::MD_TYPE_STRING => return self.read_string(key, see),
            sys::MD_TYPE_SIGNED_INT => {
                // SAFETY: a live object, a NUL-terminated key; the number goes into our own variable.
                number(|to| unsafe { sys::meta_data_get_signed_int(object, name, to) }).map(MetaValueRef::Signed)
            }
            sys::MD_TYPE_UNSIGNED_INT => {
                // SAFETY: as above.
                number(|to| unsafe { sys::meta_data_get_unsigned_int(object, name, to) }).map(MetaValueRef::Unsigned)
            }
            sys::MD_TYPE_DOUBLE => {
                // SAFETY: as above.
                number(|to| unsafe { sys::meta_data_get_double(object, name, to) }).map(MetaValueRef::Double)
            }
            sys::MD_TYPE_BOOLEAN => {
                // SAFETY: as above.
                number(|to| unsafe { sys::meta_data_get_boolean(object, name, to) }).map(MetaValueRef::Boolean)
            }
            _ => None,
        };
        if let Some(value) = value {
            see(value);
        }
    }

    fn keys(&self) -> Vec<CText> {
        let mut list: *mut *mut c_char = ptr::null_mut();
        // SAFETY: a live object; the daemon leaves the list NULL when there are no entries.
        let count = unsafe { sys::meta_data_toc(self.0.as_ptr(), &raw mut list) };
        // SAFETY: NULL or ours, with that many names.
        unsafe { take_strings(list, count) }
    }

    fn read_string(&self, key: &CStr, see: &mut dyn FnMut(MetaValueRef<'_>)) {
        let mut text: *mut c_char = ptr::null_mut();
        // SAFETY: a live object and a NUL-terminated key; the pointer goes into our own variable.
        let status = unsafe { sys::meta_data_get_string(self.0.as_ptr(), key.as_ptr(), &raw mut text) };
        // SAFETY: still NULL, or a string from `malloc` that is ours.
        let text = unsafe { CText::take(text) };
        if let Some(text) = text.filter(|_| status == 0) {
            see(MetaValueRef::String(&text.to_string_lossy()));
        }
    }
}

impl MetaSource for NativeMeta {
    fn show(&self, key: &str, see: &mut dyn FnMut(MetaValueRef<'_>)) {
        with_c_str(key, |key| self.read(key, see));
    }

    fn to_meta(&self) -> Meta {
        let mut meta = Meta::new();
        for key in self.keys() {
            self.read(&key, &mut |value| meta.insert(key.to_string_lossy(), value));
        }
        meta
    }
}

/// Adds an entry to an object, or replaces it. Returns the daemon's status.
///
/// # Safety
///
/// The object is alive; the key, and the value if it is text, end with a NUL.
unsafe fn add(object: *mut sys::meta_data_t, key: &[u8], value: CMetaValue<'_>) -> c_int {
    let key = key.as_ptr().cast();
    match value {
        CMetaValue::String(text) => {
            // SAFETY: a live object and NUL-terminated strings, which the daemon copies.
            unsafe { sys::meta_data_add_string(object, key, text.as_ptr().cast()) }
        }
        CMetaValue::Signed(number) => {
            // SAFETY: a live object and a NUL-terminated key, which the daemon copies.
            unsafe { sys::meta_data_add_signed_int(object, key, number) }
        }
        CMetaValue::Unsigned(number) => {
            // SAFETY: as above.
            unsafe { sys::meta_data_add_unsigned_int(object, key, number) }
        }
        CMetaValue::Double(number) => {
            // SAFETY: as above.
            unsafe { sys::meta_data_add_double(object, key, number) }
        }
        CMetaValue::Boolean(value) => {
            // SAFETY: as above.
            unsafe { sys::meta_data_add_boolean(object, key, value) }
        }
        // It may grow; the daemon's kinds do not.
        _ => -1,
    }
}

fn number<T: Default>(read: impl FnOnce(*mut T) -> c_int) -> Option<T> {
    let mut number = T::default();
    (read(&raw mut number) == 0).then_some(number)
}
