//! The plugin in the real daemon, on the kernel that is here.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, cargo_build};

const PATIENCE: Duration = Duration::from_secs(60);
const CONF: &str = include_str!("../pressure.conf");
const README: &str = include_str!("../README.md");

fn builder() -> Builder {
    Daemon::builder().load("csv").load_so(cargo_build::cdylib(env!("CARGO_PKG_NAME")), "pressure")
}

/// The kernel's file, or, on a kernel without, one like it.
fn proc_root(dir: &Path) -> PathBuf {
    if Path::new("/proc/pressure/memory").exists() {
        return "/proc".into();
    }
    let made = dir.join("pressure");
    fs::create_dir(&made).expect("a temporary directory is writable");
    for resource in ["cpu", "memory", "io"] {
        let text = "some avg10=0.00 avg60=0.10 avg300=1.87 total=345940606\n\
                    full avg10=0.00 avg60=0.08 avg300=1.54 total=101119565\n";
        fs::write(made.join(resource), text).expect("a temporary directory is writable");
    }
    dir.into()
}

/// Where cgroups of version 2 with pressure are, or a directory like it.
fn cgroup_root(dir: &Path, proc_root: &Path) -> PathBuf {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let words = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let mut roots = words.filter(|words| words.get(2) == Some(&"cgroup2")).map(|words| PathBuf::from(words[1]));
    roots.find(|root| root.join("memory.pressure").exists()).unwrap_or_else(|| {
        fs::write(dir.join("cgroup.controllers"), "").expect("a temporary directory is writable");
        let text = fs::read(proc_root.join("pressure/memory")).expect("it is there");
        fs::write(dir.join("memory.pressure"), text).expect("a temporary directory is writable");
        dir.into()
    })
}

/// The milliseconds that some tasks waited for memory.
fn total(file: &Path) -> f64 {
    let text = fs::read_to_string(file).expect("a file");
    let line = text.lines().find(|line| line.starts_with("some ")).expect("a line");
    let micros: u64 = line.rsplit('=').next().and_then(|number| number.parse().ok()).expect("a number");
    (micros / 1000) as f64
}

#[test]
fn csv_gets_what_the_kernel_measures() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let proc_root = proc_root(dir.path());
    let cgroup_root = cgroup_root(dir.path(), &proc_root);
    let config = format!(
        "<Plugin pressure>\n  ProcRoot {proc_root:?}\n  CgroupRoot {cgroup_root:?}\n  Resource \"memory\"\n  Cgroup \"/\"\n\
         </Plugin>"
    );
    let (system, cgroup) = (proc_root.join("pressure/memory"), cgroup_root.join("memory.pressure"));
    let before = [total(&system), total(&cgroup)];
    let mut daemon = builder().conf(&config).interval(Duration::from_millis(200)).start();
    for (plugin, before, file) in [("pressure", before[0], &system), ("pressure-root", before[1], &cgroup)] {
        let rows = daemon.wait_rows(&format!("testhost/{plugin}/total_time_in_ms-memory-some"), 2);
        let after = total(file);
        for (_, value) in &rows {
            let value: f64 = value.parse().expect("a number");
            assert!((before..=after).contains(&value), "{value} is not from {before} to {after}");
        }
        for average in ["some-avg10", "some-avg60", "some-avg300", "full-avg10"] {
            let rows = daemon.wait_rows(&format!("testhost/{plugin}/percent-memory-{average}"), 1);
            let percent: f64 = rows[0].1.parse().expect("a number");
            assert!((0.0..=100.0).contains(&percent), "{rows:?}");
        }
    }
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(!daemon.log().contains("pressure plugin"), "{}", daemon.log());
}

#[test]
fn the_configuration_in_the_directory_is_one_and_the_readme_shows_it() {
    assert!(README.contains(CONF), "README.md shows another configuration than pressure.conf");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let proc_root = proc_root(dir.path());
    // As it stands, but for where things are.
    let cgroup_root = cgroup_root(dir.path(), &proc_root);
    let roots = format!("<Plugin pressure>\n    ProcRoot {proc_root:?}\n    CgroupRoot {cgroup_root:?}\n");
    let conf = CONF.replace("<Plugin pressure>\n", &roots);
    let mut daemon = builder().conf(&conf).start();
    let rows = daemon.wait_rows("testhost/pressure/percent-memory-some-avg10", 1);
    assert_eq!(rows.len(), 1);
    assert!(daemon.stop().success(), "{}", daemon.log());
}

#[test]
fn a_kernel_that_does_not_measure_leaves_the_daemon_running() {
    let mut daemon = builder().load("uptime").conf("<Plugin pressure>\n  ProcRoot \"@DIR@\"\n</Plugin>").start();
    let line = daemon.wait_log("pressure plugin: init: ", PATIENCE);
    assert!(line.contains("init: the kernel measures no pressure: it needs CONFIG_PSI"), "{line}");
    assert!(!daemon.wait_rows("testhost/uptime/uptime", 1).is_empty());
    assert!(!daemon.csv_rows().keys().any(|name| name.contains("/pressure")), "{:?}", daemon.csv_rows());
    // What the daemon says at its end of a plugin that could not be made.
    assert_eq!(daemon.stop().code(), Some(1));
}
