//! The value cache: what the sample `cached` sees of its own metric.

use std::sync::LazyLock;
use std::time::Duration;

use collectd_test_daemon::Daemon;

use super::Run;
use crate::support::{block, so};

static RUN: LazyLock<Run> = LazyLock::new(|| {
    let mut daemon = Daemon::builder()
        .load_so(so("cached"), "cached")
        .conf(&block("cached", "Metric \"here/cached/load\"\nProduce true"))
        .load("csv")
        .hostname("here")
        .interval(Duration::from_millis(200))
        .start();
    // Its third read finds what the second has left.
    let _ = daemon.wait_log("cached plugin: count Some(2)", Duration::from_secs(60));
    let _ = daemon.wait_log("cached plugin: history Some([[1.5, 2.5, 3.5], [1.5,", Duration::from_secs(60));
    let run = Run::of(daemon);
    assert_eq!(run.all("[error]"), Vec::<&str>::new());
    run
});

#[track_caller]
fn assert_seen(line: &str) {
    RUN.assert_said(&format!("cached plugin: {line}"));
}

#[test]
fn size_and_names() {
    assert_seen("0 of []");
    let (name, time) = RUN.first("cached plugin: 1 of [(").split_once(", ").expect("a name and a time");
    assert_eq!(name, "\"here/cached/load\"");
    assert!(time.parse::<f64>().is_err() && time.ends_with(" s)]") && !time.starts_with("0."), "{time}");
}

#[test]
fn values_and_rates() {
    assert_seen("values None rates None");
    assert_seen("values Some([Gauge(1.5), Gauge(2.5), Gauge(3.5)]) rates Some([1.5, 2.5, 3.5])");
}

#[test]
fn history() {
    assert_seen("history None");
    assert_seen("history Some([[1.5, 2.5, 3.5], [1.5, 2.5, 3.5]])");
}

#[test]
fn hits() {
    assert_seen("hits None None None");
    assert_seen("hits Some(0) Some(5) Some(7)");
    assert_seen("hits Some(7) Some(5) Some(7)");
}

#[test]
fn state() {
    assert_seen("state None None None");
    assert_seen("state Some(Unknown) Some(Unknown) Some(Warning)");
    assert_seen("state Some(Warning) Some(Warning) Some(Warning)");
}

#[test]
fn meta_data_of_all_kinds_is_kept() {
    assert_seen("set false false nul false");
    assert_seen("set true true nul false");
    assert_seen("count None text None");
    assert_seen("count Some(1) text Some(\"n\u{e9} 1\")");
    for entry in ["count Unsigned(", "text String(", "i Signed(-3)", "b Boolean(true)"] {
        assert!(entry_line().contains(entry), "{entry}");
    }
}

#[test]
fn meta_data_exists_has_names_and_can_be_removed() {
    assert_seen("keys None false false");
    assert_seen("keys Some([\"count\", \"text\", \"i\", \"d\", \"b\"]) true false");
    assert_seen("removed true false");
    // After that, the walk finds it no more.
    assert!(!entry_line().contains("Double"), "{}", entry_line());
}

#[test]
fn a_walk_sees_time_interval_values_and_meta_data() {
    let mut words = entry_line().split(' ');
    let mut number = || words.next().and_then(|word| word.parse::<f64>().ok()).expect("a number");
    let (time, interval) = (number(), number());
    assert!(time > 1.7e9 && (interval - 0.2).abs() < 1e-6, "{}", entry_line());
    assert!(entry_line().contains("Some([Gauge(1.5), Gauge(2.5), Gauge(3.5)]) [\"count "), "{}", entry_line());
}

/// A metric with meta data.
fn entry_line() -> &'static str {
    RUN.first("cached plugin: entry here/cached/load ")
}
