//! Calls that go straight to callbacks of other plugins.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use collectd_types::{Field, FieldError, IdentifierRef, Interval, Problem, Values};

use super::cache::assert_not_locked;
use super::depth::Deeper;
use super::end::Inside;
use super::host::hostname;
use super::rate::cache_name;
use super::value_list::with_list;
use super::{name_field, sys};
use crate::DispatchError;

/// Passes a value list to one writer or to all, and returns what came of it. The daemon completes nothing
/// on this way, so it is done here.
pub(crate) fn write(values: &Values, writer: Option<&CStr>) -> Result<c_int, DispatchError> {
    // A writer may use the cache.
    assert_not_locked();
    let _deeper = Deeper::enter().ok_or(DispatchError::TooDeep)?;
    with_list(values, |list| {
        complete(list)?;
        let writer = writer.map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: NULL or a name, and a complete list, which the writers see only during the call. NULL for
        // the data set has the daemon look it up. Callable from any thread: the list of writers does not
        // change after init.
        Ok(unsafe { sys::plugin_write(writer, ptr::null(), list) })
    })
}

/// Asks plugins to write out what they hold back.
///
/// # Errors
///
/// If it is too late, or comes from flush callbacks that ask for this themselves.
pub(crate) fn flush(
    plugin: Option<&CStr>,
    older_than: Interval,
    identifier: Option<IdentifierRef<'_>>,
) -> Result<(), DispatchError> {
    // A flush callback may use the cache.
    assert_not_locked();
    let _inside = Inside::enter().ok_or(DispatchError::Stopped)?;
    let _deeper = Deeper::enter().ok_or(DispatchError::TooDeep)?;
    let identifier = identifier.map(cache_name);
    let identifier = identifier.as_ref().map_or(ptr::null(), |name| name.as_ptr());
    let plugin = plugin.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: NULL or NUL-terminated strings, which are used during the call only. Callable from any thread:
    // the list of flush callbacks does not change after init.
    let _always_zero = unsafe { sys::plugin_flush(plugin, older_than.to_raw(), identifier) };
    Ok(())
}

/// Sets what the author left out, as the daemon does when it dispatches.
fn complete(list: &mut sys::value_list_t) -> Result<(), DispatchError> {
    if list.host[0] == 0 {
        let own = hostname();
        if own.is_empty() {
            return Err(FieldError::new(Field::Host, Problem::Empty).into());
        }
        list.host = name_field(own.view());
    }
    if list.time == 0 {
        // SAFETY: no conditions.
        list.time = unsafe { sys::cdtime() };
    }
    if list.interval == 0 {
        // SAFETY: callable from any thread; it only reads the thread's context.
        list.interval = unsafe { sys::plugin_get_interval() };
    }
    for field in [&mut list.host, &mut list.plugin, &mut list.plugin_instance, &mut list.type_, &mut list.type_instance]
    {
        escape_slashes(field);
    }
    Ok(())
}

/// Takes slashes out of a name as the daemon does: writers make paths of names.
fn escape_slashes(name: &mut [c_char; 128]) {
    const SLASH: c_char = b'/' as c_char;
    if name[0] == SLASH {
        match name[1] {
            0 => return name[..4].copy_from_slice(&b"root".map(|byte| c_char::from_ne_bytes([byte]))),
            _ => name.copy_within(1.., 0),
        }
    }
    for byte in name.iter_mut().filter(|byte| **byte == SLASH) {
        *byte = b'_' as c_char;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use collectd_types::NameRef;

    #[test]
    fn slashes_are_those_of_a_dispatched_list() {
        let long = format!("/{}", "x".repeat(126));
        for (name, expected) in
            [("", ""), ("/", "root"), ("/a/b/", "a_b_"), ("//", "_"), ("a", "a"), (long.as_str(), &long[1..])]
        {
            let mut field = name_field(NameRef::new(name.as_bytes()).unwrap());
            escape_slashes(&mut field);
            let bytes = field.map(|byte| byte.to_ne_bytes()[0]);
            assert_eq!(NameRef::until_nul(&bytes), expected, "{name:?}");
            assert_eq!(bytes[127], 0);
        }
    }
}
