//! collectd's data model, shared by the plugin framework, the network protocol and the tools.
//!
//! A *value list* is one sample of one metric: an [identifier](IdentifierRef) (host, plugin, plugin
//! instance, type, type instance), a [`Time`], an [`Interval`], one [`Value`] per data source of its
//! type, and optional [meta data](Meta). It comes in two forms: [`Values`], owned, and
//! [`ValuesRef`], a view that borrows from a `Values`, from a packet or from the daemon's own
//! structure without allocating.
//!
//! ```
//! use collectd_types::{Time, Value, Values};
//!
//! let swap = Values::new("swap").type_instance("used").gauge(48_082_944.0);
//! let swap = swap.host("localhost.localdomain").plugin("swap").time(Time::from_secs(1_237_749_608));
//! assert_eq!(swap.view().value(0), Some(Value::Gauge(48_082_944.0)));
//! assert_eq!(swap.to_string(), "[1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]");
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod c_number;
mod data;
mod error;
mod escape;
mod identifier;
mod meta;
mod name;
mod notification;
mod nul;
mod number;
mod numbers;
mod putval;
mod rate;
mod time;
mod types_db;
mod value;
mod values;

pub use data::{Data, SourceField, ValueIter, WireValues};
pub use error::{FieldError, Problem};
pub use escape::Escaped;
pub use identifier::{Field, Identifier, IdentifierRef, ParseIdentifierError};
pub use meta::{CMetaValue, Meta, MetaEntry, MetaRef, MetaSource, MetaValue, MetaValueRef, ToMetaValue};
pub use name::{Name, NameError, NameRef};
pub use notification::{Notification, NotificationBuilder, NotificationRef, ParseSeverityError, Severity};
pub use number::Number;
pub use putval::{DaemonNumber, ParseValueError, ParseValuesError};
pub use rate::{RateToValue, ValueToRate, counter_growth};
pub use time::{Interval, Rfc3339, Time, TimeError};
pub use types_db::{CheckError, DataSet, DataSource, LineProblem, LineProblemKind, SourceProblem, TypesDb};
pub use value::{Kind, Value};
pub use values::{Values, ValuesRef};
