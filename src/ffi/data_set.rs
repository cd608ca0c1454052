//! What types.db says about a type.

use std::ffi::c_char;
use std::ptr::NonNull;
use std::slice;

use collectd_types::{Kind, NameRef};
use smallvec::SmallVec;

use super::sys;

/// The kinds of a type's data sources; nearly all types have few.
pub(crate) type Kinds = SmallVec<[Kind; 16]>;

/// A data set of the daemon's. It may be replaced only by plugins that register one anew, so it is not
/// kept beyond a call.
#[derive(Clone, Copy)]
pub(crate) struct DataSet<'a>(&'a sys::data_set_t);

impl DataSet<'_> {
    /// Looks a type up.
    pub(super) fn of_type(type_: &[c_char; 128]) -> Option<Self> {
        // SAFETY: a NUL-terminated name. After the daemon read its configuration the tree of types does
        // not change any more, so looking up from any thread is sound.
        let found = unsafe { sys::plugin_get_ds(type_.as_ptr()) };
        // SAFETY: NULL or an entry of that tree, see above.
        unsafe { found.as_ref() }.map(DataSet)
    }

    /// How many values a list of this type has.
    pub(crate) fn len(self) -> usize {
        self.sources().len()
    }

    /// The name and kind of a data source; no kind if the daemon has one that we do not know.
    pub(crate) fn source(&self, index: usize) -> Option<(NameRef<'_>, Option<Kind>)> {
        let source = self.sources().get(index)?;
        Some((NameRef::until_nul(bytes(&source.name)), kind(source)))
    }

    fn sources(&self) -> &[sys::data_source_t] {
        match NonNull::new(self.0.ds) {
            // SAFETY: the daemon keeps `ds_num` data sources there as long as the data set exists.
            Some(start) => unsafe { slice::from_raw_parts(start.as_ptr(), self.0.ds_num) },
            None => &[],
        }
    }
}

/// The kinds of a data set that the daemon passed to a callback; `None` if there is none, or one that we
/// do not know.
///
/// # Safety
///
/// `set` is NULL or a data set of the daemon's that is valid during this call.
pub(crate) unsafe fn kinds(set: *const sys::data_set_t) -> Option<Kinds> {
    // SAFETY: what the caller promises.
    let set = DataSet(unsafe { set.as_ref() }?);
    set.sources().iter().map(kind).collect()
}

fn kind(source: &sys::data_source_t) -> Option<Kind> {
    Kind::from_code(u8::try_from(source.type_).ok()?)
}

/// The characters of a name field as bytes.
pub(super) fn bytes(field: &[c_char; 128]) -> &[u8; 128] {
    let start: *const [c_char; 128] = field;
    // SAFETY: `c_char` is `i8` or `u8`, of the same size and without invalid values.
    unsafe { &*start.cast::<[u8; 128]>() }
}
