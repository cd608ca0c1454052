//! A receiver that cannot be reached: nothing else in the daemon notices, the log stays short, and it works
//! again as soon as it can.

mod common;

use std::collections::BTreeSet;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use collectd_test_daemon::{Builder, Daemon, UdpSink, free_udp_port, wait_until};
use common::{Names, PATIENCE, lists, load_sample, log_lines, sender, server, soon};

const UPTIME: &str = "testhost/uptime/uptime";
const MEBIBYTE: u64 = 1 << 20;

/// A daemon that reads ten times a second, and sends each value on its own.
fn reading(block: &str) -> Builder {
    sender(&format!("{block}\nLinger 0\n")).interval(Duration::from_millis(100)).load("csv").load("uptime")
}

fn slow_server(port: u16) -> String {
    format!("Server \"slow.test\" \"{port}\"\n")
}

/// When each row was read.
fn times(rows: &[(String, String)]) -> BTreeSet<String> {
    rows.iter().map(|(time, _)| time.clone()).collect()
}

/// When what arrived was read, written as csv does.
fn arrived(sink: &UdpSink) -> BTreeSet<String> {
    let lists = lists(&sink.packets());
    // Not the written times: a daemon that is late may read twice in a millisecond.
    let exact: BTreeSet<_> = lists.iter().map(|list| list.time).collect();
    assert_eq!(exact.len(), lists.len(), "something arrived twice");
    exact.iter().map(|&time| format!("{:.3}", time as f64 / 2f64.powi(30))).collect()
}

/// The next rows come, and at the usual pace.
fn assert_reads_go_on(daemon: &Daemon) {
    let before = daemon.csv_rows().get(UPTIME).map_or(0, Vec::len);
    let start = Instant::now();
    let rows = daemon.wait_rows(UPTIME, before + 20);
    assert!(start.elapsed() < Duration::from_secs(20), "20 reads took {:?}", start.elapsed());
    let seconds: Vec<f64> = rows.iter().map(|(time, _)| time.parse().expect("a time")).collect();
    let pause = seconds.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!(pause < 5.0, "{pause} s between two reads");
}

/// Everything that was read until now arrives.
fn assert_all_arrives(daemon: &Daemon, sink: &UdpSink) {
    let wanted = times(&daemon.wait_rows(UPTIME, 1));
    soon("everything that waited", || wanted.is_subset(&arrived(sink)).then_some(()));
}

#[test]
fn a_hanging_resolver_holds_nobody_up() {
    let sink = UdpSink::bind();
    let names = Names::new();
    names.switch("hang", true);
    let mut daemon = names.preload(reading(&slow_server(sink.port()))).start();
    assert_reads_go_on(&daemon);
    assert_eq!(sink.count(), 0);
    names.switch("hang", false);
    assert_all_arrives(&daemon, &sink);
    assert!(daemon.stop().success());
    assert!(!daemon.log().contains("[error]"), "{}", daemon.log());
}

#[test]
fn a_hanging_resolver_costs_bounded_memory() {
    // Some 70 MB in packets.
    const LISTS: u32 = 400_000;
    let names = Names::new();
    names.switch("hang", true);
    let sink = UdpSink::bind();
    // The daemon's own queue has no limit unless it is told to.
    let builder = sender(&slow_server(sink.port())).conf("WriteQueueLimitHigh 20000\nWriteQueueLimitLow 20000\n");
    let builder = names.preload(builder).interval(Duration::from_millis(100));
    let block = format!("Lists {LISTS}\nPerRead 20000\nIdentities 1000\nPrefix \"{}\"", "long name ".repeat(12));
    let mut daemon = load_sample(builder, "flood", &block).start();
    let start = daemon.resident_bytes();
    let mut peak = start;
    // Work for several seconds, which a busy machine or a sanitizer makes minutes.
    wait_until("the end of the flood", PATIENCE * 6, || {
        peak = peak.max(daemon.resident_bytes());
        daemon.log().contains("are dispatched").then_some(())
    });
    daemon.wait_log("Server \"slow.test\"", PATIENCE);
    for _ in 0..10 {
        peak = peak.max(daemon.resident_bytes());
        sleep(Duration::from_millis(50));
    }
    let grown = (peak - start) / MEBIBYTE;
    // 16 in the queue of the server, the daemon's own, and what the allocator keeps for its threads.
    assert!(grown < 60, "{grown} MiB more");
    assert!(grown >= 10, "only {grown} MiB more: where are the packets that wait?");
    // Once a minute.
    assert!((1..=4).contains(&log_lines(&daemon, "too many packets wait")), "{}", daemon.log());

    names.switch("hang", false);
    soon("what waited", || (sink.packets().iter().map(Vec::len).sum::<usize>() > 1 << 20).then_some(()));
    assert!(daemon.stop().success());
}

