//! What programs report that run a plugin in a test: the test host, a line an [`Event`], and valgrind, a [`Report`] in XML.
//!
//! It serves `cargo collectd test` and the tests of this repository alike, and has no dependencies: what authors test with
//! is built soon.
#![forbid(unsafe_code)]

mod event;
mod valgrind;

pub use event::{Event, Meta, quoted};
pub use valgrind::{Finding, Frame, Report};
