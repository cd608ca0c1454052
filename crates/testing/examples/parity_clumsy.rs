//! A sample for `tests/parity.rs`, as a file to load.
#![forbid(unsafe_code)]

#[path = "../tests/samples/clumsy.rs"]
mod sample;

collectd::plugin!(sample::Clumsy: Read, Shutdown);
