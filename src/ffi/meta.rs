//! The daemon's meta data objects: ours to destroy when we made them, never to keep when it did.

use std::ffi::{CStr, CString, NulError, c_char, c_int};
use std::ptr::{self, NonNull};

use collectd_types::{Meta, MetaSource, MetaValue};
use smallvec::SmallVec;

use super::memory::CArray;
use super::sys;

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
        for (key, value) in meta.iter() {
            // SAFETY: the object is alive as long as it is ours.
            unsafe { insert(object.as_ptr(), key, value) }?;
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
    pub(super) unsafe fn new(object: *mut sys::meta_data_t) -> Option<Self> {
        NonNull::new(object).map(NativeMeta)
    }

    /// Adds an entry, or replaces it.
    pub(super) fn insert(&self, key: &str, value: &MetaValue) -> Result<(), MetaError> {
        // SAFETY: the object is alive as long as the view.
        unsafe { insert(self.0.as_ptr(), key, value) }
    }

    /// Removes an entry; whether it was there.
    pub(super) fn remove(&self, key: &CStr) -> bool {
        // SAFETY: a live object and a NUL-terminated key.
        unsafe { sys::meta_data_delete(self.0.as_ptr(), key.as_ptr()) == 0 }
    }

    fn read(&self, key: &CStr) -> Option<MetaValue> {
        let (object, name) = (self.0.as_ptr(), key.as_ptr());
        // SAFETY: a live object and a NUL-terminated key.
        let kind = unsafe { sys::meta_data_type(object, name) };
        match kind {
            sys::MD_TYPE_STRING => self.read_string(key),
            sys::MD_TYPE_SIGNED_INT => {
                // SAFETY: a live object, a NUL-terminated key; the number goes into our own variable.
                number(|to| unsafe { sys::meta_data_get_signed_int(object, name, to) }).map(MetaValue::Signed)
            }
            sys::MD_TYPE_UNSIGNED_INT => {
                // SAFETY: as above.
                number(|to| unsafe { sys::meta_data_get_unsigned_int(object, name, to) }).map(MetaValue::Unsigned)
            }
            sys::MD_TYPE_DOUBLE => {
                // SAFETY: as above.
                number(|to| unsafe { sys::meta_data_get_double(object, name, to) }).map(MetaValue::Double)
            }
            sys::MD_TYPE_BOOLEAN => {
                // SAFETY: as above.
                number(|to| unsafe { sys::meta_data_get_boolean(object, name, to) }).map(MetaValue::Boolean)
            }
            _ => None,
        }
    }

    fn keys(&self) -> Vec<CString> {
        let mut list: *mut *mut c_char = ptr::null_mut();
        // SAFETY: a live object; the daemon leaves the list NULL when there are no entries.
        let count = unsafe { sys::meta_data_toc(self.0.as_ptr(), &raw mut list) };
        // SAFETY: NULL or ours, with that many names.
        unsafe { take_strings(list, count) }
    }

    fn read_string(&self, key: &CStr) -> Option<MetaValue> {
        let mut text: *mut c_char = ptr::null_mut();
        // SAFETY: a live object and a NUL-terminated key; the pointer goes into our own variable.
        let status = unsafe { sys::meta_data_get_string(self.0.as_ptr(), key.as_ptr(), &raw mut text) };
        // SAFETY: still NULL, or a string from `malloc` that is ours.
        let text = unsafe { take_string(text) }?;
        (status == 0).then(|| MetaValue::String(text.to_string_lossy().into_owned()))
    }
}

impl MetaSource for NativeMeta {
    fn value(&self, key: &str) -> Option<MetaValue> {
        // On the stack: writers ask this for every value list.
        let mut key: SmallVec<[u8; 64]> = SmallVec::from_slice(key.as_bytes());
        key.push(0);
        self.read(CStr::from_bytes_with_nul(&key).ok()?)
    }

    fn to_meta(&self) -> Meta {
        let mut meta = Meta::new();
        for key in self.keys() {
            if let Some(value) = self.read(&key) {
                meta.insert(key.to_string_lossy(), value);
            }
        }
        meta
    }
}

/// Adds an entry to an object, or replaces it.
///
/// # Safety
///
/// The object is alive.
unsafe fn insert(object: *mut sys::meta_data_t, key: &str, value: &MetaValue) -> Result<(), MetaError> {
    // SAFETY: what the caller promises.
    let status = unsafe { add(object, key, value) };
    match status.map_err(|_: NulError| MetaError::Nul { key: key.to_owned() })? {
        0 => Ok(()),
        _ => Err(MetaError::OutOfMemory),
    }
}

/// # Safety
///
/// The object is alive.
unsafe fn add(object: *mut sys::meta_data_t, key: &str, value: &MetaValue) -> Result<c_int, NulError> {
    let key = CString::new(key)?;
    Ok(match value {
        MetaValue::String(text) => {
            let text = CString::new(text.as_str())?;
            // SAFETY: a live object and NUL-terminated strings, which the daemon copies.
            unsafe { sys::meta_data_add_string(object, key.as_ptr(), text.as_ptr()) }
        }
        &MetaValue::Signed(number) => {
            // SAFETY: a live object and a NUL-terminated key, which the daemon copies.
            unsafe { sys::meta_data_add_signed_int(object, key.as_ptr(), number) }
        }
        &MetaValue::Unsigned(number) => {
            // SAFETY: as above.
            unsafe { sys::meta_data_add_unsigned_int(object, key.as_ptr(), number) }
        }
        &MetaValue::Double(number) => {
            // SAFETY: as above.
            unsafe { sys::meta_data_add_double(object, key.as_ptr(), number) }
        }
        &MetaValue::Boolean(value) => {
            // SAFETY: as above.
            unsafe { sys::meta_data_add_boolean(object, key.as_ptr(), value) }
        }
        // `MetaValue` may grow; the daemon's kinds do not.
        _ => -1,
    })
}

fn number<T: Default>(read: impl FnOnce(*mut T) -> c_int) -> Option<T> {
    let mut number = T::default();
    (read(&raw mut number) == 0).then_some(number)
}

/// Takes over a string that the daemon made for us; `None` for NULL.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string from `malloc` that belongs to the caller.
pub(super) unsafe fn take_string(text: *mut c_char) -> Option<CString> {
    // SAFETY: what the caller promises.
    let copy = unsafe { super::c_str(text) }.map(CStr::to_owned);
    // SAFETY: the string is ours; `free` takes NULL too.
    unsafe { libc::free(text.cast()) };
    copy
}

/// Takes over a list of strings that the daemon made for us; an empty one for NULL.
///
/// # Safety
///
/// `list` is NULL or an array from `malloc` with that many strings, each from `malloc` too, all of which belong to the
/// caller.
pub(super) unsafe fn take_strings(list: *mut *mut c_char, count: c_int) -> Vec<CString> {
    // SAFETY: what the caller promises.
    let list = unsafe { CArray::take(list, usize::try_from(count).unwrap_or(0)) };
    let strings = list.iter().flat_map(|list| list.iter());
    // SAFETY: what the caller promises.
    strings.filter_map(|&string| unsafe { take_string(string) }).collect()
}
