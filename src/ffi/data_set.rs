//! What types.db says about a type.

use std::ffi::{c_char, c_int};
use std::mem::offset_of;
use std::ptr::NonNull;
use std::slice;

use collectd_types::{self as types, DataSource, Kind, NameRef, SourceField};

use super::end::Inside;
use super::{bytes, name_field, sys};

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

/// A copy of what the daemon knows about a type; `None` too if it has kinds that we do not know.
pub(crate) fn find(type_: NameRef<'_>) -> Option<types::DataSet> {
    let _inside = Inside::enter()?;
    let type_field = name_field(type_);
    let found = DataSet::of_type(&type_field)?;
    let sources: Option<Vec<_>> = found.sources().iter().map(source).collect();
    types::DataSet::from_sources(type_.to_name(), sources?)
}

fn source(source: &sys::data_source_t) -> Option<DataSource> {
    let mut copy = DataSource::new(NameRef::until_nul(bytes(&source.name)).to_name(), kind(source)?);
    // The daemon has NaN for no limit, and so has `from_sources`.
    (copy.min, copy.max) = (Some(source.min), Some(source.max));
    Some(copy)
}

/// Makes a type known to the daemon, or replaces it there. Returns the daemon's status.
///
/// # Safety
///
/// There is only one thread, as in the configuration phase: nobody looks a type up.
pub(crate) unsafe fn register(set: &types::DataSet) -> c_int {
    let mut sources: Vec<_> = set
        .sources()
        .iter()
        .map(|source| sys::data_source_t {
            name: name_field(source.name.view()),
            type_: source.kind.code().into(),
            min: source.min.unwrap_or(f64::NAN),
            max: source.max.unwrap_or(f64::NAN),
        })
        .collect();
    let set =
        sys::data_set_t { type_: name_field(set.type_().view()), ds_num: sources.len(), ds: sources.as_mut_ptr() };
    // SAFETY: a complete data set, which the daemon copies; the caller sees to it that nobody reads the old one.
    unsafe { sys::plugin_register_data_set(&raw const set) }
}

/// The data sources of a data set that the daemon passed to a callback; `None` if there is none.
///
/// # Safety
///
/// `set` is NULL or a data set of the daemon's that is valid, and does not change, during `'a`.
#[inline]
pub(crate) unsafe fn sources<'a>(set: *const sys::data_set_t) -> Option<&'a [SourceField]> {
    const { assert!(size_of::<SourceField>() == size_of::<sys::data_source_t>()) };
    const { assert!(offset_of!(SourceField, kind) == offset_of!(sys::data_source_t, type_)) };
    // SAFETY: what the caller promises.
    let set = unsafe { set.as_ref() }?;
    let Some(start) = NonNull::new(set.ds) else { return Some(&[]) };
    // SAFETY: the daemon keeps `ds_num` data sources there as long as the data set exists; their layout is this one,
    // and none of its fields has invalid values.
    Some(unsafe { slice::from_raw_parts(start.as_ptr().cast::<SourceField>(), set.ds_num) })
}

fn kind(source: &sys::data_source_t) -> Option<Kind> {
    Kind::from_code(u8::try_from(source.type_).ok()?)
}
