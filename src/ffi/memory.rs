//! Memory that the daemon allocated for us with `malloc`.

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
