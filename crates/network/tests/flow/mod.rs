//! What tests of faults share: a steady flow of numbered values from one daemon to another.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, cargo_build, wait_until};

use crate::common::{PATIENCE, load_sample, soon};
use crate::receiving::{SENDER, Statistics, reporting};

/// A daemon that dispatches so many value lists, a part every tenth of a second, and sends only those. Its statistics
/// stay with it, so that they are of what was sent, and not of themselves.
pub(crate) fn flowing(block: &str, lists: u32, per_read: u32) -> Builder {
    let block_of_flow = format!("Lists {lists}\nPerRead {per_read}\nIdentities 10");
    let builder = load_sample(reporting(block), "flood", &block_of_flow).load("match_regex").conf(OWN_VALUES_STAY);
    builder.hostname(SENDER).interval(Duration::from_millis(100))
}

const OWN_VALUES_STAY: &str = r#"PostCacheChain "Split"
<Chain "Split">
  <Rule>
    <Match "regex">
      Host "^sender$"
    </Match>
    <Target "write">
      Plugin "csv"
    </Target>
    Target "stop"
  </Rule>
  Target "write"
</Chain>"#;

/// Stops a process for a while, or lets it go on.
pub(crate) fn pause(daemon: &Daemon, is_paused: bool) {
    let signal = if is_paused { "-STOP" } else { "-CONT" };
    let status = Command::new("kill").args([signal, &daemon.pid().to_string()]).status();
    assert!(status.expect("kill is there").success());
}

/// Waits until all of it is sent, and returns how many packets that were.
pub(crate) fn all_sent(sender: &Daemon, port: u16, lists: u32) -> u64 {
    // Work for several seconds, which a busy machine or a sanitizer makes minutes.
    wait_until("all values of the flow", PATIENCE * 6, || {
        let accepted = Statistics::of(sender).get("total_values-send-accepted", 0);
        (accepted? >= u64::from(lists)).then_some(())
    });
    let mut before = None;
    soon("an end of sending", || {
        let statistics = Statistics::next(sender);
        let number = |name: &str, index| of_server(&statistics, "127.0.0.1", port, name, index);
        assert_eq!(number("packets-lost", 0), 0);
        let now = (number("queue_length", 0), number("if_packets", 1));
        let is_over = now.0 == 0 && before == Some(now.1);
        before = Some(now.1);
        is_over.then_some(now.1)
    })
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
