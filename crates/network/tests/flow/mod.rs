//! What tests of faults share: a steady flow of numbered values from one daemon to another.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeSet;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, cargo_build};

use crate::common::load_sample;
use crate::receiving::{SENDER, Statistics, reporting};

/// A daemon that dispatches so many value lists, a part every tenth of a second, and reports too.
pub(crate) fn flowing(block: &str, lists: u32, per_read: u32) -> Builder {
    let block_of_flow = format!("Lists {lists}\nPerRead {per_read}\nIdentities 10");
    let builder = load_sample(reporting(block), "flood", &block_of_flow);
    builder.hostname(SENDER).interval(Duration::from_millis(100))
}

/// The numbers that the daemon got.
pub(crate) fn numbers(daemon: &Daemon) -> BTreeSet<u64> {
    let rows = daemon.csv_rows();
    let flow = rows.iter().filter(|(name, _)| name.starts_with("flood/flood-0/counter-"));
    flow.flat_map(|(_, rows)| rows).map(|(_, number)| number.parse().expect("a number")).collect()
}

/// A number of a server's.
pub(crate) fn of_server(statistics: &Statistics, host: &str, port: u16, name: &str, index: usize) -> u64 {
    let name = format!("server-{host}-{port}/{name}");
    statistics.get(&name, index).unwrap_or_else(|| panic!("no {name} in {statistics:?}"))
}

/// Builds what daemons load, which takes too long within a deadline.
pub(crate) fn build() {
    let _ = (cargo_build::cdylib("rust_network"), cargo_build::example("collectd-test-plugins", "flood"));
}
