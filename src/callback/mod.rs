//! What the daemon calls: one trait for each kind of callback.
//!
//! A callback that panics is logged with place and message, and counts as failed. Failures are logged with
//! all their causes, at most once a minute for each callback.

mod cache_event;
pub(crate) mod config;
mod flush;
pub(crate) mod init;
mod log;
mod missing;
mod notification;
mod read;
mod run;
pub(crate) mod shutdown;
mod write;

pub use cache_event::CacheEvent;
pub use flush::Flush;
pub use log::Log;
pub use missing::{Missed, Missing};
pub use notification::Notify;
pub use read::Read;
pub use shutdown::Shutdown;
pub use write::Write;

pub(crate) use cache_event::register as cache_event;
pub(crate) use flush::register as flush;
pub(crate) use log::register as log;
pub(crate) use missing::register as missing;
pub(crate) use notification::register as notify;
pub(crate) use read::register as read;
pub(crate) use run::Instance;
pub use run::RegisterError;
pub(crate) use run::is_name;
pub(crate) use write::register as write;
