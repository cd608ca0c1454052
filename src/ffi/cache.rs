//! The daemon's value cache. Its one lock is not recursive, and an iterator holds it.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem;
use std::ptr::{self, NonNull};

use collectd_types::{IdentifierRef, NameRef, Time, Value};

use super::dynamic::lookup;
use super::host::has_hostname;
use super::memory::{CArray, CText};
use super::rate::cache_name;
use super::{data_set, name_field, sys};

thread_local! {
    /// Set while this thread iterates, and so holds the lock.
    pub(super) static LOCKED: Cell<bool> = const { Cell::new(false) };
}

/// Panics where the daemon would hang: this thread holds the cache's lock already.
#[track_caller]
pub(crate) fn assert_not_locked() {
    let locked = LOCKED.try_with(Cell::get).unwrap_or(false);
    assert!(!locked, "the value cache is used in a loop over its entries");
}

/// Panics where the daemon would hang, or crash because it has no cache yet.
#[track_caller]
pub(super) fn assert_usable() {
    assert_not_locked();
    assert!(has_hostname(), "the value cache is used while the daemon reads its configuration");
}

/// The last values of a metric, of the kinds of its type.
pub(crate) fn values(identifier: IdentifierRef<'_>) -> Option<Vec<Value>> {
    assert_usable();
    let function = lookup(c"uc_get_value_by_name")?;
    // SAFETY: the signature of every release that has the function.
    let function: unsafe extern "C" fn(*const c_char, *mut *mut sys::value_t, *mut usize) -> c_int =
        unsafe { mem::transmute(function) };
    let name = cache_name(identifier);
    let (mut values, mut count) = (ptr::null_mut(), 0);
    // SAFETY: a NUL-terminated name and two variables of ours; the cache has a lock of its own.
    let status = unsafe { function(name.as_ptr(), &raw mut values, &raw mut count) };
    // SAFETY: NULL or an array from `malloc` of that many unions of 64 bits, which is the caller's.
    let bits = unsafe { CArray::take(values.cast::<u64>(), count) };
    with_kinds(identifier.type_(), &bits.filter(|_| status == 0)?)
}

/// The values with these bits, if their number is that of the type.
pub(super) fn with_kinds(type_: NameRef<'_>, bits: &[u64]) -> Option<Vec<Value>> {
    let set = data_set::find(type_).filter(|set| set.sources().len() == bits.len())?;
    Some(set.sources().iter().zip(bits).map(|(source, &bits)| Value::from_bits(source.kind, bits)).collect())
}

/// How many metrics there are, those that are missing included.
pub(crate) fn len() -> usize {
    assert_usable();
    // SAFETY: no conditions; the cache has a lock of its own.
    unsafe { sys::uc_get_size() }
}

/// The names of all metrics, with the times of their last values.
pub(crate) fn names() -> Vec<(String, Time)> {
    assert_usable();
    let (mut names, mut times, mut count) = (ptr::null_mut(), ptr::null_mut(), 0);
    // SAFETY: three variables of ours, which the daemon does not touch when the cache is empty.
    unsafe { sys::uc_get_names(&raw mut names, &raw mut times, &raw mut count) };
    // SAFETY: still NULL, or an array from `malloc` with that many names, which is ours.
    let names: Option<CArray<*mut c_char>> = unsafe { CArray::take(names, count) };
    // SAFETY: the same with times.
    let times: Option<CArray<sys::cdtime_t>> = unsafe { CArray::take(times, count) };
    let (Some(names), Some(times)) = (names, times) else { return Vec::new() };
    let pairs = names.iter().zip(times.iter());
    pairs
        .filter_map(|(&name, &time)| {
            // SAFETY: each is a string from `malloc` of its own, which is ours.
            let name = unsafe { CText::take(name) }?;
            Some((name.to_string_lossy().into_owned(), Time::from_raw(time)))
        })
        .collect()
}

/// The rates of the last steps, newest first, one after the other; `width` of them for each step.
pub(crate) fn history(identifier: IdentifierRef<'_>, steps: usize, width: usize) -> Option<Vec<f64>> {
    assert_usable();
    let function = lookup(c"uc_get_history_by_name")?;
    // SAFETY: the signature of every release.
    let function: unsafe extern "C" fn(*const c_char, *mut f64, usize, usize) -> c_int =
        unsafe { mem::transmute(function) };
    let mut rates = vec![f64::NAN; steps.checked_mul(width)?];
    if rates.is_empty() {
        return Some(rates);
    }
    let name = cache_name(identifier);
    // SAFETY: a NUL-terminated name and room for `steps` times `width` numbers; the daemon refuses another width.
    let status = unsafe { function(name.as_ptr(), rates.as_mut_ptr(), steps, width) };
    (status == 0).then_some(rates)
}

pub(crate) fn state(identifier: IdentifierRef<'_>) -> Option<c_int> {
    get(c"uc_get_state", identifier)
}

pub(crate) fn set_state(identifier: IdentifierRef<'_>, state: c_int) -> Option<c_int> {
    set(c"uc_set_state", identifier, state)
}

pub(crate) fn hits(identifier: IdentifierRef<'_>) -> Option<c_int> {
    get(c"uc_get_hits", identifier)
}

pub(crate) fn set_hits(identifier: IdentifierRef<'_>, hits: c_int) -> Option<c_int> {
    set(c"uc_set_hits", identifier, hits)
}

pub(crate) fn inc_hits(identifier: IdentifierRef<'_>, step: c_int) -> Option<c_int> {
    set(c"uc_inc_hits", identifier, step)
}

/// A value list that has a name only.
pub(super) fn named(identifier: IdentifierRef<'_>) -> sys::value_list_t {
    let [host, plugin, plugin_instance, type_, type_instance] = identifier.names().map(name_field);
    let (values, meta) = (ptr::null_mut(), ptr::null_mut());
    sys::value_list_t {
        values,
        values_len: 0,
        time: 0,
        interval: 0,
        host,
        plugin,
        plugin_instance,
        type_,
        type_instance,
        meta,
    }
}

fn get(function: &CStr, identifier: IdentifierRef<'_>) -> Option<c_int> {
    assert_usable();
    let function = with_data_set(function)?;
    // SAFETY: the signature of the releases that `with_data_set` lets through.
    let function: unsafe extern "C" fn(*const sys::data_set_t, *const sys::value_list_t) -> c_int =
        unsafe { mem::transmute(function) };
    let list = named(identifier);
    // SAFETY: the daemon uses only the names in the list; the cache has a lock of its own.
    Some(unsafe { function(ptr::null(), &raw const list) })
}

fn set(function: &CStr, identifier: IdentifierRef<'_>, number: c_int) -> Option<c_int> {
    assert_usable();
    let function = with_data_set(function)?;
    // SAFETY: the signature of the releases that `with_data_set` lets through.
    let function: unsafe extern "C" fn(*const sys::data_set_t, *const sys::value_list_t, c_int) -> c_int =
        unsafe { mem::transmute(function) };
    let list = named(identifier);
    // SAFETY: the daemon uses only the names in the list; the cache has a lock of its own.
    Some(unsafe { function(ptr::null(), &raw const list, number) })
}

/// A function of which the first parameter is a data set. The versions after 5.13 took it away under the same
/// name; they also lack `uc_get_history`.
fn with_data_set(function: &CStr) -> Option<NonNull<c_void>> {
    lookup(c"uc_get_history").and_then(|_| lookup(function))
}

/// Whether states are counted from `UNKNOWN`, as since 5.9.
pub(crate) fn has_unknown_state() -> bool {
    lookup(c"daemon_log").is_some()
}
