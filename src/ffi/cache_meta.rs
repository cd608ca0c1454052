//! Meta data of the metrics in the value cache.

use std::ffi::{CStr, c_char, c_int};
use std::mem;
use std::ptr;

use collectd_types::IdentifierRef;

use super::cache::{assert_usable, named};
use super::dynamic::lookup;
use super::memory::{CText, take_strings};
use super::sys;
use super::text::with_c_str;

/// What can be stored with a metric in the cache: `String`, `i64`, `u64`, `f64` and `bool`.
pub trait MetaItem: Sized + sealed::Sealed {
    #[doc(hidden)]
    fn read(identifier: IdentifierRef<'_>, key: &CStr) -> Option<Self>;
    #[doc(hidden)]
    fn store(&self, identifier: IdentifierRef<'_>, key: &CStr) -> bool;
}

mod sealed {
    pub trait Sealed {}
}

/// Removes an entry; whether it was there.
pub(crate) fn remove(identifier: IdentifierRef<'_>, key: &CStr) -> bool {
    assert_usable();
    let list = named(identifier);
    // SAFETY: a list of which only the names are used, and a NUL-terminated key.
    unsafe { sys::uc_meta_data_delete(&raw const list, key.as_ptr()) == 0 }
}

/// Whether there is an entry.
pub(crate) fn exists(identifier: IdentifierRef<'_>, key: &CStr) -> bool {
    assert_usable();
    let list = named(identifier);
    // SAFETY: a list of which only the names are used, and a NUL-terminated key.
    unsafe { sys::uc_meta_data_exists(&raw const list, key.as_ptr()) > 0 }
}

/// The names of all entries, if the daemon has the function for it and knows the metric.
pub(crate) fn keys(identifier: IdentifierRef<'_>) -> Option<Vec<CText>> {
    assert_usable();
    let function = lookup(c"uc_meta_data_toc")?;
    // SAFETY: the signature of every release that has the function.
    let function: unsafe extern "C" fn(List, *mut *mut *mut c_char) -> c_int = unsafe { mem::transmute(function) };
    let (list, mut keys) = (named(identifier), ptr::null_mut());
    // SAFETY: a list of which only the names are used, and a variable of ours, which stays NULL without entries.
    let count = unsafe { function(&raw const list, &raw mut keys) };
    // SAFETY: NULL or ours, with that many names.
    let keys = unsafe { take_strings(keys, count) };
    (count >= 0).then_some(keys)
}

type List = *const sys::value_list_t;

fn read<T: Default>(
    identifier: IdentifierRef<'_>,
    key: &CStr,
    function: unsafe extern "C" fn(List, *const c_char, *mut T) -> c_int,
) -> Option<T> {
    assert_usable();
    let (list, mut value) = (named(identifier), T::default());
    // SAFETY: one of the daemon's functions that read meta data: it uses only the names of the list, a
    // NUL-terminated key and a variable of ours.
    let status = unsafe { function(&raw const list, key.as_ptr(), &raw mut value) };
    (status == 0).then_some(value)
}

fn store<T>(
    identifier: IdentifierRef<'_>,
    key: &CStr,
    function: unsafe extern "C" fn(List, *const c_char, T) -> c_int,
    value: T,
) -> bool {
    assert_usable();
    let list = named(identifier);
    // SAFETY: one of the daemon's functions that store meta data: it uses only the names of the list, and
    // copies a NUL-terminated key and the value.
    unsafe { function(&raw const list, key.as_ptr(), value) == 0 }
}

macro_rules! meta_items {
    ($($item:ty => $read:ident, $store:ident);* $(;)?) => {$(
        impl sealed::Sealed for $item {}

        impl MetaItem for $item {
            fn read(identifier: IdentifierRef<'_>, key: &CStr) -> Option<Self> {
                read(identifier, key, sys::$read)
            }

            fn store(&self, identifier: IdentifierRef<'_>, key: &CStr) -> bool {
                store(identifier, key, sys::$store, *self)
            }
        }
    )*};
}

meta_items! {
    i64 => uc_meta_data_get_signed_int, uc_meta_data_add_signed_int;
    u64 => uc_meta_data_get_unsigned_int, uc_meta_data_add_unsigned_int;
    f64 => uc_meta_data_get_double, uc_meta_data_add_double;
    bool => uc_meta_data_get_boolean, uc_meta_data_add_boolean;
}

impl sealed::Sealed for String {}

impl MetaItem for String {
    fn read(identifier: IdentifierRef<'_>, key: &CStr) -> Option<Self> {
        assert_usable();
        let (list, mut text) = (named(identifier), ptr::null_mut());
        // SAFETY: a list of which only the names are used, a NUL-terminated key and a variable of ours.
        let status = unsafe { sys::uc_meta_data_get_string(&raw const list, key.as_ptr(), &raw mut text) };
        // SAFETY: still NULL, or a string from `malloc` that is ours.
        let text = unsafe { CText::take(text) }?;
        (status == 0).then(|| text.to_string_lossy().into_owned())
    }

    fn store(&self, identifier: IdentifierRef<'_>, key: &CStr) -> bool {
        with_c_str(self, |text| store(identifier, key, sys::uc_meta_data_add_string, text.as_ptr())).unwrap_or(false)
    }
}
