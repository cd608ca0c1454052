//! `load_rs` beside `load`.

use super::{Metrics, side_by_side, wait_metrics};

/// What the only metric was, one after the other, without repetitions.
fn steps(metrics: &Metrics) -> Vec<&str> {
    let rows = metrics.values().next().expect("a metric");
    let mut steps: Vec<_> = rows.iter().map(|row| row.1.as_str()).collect();
    steps.dedup();
    steps
}

/// The kernel has new numbers every five seconds, and each of them is read many times by both. So the steps are the
/// same, but for one that only one of them has seen at the beginning or at the end.
fn assert_same(theirs: &Metrics, ours: &Metrics) {
    let (theirs, ours) = (steps(theirs), steps(ours));
    let is_same_from = |at_theirs: usize, at_ours: usize| {
        let mut pairs = theirs.iter().skip(at_theirs).zip(ours.iter().skip(at_ours)).peekable();
        pairs.peek().is_some() && pairs.all(|(theirs, ours)| theirs == ours)
    };
    assert!(is_same_from(0, 0) || is_same_from(1, 0) || is_same_from(0, 1), "{theirs:?} {ours:?}");
    assert!(theirs.len().abs_diff(ours.len()) <= 1, "{theirs:?} {ours:?}");
}

#[test]
fn load_is_what_the_original_reads() {
    let mut daemon = side_by_side("load", "").start();
    wait_metrics(&daemon, "load", &["load-/load"], 10);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let [theirs, ours] = super::metrics(&daemon, "load");
    assert_eq!(ours.keys().collect::<Vec<_>>(), ["load-/load"]);
    assert_eq!(theirs.keys().collect::<Vec<_>>(), ["load-/load"]);
    assert_same(&theirs, &ours);
    assert!(steps(&ours)[0].split(',').all(|load| load.parse::<f64>().is_ok_and(|load| load >= 0.0)), "{ours:?}");
}

#[test]
fn relative_load_is_what_the_original_reads() {
    // Another number of CPUs than there are, so that it is seen to count.
    for online in ["0\n", "0-2,4,6-7\n"] {
        let mut daemon =
            side_by_side("load", "ReportRelative true").pretend("/sys/devices/system/cpu/online", online).start();
        wait_metrics(&daemon, "load", &["load-/load-relative"], 10);
        assert!(daemon.stop().success(), "{}", daemon.log());
        let [theirs, ours] = super::metrics(&daemon, "load");
        assert_eq!(ours.keys().collect::<Vec<_>>(), ["load-/load-relative"]);
        assert_eq!(theirs.keys().collect::<Vec<_>>(), ["load-/load-relative"]);
        assert_same(&theirs, &ours);
    }
}

#[test]
fn a_machine_without_a_list_of_cpus_is_an_error() {
    let mut daemon =
        side_by_side("load", "ReportRelative true").pretend("/sys/devices/system/cpu/online", "none\n").start();
    let line = daemon.wait_log("load_rs plugin: read failed", super::PATIENCE);
    assert_eq!(line, "[error] load_rs plugin: read failed: no list of CPUs: \"none\\n\"");
    assert!(daemon.stop().success());
}
