//! A sample for `tests/parity.rs`, as a file to load.
#![forbid(unsafe_code)]

#[path = "../tests/samples/watcher.rs"]
mod sample;

collectd::plugin!(sample::Watcher: CacheEvent, Missing);
