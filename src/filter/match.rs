//! Match: does a rule apply?

use std::ffi::{c_int, c_void};

use serde::de::DeserializeOwned;

use super::{Filter, register_name, unknown_data_set};
use crate::callback::RegisterError;
use crate::ffi::{self, NativeValues, sys};
use crate::{Result, ValuesRef};

pub(super) const KIND: &str = "match";

/// A condition of a rule in a filter chain.
///
/// With an example: [`guide::filter_match`](crate::guide::filter_match).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be a match of filter chains, and does not implement `Match`",
    label = "no `Match`",
    note = "write `impl Match for {Self}`"
)]
pub trait Match: Send + Sync + Sized + 'static {
    /// The name in `<Match "NAME">`, of at most 127 bytes. collectd ignores case.
    const NAME: &'static str;

    /// The keys of the block: a struct for serde, [`Block`](crate::config::Block) to read the tree, or `()` if
    /// there are none.
    type Config: DeserializeOwned;

    /// Makes the match of one block.
    ///
    /// Called from the main thread while the daemon reads its configuration, before it goes to the background:
    /// too early for threads, sockets and dispatching.
    ///
    /// # Errors
    ///
    /// Logged, like a mistake in the configuration; the daemon does not start.
    fn new(config: Self::Config) -> Result<Self>;

    /// Whether the rule applies to this value list. The view is valid during the call.
    ///
    /// Called for every value list that comes to the rule, from any of the daemon's write threads, several of
    /// them at the same time.
    ///
    /// # Errors
    ///
    /// Logged, at most once a minute. The daemon takes it for "no", and writes a line of its own each time.
    fn matches(&self, values: ValuesRef<'_>) -> Result<bool>;
}

pub(super) fn register<M: Match>() -> Result<(), RegisterError> {
    let functions =
        sys::match_proc_t { create: Some(create::<M>), destroy: Some(destroy::<M>), match_: Some(matches::<M>) };
    register_name(KIND, M::NAME, |name| {
        // SAFETY: called in `module_register`, when there is only one thread; name and functions are copied.
        unsafe { sys::fc_register_match(name.as_ptr(), functions) }
    })
}

unsafe extern "C" fn create<M: Match>(item: *const sys::oconfig_item_t, slot: *mut *mut c_void) -> c_int {
    // SAFETY: the daemon's item is valid, and constant, during the call.
    let block = unsafe { ffi::block(item.cast_mut()) };
    // SAFETY: the daemon's place for our data.
    unsafe { super::create(M::NAME, "Match", block, M::new, slot) }
}

unsafe extern "C" fn destroy<M: Match>(slot: *mut *mut c_void) -> c_int {
    // SAFETY: created above with this type.
    unsafe { ffi::destroy::<Filter<M>>(slot) };
    super::SUCCESS
}

unsafe extern "C" fn matches<M: Match>(
    set: *const sys::data_set_t,
    list: *const sys::value_list_t,
    _meta: *mut *mut sys::notification_meta_t,
    slot: *mut *mut c_void,
) -> c_int {
    // SAFETY: created above with this type.
    let Some(filter) = (unsafe { ffi::stored::<Filter<M>>(slot) }) else { return super::FAILURE };
    // SAFETY: the daemon's structures are valid, and do not change, during the call.
    let values = unsafe { NativeValues::new(set, list) };
    filter.run(KIND, |filter| {
        let values = values.as_ref().ok_or_else(unknown_data_set)?;
        Ok(if filter.matches(values.view())? { sys::FC_MATCH_MATCHES } else { sys::FC_MATCH_NO_MATCH })
    })
}
