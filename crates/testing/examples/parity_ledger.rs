//! A sample for `tests/parity.rs`, as a file to load.
#![forbid(unsafe_code)]

#[path = "../tests/samples/ledger.rs"]
mod sample;

collectd::plugin!(sample::Ledger: Write, Flush, Shutdown);
