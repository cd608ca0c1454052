//! A thread of another plugin logs while the daemon ends, which frees log callbacks without a lock.

use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon};
use tempfile::TempDir;

use crate::support::{block, c_plugin, so};

/// Seconds that a line takes, and a directory for the plugin that logs without a pause.
fn talked_to(delay: f64, dir: &TempDir) -> Builder {
    // Without the log that the harness loads: it would be freed first, and the thread stumble over that.
    Daemon::builder()
        .logfile(false)
        .load_so(so("slow_log"), "slow_log")
        .conf(&block("slow_log", &format!("Delay {delay}")))
        .load_so(c_plugin("talker", dir.path()), "talker")
}

/// What the log plugin noted, in order.
fn notes(daemon: &Daemon) -> Vec<String> {
    let output = daemon.output();
    output.lines().filter_map(|line| line.strip_prefix("slow_log: ")).map(str::to_owned).collect()
}

#[test]
fn a_line_in_flight_at_the_end_finishes_on_a_living_plugin() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for is_under_valgrind in [false, true] {
        let mut daemon = talked_to(0.7, &dir).valgrind(is_under_valgrind).start();
        daemon.wait_log("takes talk 1", Duration::from_secs(60));
        let status = daemon.stop();
        assert!(status.success(), "{status}: {}", daemon.output());
        let mut notes = notes(&daemon);
        assert_eq!(notes.pop().as_deref(), Some("ends"), "{notes:#?}");
        let begun = notes.iter().filter_map(|note| note.strip_prefix("takes "));
        for line in begun {
            assert!(notes.contains(&format!("has taken {line}")), "{line} in {notes:#?}");
        }
        // The daemon's own lines from the time after the plugin's shutdown are there.
        assert!(notes.iter().any(|note| note == "takes Exiting normally."), "{notes:#?}");
        // The thread goes no further, where the daemon's list is freed below it. It may have been before the callback.
        let late = daemon.output().lines().filter(|line| line.starts_with("talk ")).count();
        assert!(late <= 1, "{}", daemon.output());
        if is_under_valgrind {
            daemon.valgrind_report().assert_clean("slow_log.so");
        }
    }
}

/// It is not waited for longer than a few seconds, and then not freed.
#[test]
fn a_line_that_never_ends_keeps_the_plugin_and_not_the_daemon() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut daemon = talked_to(3600.0, &dir).start();
    daemon.wait_log("takes talk 0", Duration::from_secs(60));
    let status = daemon.stop();
    assert!(status.success(), "{status}: {}", daemon.output());
    assert!(!daemon.output().contains("slow_log: ends"), "{}", daemon.output());
}
