//! Value lists as the daemon has them.

use std::borrow::Borrow;
use std::ffi::c_char;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;

use collectd_types::{
    CheckError, Data, Field, FieldError, IdentifierRef, Interval, Kind, MetaSource, NameRef, Problem, SourceField,
    Time, Values, ValuesRef,
};
use smallvec::SmallVec;

use super::context::value_list_defaults;
use super::data_set::{DataSet, sources};
use super::end::Inside;
use super::host::has_hostname;
use super::meta::{MetaError, NativeMeta, OwnedMeta};
use super::text::{bytes_mut, put_name};
use super::{bytes, known_types, name_fields, sys};
use crate::DispatchError;

/// A value list that the daemon passed to a callback.
pub(crate) struct NativeValues<'a> {
    list: &'a sys::value_list_t,
    sources: &'a [SourceField],
    meta: Option<NativeMeta>,
    /// The structure is the daemon's: not for another thread.
    _not_send: PhantomData<*const ()>,
}

impl<'a> NativeValues<'a> {
    /// Takes what the daemon passed to a write callback; `None` if it is not whole.
    ///
    /// # Safety
    ///
    /// Both are NULL or structures of the daemon's that are valid, and do not change, while the result
    /// lives.
    #[inline]
    pub(crate) unsafe fn new(set: *const sys::data_set_t, list: *const sys::value_list_t) -> Option<Self> {
        // SAFETY: what the caller promises.
        let list = unsafe { list.as_ref() }?;
        // SAFETY: what the caller promises.
        let sources = unsafe { sources(set) }?;
        // SAFETY: the object belongs to the list.
        let meta = unsafe { NativeMeta::new(list.meta) };
        Some(NativeValues { list, sources, meta, _not_send: PhantomData })
    }

    /// The view for the author. Names, kinds and meta data are read when they are asked for.
    #[inline]
    pub(crate) fn view(&self) -> ValuesRef<'_> {
        view(self.list, self.sources, self.meta.as_ref())
    }
}

/// A view of a value list of the daemon's, which does not change while the view lives.
#[inline]
pub(super) fn view<'v>(
    list: &'v sys::value_list_t,
    sources: &'v [SourceField],
    meta: Option<&'v NativeMeta>,
) -> ValuesRef<'v> {
    let identifier = IdentifierRef::from_fields(name_fields(list));
    let data = Data::Sources { sources, bits: bits(list) };
    let view = ValuesRef::new(Time::from_raw(list.time), Interval::from_raw(list.interval), identifier, data);
    match meta {
        Some(meta) => view.with_meta(meta as &dyn MetaSource),
        None => view,
    }
}

#[inline]
fn bits(list: &sys::value_list_t) -> &[u64] {
    match NonNull::new(list.values) {
        // SAFETY: the daemon keeps `values_len` unions there, each 64 bits without invalid values.
        Some(start) => unsafe { slice::from_raw_parts(start.as_ptr().cast::<u64>(), list.values_len) },
        None => &[],
    }
}

/// Hands a value list to the daemon, which copies it, after the checks that the daemon would only log.
pub(crate) fn dispatch(values: &Values) -> Result<(), DispatchError> {
    with_list(values, |list| {
        // SAFETY: complete, with values and meta data that live during the call.
        unsafe { dispatch_list(list) }
    })
}

/// The same for a value list that somebody else has, with meta data of ours.
pub(crate) fn dispatch_view(values: ValuesRef<'_>, meta: Option<&OwnedMeta>) -> Result<(), DispatchError> {
    let mut list = EMPTY;
    (list.time, list.interval) = (values.time().to_raw(), values.interval().to_raw());
    let [host, plugin, plugin_instance, type_, type_instance] = values.identifier().names();
    put_name(&mut list.host, host.as_bytes());
    put_name(&mut list.plugin, plugin.as_bytes());
    put_name(&mut list.plugin_instance, plugin_instance.as_bytes());
    put_name(&mut list.type_, type_.as_bytes());
    put_name(&mut list.type_instance, type_instance.as_bytes());
    let hand_over = |list: &mut sys::value_list_t| {
        // SAFETY: as above.
        unsafe { dispatch_list(list) }
    };
    match values.data() {
        Data::Bits { kinds, bits } => complete(&mut list, (kinds, bits), is_as_good, || Ok(meta), hand_over),
        data => {
            let mut kinds = SmallVec::<[Kind; 8]>::new();
            let mut bits = SmallVec::<[u64; 8]>::new();
            for value in data {
                kinds.push(value.kind());
                bits.push(value.to_bits());
            }
            complete(&mut list, (&kinds, &bits), is_as_good, || Ok(meta), hand_over)
        }
    }
}

/// Whether what somebody else has as one kind is a value of the other one: another daemon may have another types.db, in
/// which counters are derives, as all were made to be in collectd 5. Each is a whole number of 64 bits.
fn is_as_good(got: Kind, wanted: Kind) -> bool {
    got == wanted || got != Kind::Gauge && wanted != Kind::Gauge
}

