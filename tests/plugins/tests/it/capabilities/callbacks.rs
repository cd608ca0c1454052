//! Callbacks of every kind, and how they are taken back: what the sample `cancelled` registers.

use std::sync::LazyLock;
use std::time::Duration;

use collectd_test_daemon::Daemon;

use super::Run;
use crate::support::so;

/// What it said to standard error stands behind the log.
static RUN: LazyLock<Run> = LazyLock::new(|| {
    let mut daemon = Daemon::builder()
        .load_so(so("cancelled"), "cancelled")
        .load("unixsock")
        .load("csv")
        .interval(Duration::from_millis(200))
        .start();
    let limit = Duration::from_secs(60);
    for name in ["kept", "single", "first", "second"] {
        daemon.wait_log(&format!("cancelled plugin: {name} reads"), limit);
    }
    daemon.command("PUTNOTIF severity=okay time=1 message=now").expect("it is right");
    daemon.putval("h/p/gauge", "interval=0.2", "N:1");
    daemon.command("FLUSH").expect("it is right");
    for what in ["writes", "flushes", "hears", "misses", "sees it expire", "logs"] {
        daemon.wait_log(&format!("cancelled plugin: kept {what}"), limit);
    }
    let output = daemon.output();
    let mut run = Run::of(daemon);
    run.log += &output;
    run
});

/// The one that stays is called, the one that was taken back is not.
#[track_caller]
fn assert_taken_back(what: &str) {
    RUN.assert_said(&format!("cancelled plugin: kept {what}"));
    assert_eq!(RUN.all(&format!("cancelled plugin: cancelled {what}")), Vec::<&str>::new());
}

#[test]
fn a_read_is_unregistered() {
    assert_taken_back("reads");
}

#[test]
fn a_group_of_reads_is_unregistered() {
    RUN.assert_said("cancelled plugin: 2 reads were in the group");
    let lines: Vec<_> = RUN.log.lines().collect();
    let gone = lines.iter().position(|line| line.ends_with("2 reads were in the group")).expect("it was said");
    let after = |name: &str| lines[gone..].iter().filter(|line| line.ends_with(&format!("{name} reads"))).count();
    assert!(after("single") >= 2, "{}", RUN.log);
    // One that was under way.
    assert!(after("first") <= 1 && after("second") <= 1, "{}", RUN.log);
}

#[test]
fn a_write_is_taken_back() {
    assert_taken_back("writes");
}

#[test]
fn a_flush_is_taken_back() {
    assert_taken_back("flushes");
}

#[test]
fn a_notification_callback_is_taken_back() {
    assert_taken_back("hears");
}

#[test]
fn a_missing_callback_is_taken_back() {
    assert_taken_back("misses");
}

#[test]
fn a_cache_event_callback_is_taken_back() {
    assert_taken_back("subscribes");
    assert_taken_back("sees it expire");
}

#[test]
fn a_log_callback_is_taken_back() {
    assert_taken_back("logs");
}
