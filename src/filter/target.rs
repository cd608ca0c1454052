//! Target: change a value list, or say what becomes of it.

use std::ffi::{c_int, c_void};

use serde::de::DeserializeOwned;

use super::{Filter, ValuesMut, register_name, unknown_data_set};
use crate::Result;
use crate::callback::RegisterError;
use crate::ffi::{self, NativeValuesMut, sys};

pub(super) const KIND: &str = "target";

/// What the daemon does with a value list after a [`Target`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Goes on with the next target.
    Continue,
    /// Stops altogether: in the pre-cache chain the value list is dropped, in the post-cache chain no writer gets
    /// it any more.
    Stop,
    /// Leaves this chain, as the target `return` does.
    Return,
}

/// An action of a rule, or the default action of a chain.
///
/// With an example: [`guide::filter_target`](crate::guide::filter_target).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be a target of filter chains, and does not implement `Target`",
    label = "no `Target`",
    note = "write `impl Target for {Self}`"
)]
pub trait Target: Send + Sync + Sized + 'static {
    /// The name in `<Target "NAME">`, of at most 127 bytes, and not one of the daemon's own: `jump`, `return`,
    /// `stop`, `write`. collectd ignores case.
    const NAME: &'static str;

    /// The keys of the block: a struct for serde, [`Block`](crate::config::Block) to read the tree, or `()` if
    /// there are none.
    type Config: DeserializeOwned;

    /// Makes the target of one block.
    ///
    /// Called from the main thread while the daemon reads its configuration, before it goes to the background:
    /// too early for threads, sockets and dispatching.
    ///
    /// # Errors
    ///
    /// Logged, like a mistake in the configuration; the daemon does not start.
    fn new(config: Self::Config) -> Result<Self>;

    /// Changes a value list, which is this chain's own copy, and says how to go on.
    ///
    /// Called for every value list that the matches of the rule let through, from any of the daemon's write
    /// threads, several of them at the same time.
    ///
    /// # Errors
    ///
    /// Logged, at most once a minute. The daemon goes on with the next target, and writes a line of its own each
    /// time. What was changed before stays changed.
    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action>;
}

/// Whether the daemon has a target of this name itself, which it would find first.
pub(super) fn is_builtin(kind: &str, name: &str) -> bool {
    kind == KIND && ["jump", "return", "stop", "write"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

pub(super) fn register<T: Target>() -> Result<(), RegisterError> {
    let functions =
        sys::target_proc_t { create: Some(create::<T>), destroy: Some(destroy::<T>), invoke: Some(invoke::<T>) };
    register_name(KIND, T::NAME, |name| {
        // SAFETY: called in `module_register`, when there is only one thread; name and functions are copied.
        unsafe { sys::fc_register_target(name.as_ptr(), functions) }
    })
}

unsafe extern "C" fn create<T: Target>(item: *const sys::oconfig_item_t, slot: *mut *mut c_void) -> c_int {
    // SAFETY: the daemon's item is valid, and constant, during the call.
    let block = unsafe { ffi::block(item.cast_mut()) };
    // SAFETY: the daemon's place for our data.
    unsafe { super::create(T::NAME, "Target", block, T::new, slot) }
}

unsafe extern "C" fn destroy<T: Target>(slot: *mut *mut c_void) -> c_int {
    // SAFETY: created above with this type.
    unsafe { ffi::destroy::<Filter<T>>(slot) };
    super::SUCCESS
}

unsafe extern "C" fn invoke<T: Target>(
    set: *const sys::data_set_t,
    list: *mut sys::value_list_t,
    _meta: *mut *mut sys::notification_meta_t,
    slot: *mut *mut c_void,
) -> c_int {
    // SAFETY: created above with this type.
    let Some(filter) = (unsafe { ffi::stored::<Filter<T>>(slot) }) else { return super::FAILURE };
    // SAFETY: the daemon's structures are valid during the call, and the list is a copy for this chain.
    let values = unsafe { NativeValuesMut::new(set, list) };
    filter.run(KIND, |filter| {
        let mut values = ValuesMut::new(values.ok_or_else(unknown_data_set)?);
        Ok(match filter.invoke(&mut values)? {
            Action::Continue => sys::FC_TARGET_CONTINUE,
            Action::Stop => sys::FC_TARGET_STOP,
            Action::Return => sys::FC_TARGET_RETURN,
        })
    })
}