fn is_same(got: Kind, wanted: Kind) -> bool {
    got == wanted
}

/// # Safety
///
/// The list is whole, and what it points to lives during the call.
#[inline]
unsafe fn dispatch_list(list: &sys::value_list_t) -> Result<(), DispatchError> {
    // SAFETY: what the caller promises; the daemon copies everything before it returns. Any thread may call this.
    match unsafe { sys::plugin_dispatch_values(list) } {
        0 => Ok(()),
        status => Err(DispatchError::Refused { status }),
    }
}

/// Calls a function with the daemon's form of a value list, after the checks that the daemon would only log.
#[inline]
pub(super) fn with_list<T>(
    values: &Values,
    hand_over: impl FnOnce(&mut sys::value_list_t) -> Result<T, DispatchError>,
) -> Result<T, DispatchError> {
    values.check()?;
    let names = values.identifier();
    let (time, interval) = values.times();
    let mut list = EMPTY;
    (list.time, list.interval) = (time.to_raw(), interval.to_raw());
    names.host.put(bytes_mut(&mut list.host));
    names.plugin.put(bytes_mut(&mut list.plugin));
    names.plugin_instance.put(bytes_mut(&mut list.plugin_instance));
    names.type_.put(bytes_mut(&mut list.type_));
    names.type_instance.put(bytes_mut(&mut list.type_instance));
    // An object without entries would be copied and destroyed for nothing.
    let meta = || match values.meta_data() {
        meta if meta.is_empty() => Ok(None),
        meta => OwnedMeta::new(meta).map(Some),
    };
    complete(&mut list, values.numbers(), is_same, meta, hand_over)
}

const EMPTY: sys::value_list_t = sys::value_list_t {
    values: ptr::null_mut(),
    values_len: 0,
    time: 0,
    interval: 0,
    host: [0; 128],
    plugin: [0; 128],
    plugin_instance: [0; 128],
    type_: [0; 128],
    type_instance: [0; 128],
    meta: ptr::null_mut(),
};

/// Hands over a list that lacks values, meta data, and what its author left to the framework.
#[inline]
fn complete<T, M: Borrow<OwnedMeta>>(
    list: &mut sys::value_list_t,
    (kinds, bits): (&[Kind], &[u64]),
    fits: impl Fn(Kind, Kind) -> bool,
    meta: impl FnOnce() -> Result<Option<M>, MetaError>,
    hand_over: impl FnOnce(&mut sys::value_list_t) -> Result<T, DispatchError>,
) -> Result<T, DispatchError> {
    let _inside = Inside::enter().ok_or(DispatchError::Stopped)?;
    fill_in(list)?;
    if !known_types::fit(&list.type_, kinds, &fits) {
        check_against_types_db(&list.type_, kinds, fits)?;
    }
    // Unions of 64 bits each, which nobody writes to.
    list.values = bits.as_ptr().cast_mut().cast();
    list.values_len = bits.len();
    let meta = meta()?;
    list.meta = meta.as_ref().map_or(ptr::null_mut(), |meta| meta.borrow().as_ptr());
    hand_over(list)
}

#[inline]
fn fill_in(list: &mut sys::value_list_t) -> Result<(), FieldError> {
    if list.type_[0] == 0 {
        return Err(FieldError::new(Field::Type, Problem::Empty));
    }
    // The daemon would fill in what is not there yet, and crash.
    if list.host[0] == 0 && !has_hostname() {
        return Err(FieldError::new(Field::Host, Problem::Empty));
    }
    if list.plugin[0] == 0 || list.interval == 0 {
        let (plugin, interval) = value_list_defaults();
        if list.plugin[0] == 0 {
            put_name(&mut list.plugin, plugin.ok_or(FieldError::new(Field::Plugin, Problem::Empty))?.as_bytes());
        }
        if list.interval == 0 {
            list.interval = interval.to_raw();
        }
    }
    Ok(())
}

#[cold]
fn check_against_types_db(
    name: &[c_char; 128],
    kinds: &[Kind],
    fits: impl Fn(Kind, Kind) -> bool,
) -> Result<(), CheckError> {
    let type_ = || NameRef::until_nul(bytes(name)).to_name();
    let set = DataSet::of_type(name).ok_or_else(|| CheckError::UnknownType { type_: type_() })?;
    let (expected, got) = (set.len(), kinds.len());
    if expected != got {
        return Err(CheckError::Count { type_: type_(), expected, got });
    }
    for (index, &got) in kinds.iter().enumerate() {
        if let Some((source, Some(expected))) = set.source(index)
            && !fits(got, expected)
        {
            let data_source = source.to_name();
            return Err(CheckError::Kind { type_: type_(), data_source, expected, got });
        }
    }
    known_types::remember(name, &set);
    Ok(())
}

impl From<MetaError> for DispatchError {
    fn from(error: MetaError) -> Self {
        match error {
            MetaError::Nul { key } => DispatchError::MetaNul { key },
            MetaError::OutOfMemory => DispatchError::Refused { status: libc::ENOMEM },
        }
    }
}
