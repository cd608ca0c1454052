//! Memory that the daemon allocated for us with `malloc`.

use std::ffi::{CStr, c_char, c_int};
use std::ops::Deref;
use std::ptr::NonNull;
use std::slice;

/// An array that the daemon handed over; goes back through `free`.
pub(crate) struct CArray<T: Copy> {
    start: NonNull<T>,
    len: usize,
}

impl<T: Copy> CArray<T> {
    /// Takes an array over; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `start` is NULL or came from `malloc`, belongs to the caller, and holds `len` initialised elements.
    pub(crate) unsafe fn take(start: *mut T, len: usize) -> Option<Self> {
        Some(CArray { start: NonNull::new(start)?, len })
    }
}

impl<T: Copy> Deref for CArray<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `take` demands that many initialised elements; nobody else has the array.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T: Copy> Drop for CArray<T> {
    fn drop(&mut self) {
        // SAFETY: `take` demands memory from `malloc` that is ours.
        unsafe { libc::free(self.start.as_ptr().cast()) };
    }
}

// SAFETY: an array of plain values that nobody else refers to, like a `Vec`.
unsafe impl<T: Copy + Send> Send for CArray<T> {}
// SAFETY: as for `Send`; it is read only.
unsafe impl<T: Copy + Sync> Sync for CArray<T> {}

/// A string that the daemon handed over; goes back through `free`.
pub(crate) struct CText(NonNull<c_char>);

impl CText {
    /// Takes a string over; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `text` is NULL or a NUL-terminated string from `malloc` that belongs to the caller.
    pub(crate) unsafe fn take(text: *mut c_char) -> Option<Self> {
        NonNull::new(text).map(CText)
    }
}

impl Deref for CText {
    type Target = CStr;

    fn deref(&self) -> &CStr {
        // SAFETY: `take` demands a NUL-terminated string; nobody else has it.
        unsafe { CStr::from_ptr(self.0.as_ptr()) }
    }
}

impl Drop for CText {
    fn drop(&mut self) {
        // SAFETY: `take` demands memory from `malloc` that is ours.
        unsafe { libc::free(self.0.as_ptr().cast()) };
    }
}

/// Takes over a list of strings that the daemon made for us; an empty one for NULL.
///
/// # Safety
///
/// `list` is NULL or an array from `malloc` with that many strings, each from `malloc` too, all of which belong to the
/// caller.
pub(super) unsafe fn take_strings(list: *mut *mut c_char, count: c_int) -> Vec<CText> {
    // SAFETY: what the caller promises.
    let list = unsafe { CArray::take(list, usize::try_from(count).unwrap_or(0)) };
    let strings = list.iter().flat_map(|list| list.iter());
    // SAFETY: what the caller promises.
    strings.filter_map(|&string| unsafe { CText::take(string) }).collect()
}
