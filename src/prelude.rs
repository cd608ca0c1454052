//! What nearly every plugin needs: `use collectd::prelude::*;`.

pub use crate::callback::{
    CacheEvent, Callbacks, Flush, Log, Missed, Missing, Notify, Read, ReadOptions, Shutdown, Write,
};
pub use crate::config::Block;
pub use crate::{
    Dispatch, Error, Identifier, Interval, LogLevel, MetricRef, Module, Notification, NotificationRef, Plugin, Result,
    Severity, Time, Value, Values, ValuesRef, WriteTo,
};
pub use serde::Deserialize;
// Its page is full of links between those of std.
#[doc(no_inline)]
pub use std::sync::Arc;
