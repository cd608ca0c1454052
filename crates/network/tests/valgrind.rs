//! The plugin in the real daemon under valgrind: it touches and loses nothing.

mod common;

use std::time::Duration;

use collectd_test_daemon::{Daemon, UdpSink, free_udp_port, wait_until};
use common::{Names, lists, load_sample, sender, server};

/// Valgrind is slow.
const PATIENCE: Duration = Duration::from_secs(120);

fn check(daemon: &Daemon) {
    let report = daemon.valgrind_report();
    for file in ["rust_network", "fixed_values"] {
        report.assert_clean(file);
    }
}

/// Servers that work, that have no name, that do not listen and that cannot be reached, side by side.
#[test]
fn a_daemons_life() {
    let sink = UdpSink::bind();
    let names = Names::new();
    let block = format!(
        "{}{}Server \"nowhere.test\"\nServer \"255.255.255.255\" \"9\"\nLinger 0.2\nMaxPacketSize 1024\n",
        server(sink.port()),
        server(free_udp_port()),
    );
    let builder = names.preload(sender(&block)).valgrind(true).load("unixsock").load("uptime");
    let mut daemon = load_sample(builder, "fixed_values", "Reads 3").start();
    daemon.wait_log("read 2 is complete", PATIENCE);
    daemon.flush_all();
    daemon.command("FLUSH").expect("FLUSH works");
    daemon.command("FLUSH plugin=rust_network identifier=a/b/c").expect("FLUSH works");
    daemon.wait_log("read 3 is complete", PATIENCE);
    daemon.wait_log("nobody listens", PATIENCE);
    wait_until("values", PATIENCE, || (lists(&sink.packets()).len() > 3 * 38).then_some(()));
    assert!(daemon.stop().success(), "{}", daemon.log());
    check(&daemon);
}

/// The thread that the resolver holds is still there when the process ends.
#[test]
fn an_end_while_the_resolver_hangs() {
    let names = Names::new();
    names.switch("hang", true);
    let builder = names.preload(sender("Server \"slow.test\"\nLinger 0")).valgrind(true);
    let mut daemon = load_sample(builder, "fixed_values", "").start();
    daemon.wait_log("read 1 is complete", PATIENCE);
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(daemon.log().contains("cannot send any more"), "{}", daemon.log());
    check(&daemon);
}

#[test]
fn a_refused_configuration() {
    let said = sender("Server \"127.0.0.1\" \"70000\"").valgrind(true).check_start_fails();
    assert!(said.contains("70000"), "{said}");
}
