//! What nearly every plugin needs: `use collectd::prelude::*;`.

pub use crate::callback::{Flush, Log, Read, Shutdown, Write};
pub use crate::config::Block;
pub use crate::{
    Dispatch, Error, Identifier, Interval, LogLevel, Module, Plugin, Result, Time, Value, Values, ValuesRef, WriteTo,
};
pub use serde::Deserialize;
