//! The same plugins with the same configuration in the real daemon and in the one for tests: both must log the same, in the
//! same order; the samples log all values that they get.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use collectd::{Notification, Time, Values};
use collectd_test_daemon::{Daemon, cargo_build};
use collectd_testing::{Builder, Host, host};

#[path = "samples"]
mod samples {
    pub(crate) mod clumsy;
    pub(crate) mod crier;
    pub(crate) mod gauges;
    pub(crate) mod ledger;
    pub(crate) mod tree;
    pub(crate) mod watcher;
    pub(crate) mod worker;
}

use samples::clumsy::Clumsy;
use samples::crier::Crier;
use samples::gauges::Gauges;
use samples::ledger::Ledger;
use samples::tree::Tree;
use samples::watcher::Watcher;
use samples::worker::Worker;

const PATIENCE: Duration = Duration::from_secs(60);

fn so(name: &str) -> PathBuf {
    cargo_build::example(env!("CARGO_PKG_NAME"), &format!("parity_{name}"))
}

/// A real daemon that reads once an hour, and writes one value list after the other.
fn real(names: &[&str], interval: u64) -> collectd_test_daemon::Builder {
    let builder = Daemon::builder().interval(Duration::from_secs(interval)).write_threads(1).load("unixsock");
    names.iter().fold(builder, |builder, name| builder.load_so(so(name), name))
}

extern "C" fn ledger() {
    collectd::module_register(|module| Ok(module.plugin::<Ledger>().write().flush().shutdown().register()?), &[]);
}

fn at(seconds: u64) -> Time {
    Time::from_secs(1_500_000_000 + seconds)
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// The lines of these plugins in a log, as `[info] text`.
fn of(names: &[&str], log: impl IntoIterator<Item = String>) -> Vec<String> {
    let is_theirs = |line: &String| names.iter().any(|name| line.contains(&format!("] {name} plugin: ")));
    log.into_iter().filter(is_theirs).collect()
}

fn real_log(names: &[&str], log: &str) -> Vec<String> {
    of(names, log.lines().map(str::to_owned))
}

fn fake_log(names: &[&str], host: &mut Host) -> Vec<String> {
    of(names, host.take_log().into_iter().map(|line| format!("[{}] {}", line.level, line.text)))
}

fn fake(builder: Builder, interval: u64, config: &str) -> Builder {
    builder.config(&format!("Hostname testhost\nInterval {interval}\n{config}"))
}

/// Waits for a line of the real daemon, and stops it. All of them.
fn stopped(mut daemon: Daemon, last: &str, names: &[&str]) -> Vec<String> {
    daemon.wait_log(last, PATIENCE);
    let _ = daemon.stop();
    real_log(names, &daemon.log())
}

#[track_caller]
fn assert_same(real: &[String], fake: &[String], at_least: usize) {
    assert_eq!(real, fake, "\nreal {real:#?}\nfake {fake:#?}");
    assert!(real.len() >= at_least, "{real:#?}");
}

#[test]
fn values_from_a_read_to_a_writer() {
    let names = ["gauges", "ledger"];
    let config = "<Plugin gauges>\n  Value 1.5 -2 0\n  Value 1e+300\n  Instance \"a \\\"b\\\"\"\n</Plugin>\n";
    let config = config.replace("1e+300", "1.0e+300");
    let daemon = real(&names, 3600).conf(&config).start();
    let real = stopped(daemon, "if_octets", &names);

    let loads = format!("LoadPlugin gauges\nLoadPlugin ledger\n{config}");
    let mut host = fake(host!(Gauges: Read).module(ledger), 3600, &loads).start();
    assert!(host.try_read().is_err(), "two values are too many for a gauge");
    host.try_shutdown().expect("it is clean");
    // The read logs its failure while what it dispatched is still on its way to the writer: between the two there is no order.
    let apart = |lines: Vec<String>| names.map(|name| of(&[name], lines.clone())).concat();
    assert_same(&apart(real), &apart(fake_log(&names, &mut host)), 8);
}

#[test]
fn values_of_others_flushes_and_the_end() {
    let names = ["ledger"];
    let daemon = real(&names, 3600).start();
    daemon.putval("h/test-i/gauge-x", "interval=5", "1500000000:42.5");
    daemon.putval("h/test/gauge-bad", "interval=5", "1500000001:0.1");
    daemon.putval("h/test/if_octets", "interval=2.5", "1500000002:1:-2");
    let mut daemon = daemon;
    daemon.wait_log("if_octets", PATIENCE);
    daemon.command("FLUSH timeout=10 plugin=ledger identifier=h/test/gauge-x").expect("it flushes");
    let real = stopped(daemon, "flush Some", &names);

    let mut host = fake(host!(Ledger: Write, Flush, Shutdown), 3600, "").start();
    let gauge =
        |time, value| Values::new("gauge").host("h").plugin("test").gauge(value).time(at(time)).interval(seconds(5.0));
    host.dispatch(&gauge(0, 42.5).plugin_instance("i").type_instance("x"));
    assert!(host.try_dispatch(&gauge(1, 0.1).type_instance("bad")).is_err());
    let octets = Values::new("if_octets").host("h").plugin("test").derives([1, -2]);
    host.dispatch(&octets.time(at(2)).interval(seconds(2.5)));
    host.flush(Some("ledger"), Some(seconds(10.0)), Some("h/test/gauge-x"));
    host.try_shutdown().expect("it is clean");
    assert_same(&real, &fake_log(&names, &mut host), 7);
}

#[test]
fn notifications() {
    let names = ["crier"];
    let mut daemon = real(&names, 3600).start();
    daemon.wait_log("heard: true", PATIENCE);
    let command = "PUTNOTIF message=\"it \\\"burns\\\"\" severity=failure time=1500000000 host=h plugin=p plugin_instance=i type=gauge";
    daemon.command(command).expect("it is one");
    let real = stopped(daemon, "too much", &names);

    let mut host = fake(host!(Crier: Read, Notify), 3600, "").start();
    host.read();
    let fire =
        Notification::failure("it \"burns\"").time(at(0)).host("h").plugin("p").plugin_instance("i").type_("gauge");
    assert!(host.try_notify(&fire.build().expect("it is one")).is_err(), "too much");
    host.try_shutdown().expect("it is clean");
    assert_same(&real, &fake_log(&names, &mut host), 4);
}

#[test]
fn configurations() {
    let names = ["tree"];
    let config = "<Plugin \"TREE\" 1 true>\n  Text \"a \\\"b\\\" \\\\ # c\" plain 1.5 0x10 yes No # comment\n  \
                  Address 10.0.0.1:80 fe80::1 [::1]:25826\n  Long \"a\\\n    b\" \\\n  c\n  <Inner a \"b\">\n    <Deep>\n      Key 1\n    \
                  </Deep>\n    <Empty>\n    </Empty>\n  </Inner>\n</Plugin>\n<Plugin tree>\n  Again on\n</Plugin>\n";
    let daemon = real(&names, 3600).conf(config).start();
    let real = stopped(daemon, "Again", &names);
    let mut host = fake(host!(Tree: Shutdown), 3600, config).start();
    assert_same(&real, &fake_log(&names, &mut host), 7);
}

#[test]
fn metrics_from_the_first_value_to_the_last() {
    let names = ["watcher"];
    let daemon = real(&names, 1).start();
    daemon.putval("h/test/derive-x", "interval=1", "1500000000:100");
    daemon.putval("h/other/gauge", "interval=1", "1500000000:1");
    daemon.putval("h/test/derive-x", "interval=1", "1500000010:150");
    let real = stopped(daemon, "expired", &names);

    let mut host = fake(host!(Watcher: CacheEvent, Missing), 1, "").start();
    let derive = |time, value| {
        Values::new("derive")
            .host("h")
            .plugin("test")
            .type_instance("x")
            .derive(value)
            .time(at(time))
            .interval(seconds(1.0))
    };
    host.dispatch(&derive(0, 100));
    host.dispatch(&Values::new("gauge").host("h").plugin("other").gauge(1.0).time(at(0)).interval(seconds(1.0)));
    host.dispatch(&derive(10, 150));
    host.advance(Duration::from_secs(5));
    assert_same(&real, &fake_log(&names, &mut host), 4);
}

/// Where the samples are, seen from where they are compiled.
fn at_one_place(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| line.replace("examples/../tests", "tests")).collect()
}

