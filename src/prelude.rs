//! What nearly every plugin needs: `use collectd::prelude::*;`.

pub use crate::callback::{CacheEvent, Flush, Log, Missed, Missing, Notify, Read, Shutdown, Write};
pub use crate::config::Block;
pub use crate::{
    Dispatch, Error, Identifier, Interval, LogLevel, MetricRef, Module, Notification, NotificationRef, Plugin, Result,
    Severity, Time, Value, Values, ValuesRef, WriteTo,
};
pub use serde::Deserialize;