#[test]
fn a_hanging_resolver_does_not_keep_the_daemon_from_stopping() {
    let names = Names::new();
    names.switch("hang", true);
    let mut daemon = names.preload(reading(&slow_server(free_udp_port()))).start();
    let _rows = daemon.wait_rows(UPTIME, 3);
    let start = Instant::now();
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let log = daemon.log();
    let warning = log.lines().find(|line| line.contains("slow.test")).expect("a warning");
    assert!(warning.starts_with("[warning] rust_network plugin: Server \"slow.test\""), "{warning}");
    assert!(warning.contains("cannot send any more") && warning.ends_with("are lost"), "{warning}");
}

#[test]
fn what_waits_for_the_resolver_when_the_daemon_stops_is_sent_if_that_works_soon() {
    let sink = UdpSink::bind();
    let names = Names::new();
    names.switch("hang", true);
    let mut daemon = names.preload(reading(&slow_server(sink.port()))).write_threads(1).start();
    let rows = daemon.wait_rows(UPTIME, 5);
    thread::scope(|scope| {
        scope.spawn(|| {
            sleep(Duration::from_secs(1));
            names.switch("hang", false);
        });
        assert!(daemon.stop().success(), "{}", daemon.log());
    });
    // The last of them may have been on its way to us, in the daemon's one write thread.
    let wanted = times(&rows[..4]);
    soon("what waited", || wanted.is_subset(&arrived(&sink)).then_some(()));
    assert!(!daemon.log().contains("lost"), "{}", daemon.log());
}

#[test]
fn a_name_that_cannot_be_resolved_is_asked_for_again() {
    let sink = UdpSink::bind();
    let names = Names::new();
    names.switch("again", true);
    let mut daemon = names.preload(reading(&slow_server(sink.port()))).start();
    daemon.wait_log("cannot resolve \"slow.test\" now", PATIENCE);
    // More than one try.
    assert_reads_go_on(&daemon);
    assert_eq!(sink.count(), 0);
    names.switch("again", false);
    assert_all_arrives(&daemon, &sink);
    assert_eq!(log_lines(&daemon, "cannot resolve"), 1, "{}", daemon.log());
    daemon.wait_log(&format!("sending to 127.0.0.1:{}", sink.port()), PATIENCE);
    assert_reads_go_on(&daemon);
    assert_all_arrives(&daemon, &sink);
    assert!(daemon.stop().success());
}

#[test]
fn a_port_where_nobody_listens_is_told_once_a_minute() {
    let port = free_udp_port();
    let mut daemon = reading(&server(port)).start();
    daemon.wait_log(&format!("nobody listens on 127.0.0.1:{port}"), PATIENCE);
    assert_reads_go_on(&daemon);
    assert_eq!(log_lines(&daemon, "nobody listens"), 1, "{}", daemon.log());

    let sink = UdpSink::bind_port(port);
    let now = daemon.wait_rows(UPTIME, 1).len();
    // Those from before went nowhere. One may still have been on its way.
    let wanted: BTreeSet<_> = times(&daemon.wait_rows(UPTIME, now + 10)[now + 1..]);
    soon("what was read since", || wanted.is_subset(&arrived(&sink)).then_some(()));
    daemon.wait_log(&format!("127.0.0.1:{port} listens again"), PATIENCE);

    // Gone and back within the minute, and again: no word about it.
    drop(sink);
    sleep(Duration::from_millis(500));
    let sink = UdpSink::bind_port(port);
    let _packets = sink.wait(3, PATIENCE);
    assert!(daemon.stop().success());
    assert_eq!(log_lines(&daemon, "listen"), 2, "{}", daemon.log());
}

/// The system refuses to connect to the broadcast address, so nothing leaves the machine.
#[test]
fn an_address_that_cannot_be_reached_is_told_once_and_the_others_get_everything() {
    let sink = UdpSink::bind();
    let block = format!("Server \"255.255.255.255\" \"9\"\n{}", server(sink.port()));
    let mut daemon = reading(&block).start();
    daemon.wait_log(
        "[error] rust_network plugin: Server \"255.255.255.255\" \"9\": 255.255.255.255:9: cannot connect: ",
        PATIENCE,
    );
    assert_reads_go_on(&daemon);
    assert_all_arrives(&daemon, &sink);
    let start = Instant::now();
    assert!(daemon.stop().success());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(log_lines(&daemon, "cannot connect"), 1, "{}", daemon.log());
    assert_eq!(log_lines(&daemon, "packets could not be sent"), 1, "{}", daemon.log());
}
