//! `cpu_rs` beside `cpu`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use collectd_test_daemon::Daemon;

use super::{Metrics, metrics, side_by_side, values, wait_metrics};

const STAT: &str = "/proc/stat";
const STEPS: usize = 5;

/// What each CPU spent in each state in each step. The first eight sum up to a prime number, so that no percentage is
/// halfway between two numbers of six decimals, where the moment of reading would decide.
fn spent(cpu: usize, step: usize) -> [i64; 10] {
    let (cpu, step) = (i64::try_from(cpu).expect("few"), i64::try_from(step).expect("few"));
    let [user, nice, system] = [1000 + 37 * step + 11 * cpu, 200 + 7 * step, 301 + 5 * cpu];
    // The kernel's `iowait` sometimes falls.
    let wait = if step == 3 { -4 } else { 50 + cpu };
    let [interrupt, softirq, steal] = [3 + step, 17, 9 * cpu];
    let idle = 9973 - (user + nice + system + wait + interrupt + softirq + steal);
    [user, nice, system, idle, wait, interrupt, softirq, steal, 150 + 3 * step, 40 + cpu]
}

/// /proc/stat after so many steps, with these CPUs, each with so many columns. Always of the same length.
fn stat(step: usize, cpus: &[usize], columns: usize) -> String {
    let mut text = String::from("cpu  11 22 33 44 55 66 77 88 99 11\n");
    for &cpu in cpus {
        write!(text, "cpu{cpu}").expect("a string takes text");
        for column in 0..columns {
            // Guests had more than all users in the beginning, as after an overflow.
            let start = if column == 8 { 5000 } else { 100 };
            let sum: i64 = (0..step).map(|step| spent(cpu, step)[column]).sum();
            write!(text, " {}", start + sum).expect("a string takes text");
        }
        text.push('\n');
    }
    text += "intr 686250 0 0 0\nctxt 1990473\nbtime 1485948\nprocesses 2115\nprocs_running 1\n";
    format!("{text:<1500}\n")
}

/// Lets time pass, as far as the daemon can see, and returns what both made of it. `clock` is a metric that each read
/// has a row of.
fn both(config: &str, clock: &str, stats: &[String]) -> [Metrics; 2] {
    let builder = side_by_side("cpu", config).write_threads(1).pretend(STAT, &stats[0]);
    let mut daemon = builder.start();
    wait_reads(&daemon, clock);
    for stat in &stats[1..] {
        daemon.pretend(STAT, stat);
        wait_reads(&daemon, clock);
    }
    assert!(daemon.stop().success(), "{}", daemon.log());
    metrics(&daemon, "cpu")
}

/// Waits for two more reads of both, from beginning to end, and for what they dispatched: the first row that comes may
/// be from before, and the last one tells only that there was one.
fn wait_reads(daemon: &Daemon, clock: &str) {
    let so_far = metrics(daemon, "cpu").map(|metrics| metrics.get(clock).map_or(0, Vec::len));
    wait_metrics(daemon, "cpu", &[clock], so_far[0].max(so_far[1]) + 4);
}

fn steps(cpus: &[usize], columns: usize) -> Vec<String> {
    (0..=STEPS).map(|step| stat(step, cpus, columns)).collect()
}

/// Percentages: there is a row for each step, and none as long as nothing changes.
fn assert_same_percentages(config: &str, stats: &[String], names: &[&str]) {
    let [theirs, ours] = both(&format!("ReportNumCpu true\n{config}"), "cpu-/count", stats);
    let (mut theirs, mut ours) = (values(&theirs), values(&ours));
    let counts = [&mut theirs, &mut ours].map(|values| values.remove("cpu-/count").expect("a count"));
    let cpus = counts[0][0];
    assert!(counts.concat().iter().all(|count| *count == cpus) && cpus.ends_with(".000000"), "{counts:?}");
    assert_eq!(theirs, ours, "{config}");
    assert_eq!(ours.keys().copied().collect::<Vec<_>>(), names, "{config}");
    assert!(ours.values().all(|rows| rows.len() == STEPS), "{ours:?}");
}

