//! Value lists as the daemon has them.

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;

use collectd_types::{
    CheckError, Data, Field, FieldError, IdentifierRef, Interval, Kind, MetaSource, Problem, Time, Values, ValuesRef,
};
use smallvec::SmallVec;

use super::context::{interval_of_own_thread, plugin_name};
use super::data_set::{DataSet, Kinds, bytes, kinds};
use super::end::Inside;
use super::host::has_hostname;
use super::meta::{MetaError, NativeMeta, OwnedMeta};
use super::{name_field, sys};
use crate::DispatchError;

/// A value list that the daemon passed to a callback.
pub(crate) struct NativeValues<'a> {
    list: &'a sys::value_list_t,
    kinds: Kinds,
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
    pub(crate) unsafe fn new(set: *const sys::data_set_t, list: *const sys::value_list_t) -> Option<Self> {
        // SAFETY: what the caller promises.
        let list = unsafe { list.as_ref() }?;
        // SAFETY: what the caller promises.
        let kinds = unsafe { kinds(set) }?;
        // SAFETY: the object belongs to the list.
        let meta = unsafe { NativeMeta::new(list.meta) };
        Some(NativeValues { list, kinds, meta, _not_send: PhantomData })
    }

    /// The view for the author. Names and meta data are read when they are asked for.
    pub(crate) fn view(&self) -> ValuesRef<'_> {
        view(self.list, &self.kinds, self.meta.as_ref())
    }
}

/// A view of a value list of the daemon's, which does not change while the view lives.
pub(super) fn view<'v>(list: &'v sys::value_list_t, kinds: &'v Kinds, meta: Option<&'v NativeMeta>) -> ValuesRef<'v> {
    let identifier = IdentifierRef::from_fields([
        bytes(&list.host),
        bytes(&list.plugin),
        bytes(&list.plugin_instance),
        bytes(&list.type_),
        bytes(&list.type_instance),
    ]);
    let data = Data::Bits { kinds, bits: bits(list) };
    let view = ValuesRef::new(Time::from_raw(list.time), Interval::from_raw(list.interval), identifier, data);
    match meta {
        Some(meta) => view.with_meta(meta as &dyn MetaSource),
        None => view,
    }
}

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
    with_view(
        values,
        is_as_good,
        || Ok(meta),
        |list| {
            // SAFETY: as above.
            unsafe { dispatch_list(list) }
        },
    )
}

/// Whether what somebody else has as one kind is a value of the other one: another daemon may have another types.db, in
/// which counters are derives, as all were made to be in collectd 5. Each is a whole number of 64 bits.
fn is_as_good(got: Kind, wanted: Kind) -> bool {
    got == wanted || got != Kind::Gauge && wanted != Kind::Gauge
}

/// # Safety
///
/// The list is whole, and what it points to lives during the call.
unsafe fn dispatch_list(list: &sys::value_list_t) -> Result<(), DispatchError> {
    // SAFETY: what the caller promises; the daemon copies everything before it returns. Any thread may call this.
    match unsafe { sys::plugin_dispatch_values(list) } {
        0 => Ok(()),
        status => Err(DispatchError::Refused { status }),
    }
}

/// Calls a function with the daemon's form of a value list, after the checks that the daemon would only log.
pub(super) fn with_list<T>(
    values: &Values,
    hand_over: impl FnOnce(&mut sys::value_list_t) -> Result<T, DispatchError>,
) -> Result<T, DispatchError> {
    values.check()?;
    // An object without entries would be copied and destroyed for nothing.
    let meta = || match values.meta_data() {
        meta if meta.is_empty() => Ok(None),
        meta => OwnedMeta::new(meta).map(Some),
    };
    with_view(values.view(), |got, wanted| got == wanted, meta, hand_over)
}

fn with_view<T, M: Borrow<OwnedMeta>>(
    values: ValuesRef<'_>,
    fits: impl Fn(Kind, Kind) -> bool,
    meta: impl FnOnce() -> Result<Option<M>, MetaError>,
    hand_over: impl FnOnce(&mut sys::value_list_t) -> Result<T, DispatchError>,
) -> Result<T, DispatchError> {
    let _inside = Inside::enter().ok_or(DispatchError::Stopped)?;
    let mut list = native(values)?;
    check_against_types_db(values, fits, &list)?;

    let mut numbers: SmallVec<[sys::value_t; 8]> =
        values.values().map(|value| sys::value_t { absolute: value.to_bits() }).collect();
    list.values = numbers.as_mut_ptr();
    list.values_len = numbers.len();
    let meta = meta()?;
    list.meta = meta.as_ref().map_or(ptr::null_mut(), |meta| meta.borrow().as_ptr());
    hand_over(&mut list)
}

fn native(values: ValuesRef<'_>) -> Result<sys::value_list_t, DispatchError> {
    let id = values.identifier();
    if id.type_().is_empty() {
        return Err(FieldError::new(Field::Type, Problem::Empty).into());
    }
    let plugin = match id.plugin() {
        name if name.is_empty() => {
            let own = plugin_name().map(|name| collectd_types::NameRef::until_nul(name.as_bytes()));
            own.ok_or(FieldError::new(Field::Plugin, Problem::Empty))?
        }
        name => name,
    };
    // The daemon would fill in what is not there yet, and crash.
    if id.host().is_empty() && !has_hostname() {
        return Err(FieldError::new(Field::Host, Problem::Empty).into());
    }
    let interval = match values.interval() {
        Interval::UNSET => interval_of_own_thread().unwrap_or(Interval::UNSET),
        interval => interval,
    };
    Ok(sys::value_list_t {
        values: ptr::null_mut(),
        values_len: 0,
        time: values.time().to_raw(),
        interval: interval.to_raw(),
        host: name_field(id.host()),
        plugin: name_field(plugin),
        plugin_instance: name_field(id.plugin_instance()),
        type_: name_field(id.type_()),
        type_instance: name_field(id.type_instance()),
        meta: ptr::null_mut(),
    })
}

fn check_against_types_db(
    values: ValuesRef<'_>,
    fits: impl Fn(Kind, Kind) -> bool,
    list: &sys::value_list_t,
) -> Result<(), CheckError> {
    let type_ = || values.type_().to_name();
    let set = DataSet::of_type(&list.type_).ok_or_else(|| CheckError::UnknownType { type_: type_() })?;
    let (expected, got) = (set.len(), values.values().len());
    if expected != got {
        return Err(CheckError::Count { type_: type_(), expected, got });
    }
    for (index, value) in values.values().enumerate() {
        if let Some((source, Some(expected))) = set.source(index)
            && !fits(value.kind(), expected)
        {
            let (data_source, got) = (source.to_name(), value.kind());
            return Err(CheckError::Kind { type_: type_(), data_source, expected, got });
        }
    }
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