#[test]
fn failures_and_panics() {
    let names = ["clumsy"];
    let mut daemon = real(&names, 3600).start();
    daemon.wait_log("no such type", PATIENCE);
    assert!(!daemon.stop().success());
    let real = at_one_place(real_log(&names, &daemon.log()));

    let mut host = fake(host!(Clumsy: Read, Shutdown), 3600, "").start();
    assert!(host.try_read().is_err());
    assert!(host.try_shutdown().is_err());
    assert_same(&real, &at_one_place(fake_log(&names, &mut host)), 4);
}

#[test]
fn a_plugin_that_cannot_be_made() {
    let names = ["clumsy"];
    let config = "<Plugin clumsy>\n  Unwilling true\n</Plugin>\n";
    let mut daemon = real(&names, 3600).conf(config).start();
    assert!(!daemon.stop().success());
    let real = real_log(&names, &daemon.log());

    let mut host = fake(host!(Clumsy: Read, Shutdown), 3600, config).load();
    assert!(host.try_init().is_err());
    host.read();
    host.try_shutdown().expect("there is nothing to fail");
    assert_same(&real, &fake_log(&names, &mut host), 2);
}

#[test]
fn a_configuration_that_is_refused() {
    let names = ["gauges"];
    for config in
        ["<Plugin gauges>\n  Vlaue 1\n</Plugin>\n", "<Plugin gauges>\n  Value yes\n  Instance 1 2\n</Plugin>\n"]
    {
        let real = real_log(&names, &real(&names, 3600).conf(config).check_start_fails());
        let failed = fake(host!(Gauges: Read), 3600, config).try_load().expect_err("it is refused");
        let fake = of(&names, failed.log().iter().map(|line| format!("[{}] {}", line.level, line.text)));
        assert_same(&real, &fake, 1);
    }
}

#[test]
fn threads_of_a_plugin() {
    let names = ["worker", "ledger"];
    let daemon = real(&names, 3600).start();
    let real = stopped(daemon, "gauge/thread", &names);

    let loads = "LoadPlugin worker\nLoadPlugin ledger\n";
    let mut host = fake(host!(Worker: Shutdown).module(ledger), 3600, loads).start();
    // Its thread takes its time, in both.
    let deadline = Instant::now() + PATIENCE;
    while host.take_values().is_empty() {
        assert!(Instant::now() < deadline, "the thread dispatches nothing");
        thread::sleep(Duration::from_millis(5));
    }
    host.flush(Some("nobody"), None, None);
    host.try_shutdown().expect("it is clean");
    let apart = |lines: Vec<String>| names.map(|name| of(&[name], lines.clone())).concat();
    assert_same(&apart(real), &apart(fake_log(&names, &mut host)), 5);
}
