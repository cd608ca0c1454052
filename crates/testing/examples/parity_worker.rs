//! A sample for `tests/parity.rs`, as a file to load.
#![forbid(unsafe_code)]

#[path = "../tests/samples/worker.rs"]
mod sample;

collectd::plugin!(sample::Worker: Shutdown);
