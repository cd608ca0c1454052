//! What the daemon calls: one trait for each kind of callback. The [guide](crate::guide) has a page about each.
//!
//! [`plugin!`](crate::plugin) lists those that the plugin itself has. [`Plugin::callbacks`](crate::Plugin::callbacks)
//! registers more: [closures and instances](Callbacks), reads with [intervals and groups of their own](ReadOptions),
//! and [reads that come and go](Reads).
//!
//! A callback that panics is logged with place and message, and counts as failed. Failures are logged with
//! all their causes, at most once a minute for each callback; on request with where they came from, see
//! [`Error`](crate::Error).

mod cache_event;
mod callbacks;
mod closure;
pub(crate) mod config;
mod error;
mod flush;
pub(crate) mod init;
mod log;
mod missing;
mod notification;
mod read;
mod registration;
mod run;
mod service;
pub(crate) mod shutdown;
mod write;

pub use cache_event::CacheEvent;
pub use callbacks::{CallbackHandle, Callbacks, Reads};
pub use error::RegisterError;
pub use flush::Flush;
pub use log::Log;
pub use missing::{Missed, Missing};
pub use notification::Notify;
pub use read::{Read, ReadOptions};
pub use registration::Registration;
pub use shutdown::Shutdown;
pub use write::Write;

pub(crate) use callbacks::ShutdownFn;
pub(crate) use registration::Listed;
pub(crate) use run::is_name;
pub(crate) use service::{Service, end_writers, give_all_names_back};
