//! Log lines, notifications, and what the daemon knows of itself.

use std::time::Duration;

use collectd_test_daemon::Daemon;

use super::survey::{CONFIG, RUN};
use crate::support::{block, so};

#[test]
fn log_lines_have_their_level_and_are_no_formats() {
    for line in [
        "[error] survey plugin: level error 100%n %s",
        "[warning] survey plugin: level warning 100%n %s",
        "[notice] survey plugin: level notice",
        "[info] survey plugin: level info 100%n %s",
    ] {
        RUN.assert_said(line);
    }
}

#[test]
fn the_log_crate_reaches_the_log() {
    RUN.assert_said("[info] survey plugin: from the log crate");
}

#[test]
fn a_level_can_stand_in_the_configuration() {
    RUN.assert_said("[notice] survey plugin: made at level notice");
}

#[test]
fn host_name_and_global_options() {
    RUN.assert_said("survey plugin: host here interval 0.500000000 s");
    RUN.assert_said("survey plugin: timeout 3 queue Some(5000.0)");
}

#[test]
fn times_can_be_shown() {
    RUN.assert_said("survey plugin: time 2023-11-14T22:13:20Z 2023-11-14T22:13:20.000000001Z");
}

/// The daemon fills in the time by its own clock.
#[test]
fn the_clock_is_the_daemons() {
    let written = RUN.all("survey plugin: wrote [");
    let plain = written.iter().find(|line| line.contains("/gauge/plain ")).expect("it was dispatched");
    let time = plain.split_once(" at ").and_then(|(_, rest)| rest.split(' ').next()).expect("a time");
    let (before, after) = (RUN.first("clock before "), RUN.all("clock after "));
    assert!(before <= time && time <= after[after.len() - 1], "{before} {time} {after:?}");
}

#[test]
fn trouble_is_told_once_and_so_is_its_end() {
    assert_eq!(RUN.all("[warning] survey plugin: trouble "), ["1"]);
    RUN.assert_said("[notice] survey plugin: no more trouble");
}

/// The log plugin of the tests listens too, so here is a daemon without it.
#[test]
fn a_notification_that_nobody_hears_is_no_error() {
    RUN.assert_said("survey plugin: somebody listens: true");
    let builder = Daemon::builder().logfile(false).load_so(so("survey"), "survey").conf(&block("survey", CONFIG));
    let mut daemon = builder.load("csv").hostname("here").start();
    let line = daemon.wait_log("survey plugin: somebody listens", Duration::from_secs(60));
    assert!(line.ends_with("somebody listens: false"), "{line}");
    // The rest of the read followed.
    let _ = daemon.wait_rows("here/survey/gauge-end", 1);
    assert!(daemon.stop().success());
}
