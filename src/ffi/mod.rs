//! The boundary to the daemon: every rule about its memory, its names and its calls lives here.

mod cache;
mod cache_entries;
mod cache_event;
mod cache_meta;
mod context;
mod data_set;
mod depth;
mod dynamic;
pub(crate) mod end;
mod filter;
mod guard;
mod handle;
mod host;
mod known_types;
mod log;
mod memory;
mod meta;
mod metric;
mod notification;
mod oconfig;
mod options;
mod plugin_ctx;
mod rate;
mod room;
mod service;
mod text;
mod value_list;
mod write;
mod write_thread;

/// What bindgen made of the daemon's headers.
#[allow(non_camel_case_types, non_snake_case, non_upper_case_globals, unreachable_pub, dead_code, missing_docs)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
pub(crate) mod sys {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub(crate) use cache::{has_unknown_state, history, hits, inc_hits, len, names, set_hits, set_state, state, values};
pub use cache_entries::{Entries, Entry};
pub(crate) use cache_event::{CacheEventData, CacheEventKind, NativeCacheEvent, register_cache_event_fn};
pub use cache_meta::MetaItem;
pub(crate) use cache_meta::{exists as has_meta, keys as meta_keys, remove as remove_meta};
pub(crate) use context::{
    ContextScope, Scope, adopt, daemon_context, ensure_daemon_context, forget_defaults, is_in_panic_hook, plugin_name,
    set_defaults,
};
pub(crate) use data_set::{find as find_data_set, register as register_data_set};
pub(crate) use dynamic::{is_metric_family_daemon, load_for_its_block};
pub(crate) use filter::{NativeValuesMut, destroy, store, stored};
pub(crate) use guard::{Failure, guard, install_panic_hook};
pub(crate) use handle::{Handle, borrow, user_data};
pub use host::hostname;
pub(crate) use host::{is_configuring, set_main_thread};
pub use log::LogLevel;
pub(crate) use log::{log, log_trace, write_to_stderr};
pub(crate) use meta::{MetaError, OwnedMeta};
pub use metric::MetricRef;
pub(crate) use notification::{NativeNotification, dispatch_notification, pass_notification_on};
pub(crate) use oconfig::{TreeError, block, plugin_of};
pub(crate) use options::{global_interval, global_option, global_timeout, reads_once};
pub(crate) use plugin_ctx::DaemonContext;
pub use rate::Rates;
pub use room::DispatchRoom;
pub(crate) use service::port as port_of_service;
use text::{bytes, name_fields};
pub(crate) use text::{c_str, name_field};
pub(crate) use value_list::{NativeValues, dispatch, dispatch_view};
pub(crate) use write::{flush, write};
