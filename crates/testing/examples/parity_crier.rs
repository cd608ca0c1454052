//! A sample for `tests/parity.rs`, as a file to load.
#![forbid(unsafe_code)]

#[path = "../tests/samples/crier.rs"]
mod sample;

collectd::plugin!(sample::Crier: Read, Notify);
