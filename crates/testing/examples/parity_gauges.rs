//! A sample for `tests/parity.rs`, as a file to load.
#![forbid(unsafe_code)]

#[path = "../tests/samples/gauges.rs"]
mod sample;

collectd::plugin!(sample::Gauges: Read);