fn names(cpus: &[&str], states: &[&str]) -> Vec<String> {
    let mut names: Vec<_> =
        cpus.iter().flat_map(|cpu| states.iter().map(move |state| format!("cpu-{cpu}/percent-{state}"))).collect();
    names.sort();
    names
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

const PLAIN: [&str; 8] = ["idle", "interrupt", "nice", "softirq", "steal", "system", "user", "wait"];
const GUESTS: [&str; 2] = ["guest", "guest_nice"];

#[test]
fn percentages_of_each_cpu_and_state_are_the_originals() {
    let stats = steps(&[0, 1, 2], 10);
    assert_same_percentages("ValuesPercentage true", &stats, &borrowed(&names(&["0", "1", "2"], &PLAIN)));
}

#[test]
fn percentages_of_sums_are_the_originals() {
    let stats = steps(&[0, 1, 2], 10);
    assert_same_percentages("ReportByState false", &stats, &borrowed(&names(&["0", "1", "2"], &["active"])));
    assert_same_percentages("ReportByCpu false", &stats, &borrowed(&names(&[""], &PLAIN)));
    let all = "ReportByCpu false\nReportByState false\nValuesPercentage true";
    assert_same_percentages(all, &stats, &borrowed(&names(&[""], &["active"])));
}

#[test]
fn time_of_guests_is_the_originals() {
    let stats = steps(&[0, 1], 10);
    let states = [&PLAIN[..], &GUESTS].concat();
    let names = names(&["0", "1"], &states);
    for subtract in [true, false] {
        let config = format!("ValuesPercentage true\nReportGuestState true\nSubtractGuestState {subtract}");
        assert_same_percentages(&config, &stats, &borrowed(&names));
    }
}

#[test]
fn old_kernels_have_fewer_states() {
    let stats = steps(&[0], 7);
    let states = ["idle", "interrupt", "nice", "softirq", "system", "user", "wait"];
    let config = "ValuesPercentage true\nReportGuestState true";
    assert_same_percentages(config, &stats, &borrowed(&names(&["0"], &states)));
}

/// The rows of one metric, each number once.
fn distinct<'a>(metrics: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut metrics = metrics.clone();
    metrics.values_mut().for_each(Vec::dedup);
    metrics
}

#[test]
fn jiffies_are_the_originals() {
    // Nothing is configured: the rows of a CPU are the clock.
    let [theirs, ours] = both("", "cpu-0/cpu-user", &steps(&[0, 1], 10));
    let (theirs, ours) = (distinct(&values(&theirs)), distinct(&values(&ours)));
    assert_eq!(theirs, ours);
    assert_eq!(ours.len(), 16);
    assert_eq!(ours["cpu-0/cpu-user"], ["100", "1100", "2137", "3211", "4322", "5470"]);

    let [theirs, ours] = both("ReportGuestState true", "cpu-0/cpu-idle", &steps(&[0, 1], 10));
    let (theirs, ours) = (distinct(&values(&theirs)), distinct(&values(&ours)));
    assert_eq!(theirs, ours);
    assert_eq!(ours.len(), 20);
    // Less what the guests had, and no less than nothing.
    assert_eq!(ours["cpu-1/cpu-user"], ["0"]);
}

#[test]
fn cpus_come_and_go_as_in_the_original() {
    let present: [&[usize]; STEPS + 1] = [&[0, 1, 2], &[0, 2], &[0, 2], &[0, 1, 2], &[0], &[0, 1, 2]];
    let stats: Vec<_> = present.iter().enumerate().map(|(step, cpus)| stat(step, cpus, 10)).collect();
    for config in ["ValuesPercentage true\nReportNumCpu true", "ReportNumCpu true"] {
        let [theirs, ours] = both(config, "cpu-/count", &stats);
        let (theirs, ours) = (distinct(&values(&theirs)), distinct(&values(&ours)));
        assert_eq!(theirs, ours, "{config}");
        assert_eq!(ours["cpu-/count"], ["3.000000", "1.000000", "3.000000"], "{config}");
        let type_ = if config.starts_with('V') { "percent" } else { "cpu" };
        let rows = |cpu: usize| ours[format!("cpu-{cpu}/{type_}-idle").as_str()].len();
        let seen = if type_ == "percent" { [5, 2, 4] } else { [6, 3, 5] };
        assert_eq!([rows(0), rows(1), rows(2)], seen, "{config} {ours:?}");
    }
}

/// On this machine's own file: what the port read lies between what the original read well before and well after.
/// (Half a second, as the time of a row is that of its dispatch, on a machine that has other things to do.)
#[test]
fn the_cpus_of_this_machine_are_about_what_the_original_reads() {
    let mut daemon = side_by_side("cpu", "ReportGuestState true").start();
    wait_metrics(&daemon, "cpu", &["cpu-0/cpu-user", "cpu-0/cpu-idle"], 25);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let [theirs, ours] = metrics(&daemon, "cpu");
    assert!(theirs.keys().eq(ours.keys()) && !ours.is_empty(), "{theirs:?} {ours:?}");
    let parsed = |rows: &[(String, String)]| -> Vec<(f64, i64)> {
        rows.iter().map(|(time, value)| (time.parse().expect("a time"), value.parse().expect("a count"))).collect()
    };
    let mut compared = 0;
    for (name, rows) in &ours {
        // The kernel's `idle` and `iowait` may fall by a little.
        let slack = if name.ends_with("-idle") || name.ends_with("-wait") { 3 } else { 0 };
        let theirs = parsed(&theirs[name]);
        for (time, count) in parsed(rows) {
            let before = theirs.iter().rfind(|row| row.0 < time - 0.5);
            let after = theirs.iter().find(|row| row.0 > time + 0.5);
            let (Some(before), Some(after)) = (before, after) else { continue };
            assert!((before.1 - slack..=after.1 + slack).contains(&count), "{name} {time} {count}: {theirs:?}");
            compared += 1;
        }
    }
    assert!(compared >= 50, "{compared} of {ours:?}");
}
