//! Text on its way to the daemon and back.

use std::ffi::{CStr, c_char};

use collectd_types::NameRef;

/// The bytes of a C string of the daemon's; nothing for NULL.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string that outlives `'a`.
pub(crate) unsafe fn c_str<'a>(text: *const c_char) -> Option<&'a CStr> {
    if text.is_null() {
        return None;
    }
    // SAFETY: what the caller promises.
    Some(unsafe { CStr::from_ptr(text) })
}

/// A name as the daemon's structures hold it: NUL-terminated in 128 characters.
pub(crate) fn name_field(name: NameRef<'_>) -> [c_char; 128] {
    let mut field = [0; 128];
    // A name has at most 127 bytes, so a NUL always stays.
    for (place, &byte) in field.iter_mut().zip(name.as_bytes()) {
        *place = c_char::from_ne_bytes([byte]);
    }
    field
}
