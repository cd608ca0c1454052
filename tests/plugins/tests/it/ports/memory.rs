//! `memory_rs` beside `memory`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Metrics, metrics, side_by_side, values, wait_metrics};

const MEMINFO: &str = "/proc/meminfo";

/// As Linux has had it since 2.6.19.
const TODAY: &str = "MemTotal:       24684085 kB\nMemFree:         2848716 kB\nMemAvailable:   24052712 kB\n\
    Buffers:           83244 kB\nCached:         17681453 kB\nSwapCached:            9 kB\nActive:          5084668 kB\n\
    SwapTotal:             0 kB\nSwapFree:              0 kB\nAnonPages:         18824 kB\nShmem:              8872 kB\n\
    KReclaimable:     849452 kB\nSlab:             940648 kB\nSReclaimable:     849452 kB\nSUnreclaim:        91196 kB\n\
    HugePages_Total:       0\nHugepagesize:       2048 kB\n";

/// The same without the parts of the slab.
fn before_2_6_19() -> String {
    TODAY.lines().filter(|line| !line.starts_with('S')).map(|line| format!("{line}\n")).collect::<String>()
        + "Slab:             940648 kB\n"
}

/// What both have written when they have seen this file for a while.
fn both(config: &str, meminfo: &str, names: &[&str]) -> [Metrics; 2] {
    let mut daemon = side_by_side("memory", config).pretend(MEMINFO, meminfo).start();
    let names: Vec<_> = names.iter().map(|name| format!("memory-/{name}")).collect();
    let wanted: Vec<_> = names.iter().map(String::as_str).collect();
    wait_metrics(&daemon, "memory", &wanted, 2);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let found = metrics(&daemon, "memory");
    for metrics in &found {
        assert_eq!(metrics.keys().map(String::as_str).collect::<BTreeSet<_>>(), wanted.iter().copied().collect());
    }
    found
}

/// The file never changes, so each row is the same.
fn assert_same([theirs, ours]: &[Metrics; 2]) {
    for (name, rows) in values(ours) {
        let expected = values(theirs)[name][0];
        assert!(rows.iter().all(|row| *row == expected), "{name}: {rows:?}, not {expected}");
    }
}

#[test]
fn memory_is_what_the_original_reads() {
    let parts = ["used", "buffered", "cached", "free", "slab_unrecl", "slab_recl"];
    let absolute = parts.map(|part| format!("memory-{part}"));
    let percentages = parts.map(|part| format!("percent-{part}"));
    let absolute: Vec<_> = absolute.iter().map(String::as_str).collect();
    let percentages: Vec<_> = percentages.iter().map(String::as_str).collect();
    let all = [absolute.clone(), percentages.clone()].concat();

    assert_same(&both("", TODAY, &absolute));
    let found = both("ValuesAbsolute false\nValuesPercentage true", TODAY, &percentages);
    assert_same(&found);
    let sum: f64 = values(&found[1]).values().map(|rows| rows[0].parse::<f64>().expect("a number")).sum();
    assert!((sum - 100.0).abs() < 1e-5, "{found:?}");
    assert_same(&both("ValuesPercentage true", TODAY, &all));
}

#[test]
fn memory_of_an_old_kernel_is_what_the_original_reads() {
    let parts = ["used", "buffered", "cached", "free", "slab"].map(|part| format!("memory-{part}"));
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    assert_same(&both("", &before_2_6_19(), &parts));
}

#[test]
fn parts_larger_than_the_whole_fail_as_the_original_does() {
    let text = TODAY.replace("24684085", "12345678");
    let mut daemon = side_by_side("memory", "").pretend(MEMINFO, &text).start();
    let line = daemon.wait_log("memory_rs plugin: read failed", super::PATIENCE);
    assert!(line.ends_with("the parts have 9429384192 bytes more than the whole"), "{line}");
    for read in ["memory", "memory_rs"] {
        daemon.wait_log(&format!("read-function of plugin `{read}' failed"), super::PATIENCE);
    }
    assert!(daemon.stop().success());
    assert!(daemon.csv_rows().is_empty(), "{:?}", daemon.csv_rows());
}

/// The machine's own memory. Both read it at nearly the same moment: within it, a part of it does not change by a
/// twentieth of the whole. The sum of the parts is the whole, but for what the slab grew while the kernel wrote down
/// one line after the other.
#[test]
fn the_memory_of_this_machine_is_about_what_the_original_reads() {
    let mut daemon = side_by_side("memory", "").start();
    wait_metrics(&daemon, "memory", &["memory-/memory-used"], 3);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let [theirs, ours] = metrics(&daemon, "memory");
    assert!(theirs.keys().eq(ours.keys()) && !ours.is_empty(), "{theirs:?} {ours:?}");
    let (theirs, ours) = (one_read(&theirs), one_read(&ours));
    let whole: f64 = theirs.values().sum();
    for (name, part) in &ours {
        let difference = (part - theirs[name]).abs();
        assert!(difference < whole / 20.0, "{name}: {part} {} of {whole}", theirs[name]);
    }
    let sum: f64 = ours.values().sum();
    assert!((sum - whole).abs() < 4096.0 * 1024.0, "{sum} {whole}");
}

/// The parts of the last read of which all are there: they have one time. Some of the last may have got lost.
fn one_read(metrics: &Metrics) -> BTreeMap<&str, f64> {
    let rows = metrics.values().next().expect("a part");
    let of = |time: &str| {
        let mut parts = BTreeMap::new();
        for (name, rows) in metrics {
            let (_, value) = rows.iter().find(|row| row.0 == time)?;
            parts.insert(name.as_str(), value.parse().expect("a number"));
        }
        Some(parts)
    };
    rows.iter().rev().find_map(|(time, _)| of(time)).expect("a whole read")
}
