//! Parts of a total, and the daemon's options, in the real daemon.

use std::time::Duration;

use collectd_test_daemon::Daemon;

use crate::support::{so, with};

#[test]
fn parts_are_stored_with_one_time_and_their_percentages() {
    let mut daemon = Daemon::builder()
        .load_so(so("summed"), "summed")
        .load("csv")
        .hostname("here")
        .interval(Duration::from_millis(500))
        .start();
    let mut times = Vec::new();
    for (part, value) in [("used", "30.000000"), ("free", "10.000000")] {
        let rows = daemon.wait_rows(&format!("here/summed/memory-{part}"), 1);
        assert_eq!(rows[0].1, value);
        times.push(rows[0].0.clone());
    }
    assert_eq!(times[0], times[1]);
    for (part, value) in [("used", "75.000000"), ("free", "25.000000")] {
        assert_eq!(daemon.wait_rows(&format!("here/summed/percent-{part}"), 1)[0].1, value);
    }
    assert!(daemon.stop().success());
}

#[test]
fn global_options_are_those_of_the_configuration_or_defaults() {
    let mut daemon = Daemon::builder()
        .conf("Timeout 3")
        .load_so(so("summed"), "summed")
        .hostname("here")
        .interval(Duration::from_millis(500))
        .write_threads(2)
        .start();
    assert!(daemon.stop().success());
    for line in [
        "interval 0.500000000 s timeout 3",
        "reads Some(\"5\") writes Some(2.0)",
        "lookup Some(false) autoload Some(false)",
        "host Some(\"here\") here",
        "neither None None",
        "none None None",
    ] {
        assert_eq!(with(&daemon.log(), &format!("summed plugin: {line}")).len(), 1, "{line} in {}", daemon.log());
    }
}
