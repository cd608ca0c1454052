//! Write native collectd plugins in safe Rust.
//!
//! A plugin is a type with state and configuration ([`Plugin`]), and one trait for each thing that the
//! daemon shall call it for ([`callback`]). [`plugin!`] makes a `cdylib` crate of it, which `LoadPlugin`
//! loads.
//!
//! ```
//! use collectd::prelude::*;
//!
//! /// `<Plugin dice>` with `Sides 20`.
//! #[derive(Deserialize)]
//! #[serde(rename_all = "PascalCase", deny_unknown_fields)]
//! struct Config {
//!     #[serde(default = "six")]
//!     sides: u32,
//! }
//!
//! fn six() -> u32 {
//!     6
//! }
//!
//! struct Dice {
//!     sides: u32,
//! }
//!
//! impl Plugin for Dice {
//!     const NAME: &'static str = "dice";
//!     type Config = Config;
//!
//!     fn new(config: Config) -> Result<Self> {
//!         Ok(Dice { sides: config.sides })
//!     }
//! }
//!
//! impl Read for Dice {
//!     fn read(&self) -> Result {
//!         let thrown = std::process::id() % self.sides + 1;
//!         Values::new("gauge").type_instance("thrown").gauge(thrown.into()).dispatch()?;
//!         Ok(())
//!     }
//! }
//!
//! collectd::plugin!(Dice: Read);
//! # let mut host = collectd_testing::Host::start(module_register, "<Plugin dice>\n  Sides 1\n</Plugin>");
//! # host.read();
//! # assert_eq!(host.take_values()[0].to_string(), "[1000000000] fake.example.org/dice/gauge/thrown [(1, 1.0)]");
//! ```
//!
//! How it is tested, without a `.so` file and without a daemon: [`guide::testing`].
//!
//! The [`guide`] begins with a plugin from `cargo new` to values in files, and has a page for each callback.
//!
//! # What the framework sees to
//!
//! * A panic never reaches the daemon; it is logged with its place, and the callback counts as failed.
//! * What authors log with the `log` crate goes to collectd's log, as text and never as a format. So do events of
//!   `tracing`, with its feature `log` and no dependency of the framework's.
//! * An error is one line with all its causes; `LogTraces true` adds where it came from, see [`Error`].
//! * Names, types and values are checked before the daemon gets them: what it would only log and drop is
//!   an error here, see [`DispatchError`].
//! * Threads work for the plugin that started them: what they dispatch and log has its name, see [`context`].
//! * State lives until the last callback of the plugin is gone, in whatever order the daemon frees them.
//! * One `.so` file loads on every collectd from 5.8 to 5.13.
//!
//! Who knows collectd-python finds each of its functions and classes in [`guide::python`].

#[cfg(panic = "abort")]
compile_error!(
    "collectd plugins need `panic = \"unwind\"`: with `panic = \"abort\"` in the profile a panic of the plugin would \
     end the whole daemon"
);

#[cfg(test)]
extern crate collectd_test_host as _;

/// The code blocks of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

#[doc(hidden)]
pub mod about;
pub mod cache;
pub mod callback;
mod complaint;
pub mod config;
pub mod context;
pub mod data_set;
mod dispatch;
mod error;
mod ffi;
pub mod filter;
pub mod guide;
mod log_level;
mod logger;
mod macros;
mod module;
mod multi_value;
pub mod options;
mod plugin;
pub mod prelude;
mod quiet;
mod report;
mod request;
pub mod thread;
mod trace;

pub use callback::{Missed, RegisterError, Registration};
pub use complaint::Complaint;
pub use dispatch::{Dispatch, SharedMeta};
pub use error::{DispatchError, Error, Result};
pub use ffi::{DispatchRoom, LogLevel, MetricRef, hostname};
pub use log_level::ParseLogLevelError;
pub use logger::log_at;
pub use module::Module;
#[doc(hidden)]
pub use module::module_register;
pub use multi_value::MultiValue;
pub use plugin::Plugin;
pub use request::{WriteError, WriteTo, flush};

pub use collectd_types::{
    CheckError, Data, DataSet, DataSource, Escaped, Field, FieldError, Identifier, IdentifierRef, Interval, Kind, Meta,
    MetaRef, MetaValue, MetaValueRef, Name, NameError, NameRef, Notification, NotificationBuilder, NotificationRef,
    Number, ParseIdentifierError, ParseSeverityError, ParseValueError, ParseValuesError, Problem, RateToValue, Rfc3339,
    Severity, Time, TimeError, ToMetaValue, TypesDb, Value, ValueIter, ValueToRate, Values, ValuesRef, counter_growth,
};
