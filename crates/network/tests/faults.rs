//! What goes wrong between daemons: what was accepted while the far end was up arrives, and what did not is counted.

mod common;
mod flow;
mod receiving;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, UdpSink, free_udp_port, udp_queues};
use collectd_types::Time;
use common::preload::Injections;
use common::{Names, PATIENCE, lists, log_lines, preload, sender, server, soon};
use flow::{flowing, numbers};
use receiving::{ALICE, Source, Statistics, auth_file, drops, gauge, listen, packet, reporting, signed};

/// What a listener has received, and what its kernel dropped, when nothing more comes.
fn settled(daemon: &Daemon, port: u16) -> u64 {
    let mut before = None;
    soon("an end of receiving", || {
        let statistics = Statistics::next(daemon);
        let now = statistics.count(port, "if_packets") + statistics.count(port, "packets-dropped-kernel");
        let is_over = before == Some(now);
        before = Some(now);
        // What the kernel dropped is asked for once a second.
        sleep(Duration::from_millis(if is_over { 0 } else { 1100 }));
        is_over.then_some(now)
    })
}

/// The receiver ends and comes back in the midst of it. Somebody else keeps its place meanwhile, who counts.
#[test]
fn what_a_restarting_receiver_missed_is_what_came_in_between() {
    const LISTS: u32 = 4000;
    flow::build();
    let port = free_udp_port();
    let mut receiver = reporting(&listen(port, "")).start();
    let mut sender = flowing(&(server(port) + "Linger 0.05"), LISTS, 100).start();
    let reaches = |daemon: &Daemon, number: u64| {
        soon("values", || numbers(daemon).last().is_some_and(|&last| last >= number).then_some(()));
    };
    reaches(&receiver, 1000);
    // So that nothing comes while it changes.
    flow::pause(&sender, true);
    let (mut packets, mut seen) = (settled(&receiver, port), numbers(&receiver));
    assert!(receiver.stop().success());
    let keeper = UdpSink::bind_port(port);
    flow::pause(&sender, false);
    let kept = || -> BTreeSet<u64> { lists(&keeper.packets()).iter().map(|list| list.values[0].1).collect() };
    soon("values", || kept().last().is_some_and(|&last| last >= 2000).then_some(()));
    flow::pause(&sender, true);
    soon("the keeper to have it all", || udp_queues(port).iter().all(|&bytes| bytes == 0).then_some(()));
    // What it has just received it notes at once.
    sleep(Duration::from_millis(300));
    packets += keeper.count() as u64;
    seen.extend(kept());
    drop(keeper);
    let mut receiver = reporting(&listen(port, "")).start();
    flow::pause(&sender, false);
    reaches(&receiver, u64::from(LISTS) - 1);
    packets += settled(&receiver, port);
    seen.extend(numbers(&receiver));
    assert_eq!(packets, flow::all_sent(&sender, port, LISTS));
    assert!(seen.iter().copied().eq(0..u64::from(LISTS)), "{} arrived", seen.len());
    assert!(sender.stop().success() && receiver.stop().success());
}

/// While nobody is there packets are lost, and only then.
#[test]
fn what_was_sent_while_nobody_was_there_is_missing_and_nothing_else() {
    flow::build();
    let port = free_udp_port();
    let mut sender = flowing(&(server(port) + "Linger 0.05"), 1_000_000, 50).start();
    sender.wait_log("nobody listens", PATIENCE);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut receiver = reporting(&listen(port, "")).start();
        soon("values", || (numbers(&receiver).len() >= 500).then_some(()));
        flow::pause(&sender, true);
        let _ = settled(&receiver, port);
        seen.push(numbers(&receiver));
        assert!(receiver.stop().success());
        flow::pause(&sender, false);
    }
    // Without a gap, from the first to the last.
    for seen in &seen {
        let (first, last) = (*seen.first().expect("some"), *seen.last().expect("some"));
        assert_eq!(last - first + 1, seen.len() as u64, "from {first} to {last}");
    }
    assert!(seen[0].first() > Some(&0), "the first ones were refused");
    assert!(seen[1].first() > seen[0].last());
    assert!(sender.stop().success());
}

/// A receiver that cannot keep up: what it misses, its kernel counted.
#[test]
fn sent_is_received_and_dropped() {
    const LISTS: u32 = 60_000;
    let port = free_udp_port();
    let mut receiver = reporting(&listen(port, "ReceiveBuffer 65536")).start();
    let mut sender = flowing(&(server(port) + "Linger 0.05"), LISTS, LISTS).start();
    let sent = flow::all_sent(&sender, port, LISTS);
    let all = settled(&receiver, port);
    let dropped = Statistics::of(&receiver).count(port, "packets-dropped-kernel");
    println!("{sent} sent, {dropped} of them dropped");
    assert_eq!(all, sent);
    assert!(sender.stop().success());
    assert!(receiver.stop().success());
}

#[test]
fn flushes_without_end_lose_nothing() {
    const LISTS: u32 = 2000;
    let port = free_udp_port();
    let mut receiver = reporting(&listen(port, "")).start();
    let mut sender = flowing(&(server(port) + "Linger 3600"), LISTS, 100).start();
    let storm = format!("for i in $(seq 3000); do kill -USR1 {} {}; done", sender.pid(), receiver.pid());
    let mut storm = Command::new("sh").args(["-c", &storm]).spawn().expect("sh is there");
    sender.wait_log("value lists are dispatched", PATIENCE);
    assert!(storm.wait().expect("it ends").success());
    // The last value may have come after the last of them.
    soon("all of them", || {
        sender.flush_all();
        (numbers(&receiver).len() == LISTS as usize).then_some(())
    });
    let statistics = Statistics::next(&receiver);
    assert_eq!(statistics.drops(port), drops([]));
    assert!(sender.stop().success() && receiver.stop().success());
}

/// There was an address that works, so there is no reason to wait.
#[test]
fn a_resolver_that_dies_later_holds_nothing_up() {
    let names = Names::new();
    let old = UdpSink::bind();
    let block = format!("<Server \"slow.test\" \"{}\">\nResolveInterval 0.2\n</Server>\nLinger 0.05", old.port());
    let mut sender = names.preload(flowing(&block, 1_000_000, 5)).start();
    let arrived = |sink: &UdpSink| lists(&sink.packets()).len();
    soon("the first", || (arrived(&old) > 20).then_some(()));
    names.switch("hang", true);
    sleep(Duration::from_millis(500));
    let before = arrived(&old);
    soon("more", || (arrived(&old) > before + 200).then_some(()));
    // It is back, and says something else.
    names.move_to("127.0.0.2");
    names.switch("hang", false);
    let moved = std::net::UdpSocket::bind(("127.0.0.2", old.port())).expect("a free port");
    moved.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
    assert!(moved.recv(&mut [0; 2000]).expect("values at the new address") > 0);
    // And gone: the new address stays.
    names.switch("again", true);
    for _ in 0..50 {
        assert!(moved.recv(&mut [0; 2000]).expect("values at the new address") > 0);
    }
    assert!(sender.stop().success());
    assert!(!sender.log().contains("[error]"), "{}", sender.log());
}

/// Of two that want one port the second waits until the first is gone.
#[test]
fn a_port_that_another_daemon_has_is_taken_over_from_it() {
    for threads in ["", "ReceiveThreads 3"] {
        let port = free_udp_port();
        let mut first = reporting(&listen(port, threads)).start();
        let mut second = reporting(&listen(port, threads)).start();
        second.wait_log("trying again", PATIENCE);
        let source = Source::new(port);
        let send = |range: std::ops::Range<u32>| {
            for number in range {
                source.send(&packet([gauge("h", &number.to_string(), Time::now(), 1.0)]));
            }
        };
        send(0..50);
        let _ = Statistics::received(&first, port, 50);
        assert!(first.stop().success());
        second.wait_log("receiving on", PATIENCE);
        let sockets = if threads.is_empty() { 1 } else { 3 };
        soon("all threads of it", || (udp_queues(port).len() == sockets).then_some(()));
        send(50..100);
        let statistics = Statistics::received(&second, port, 50);
        assert_eq!(statistics.count(port, "total_values-accepted"), 50);
        assert!(second.stop().success());
        assert_eq!(log_lines(&second, "trying again"), 1, "{}", second.log());
    }
}

/// An hour ahead, and an hour behind. When the clock is set back the daemon reads nothing until it is as late as before,
/// so these are values that somebody puts.
#[test]
fn a_clock_that_jumps_stops_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let so = preload::build("clock", dir.path());
    let port = free_udp_port();
    let clock = |name: &str, seconds: i64| fs::write(dir.path().join(name), seconds.to_string()).expect("writable");
    let options = format!("SecurityLevel Sign\n{}\nReplayWindow 300", auth_file(dir.path()));
    let with_clock = |builder: Builder, name: &str| {
        builder.env("LD_PRELOAD", &so).env("CLOCK_FILE", dir.path().join(name)).load("csv").load("unixsock")
    };
    let mut receiver = with_clock(sender(&listen(port, &options)), "far").start();
    let user = "SecurityLevel Sign\nUsername alice\nPassword w0nderl4nd";
    let server = format!("<Server \"127.0.0.1\" \"{port}\">\n{user}\n</Server>\nLinger 0.1");
    let mut sender = with_clock(sender(&server), "near").start();
    let steps = [(0, 0, true), (3600, 0, false), (3600, 3600, true), (0, 3600, false), (0, 0, true), (-200, 0, true)];
    for (number, (near, far, is_taken)) in (0..).zip(steps) {
        clock("near", near);
        clock("far", far);
        let key = format!("{number}-{near}-{far}");
        sender.putval(&format!("h/p/gauge-{key}"), "interval=1", "N:1");
        // Always taken: of the receiver's time.
        let time = Time::from_raw(Time::now().to_raw().wrapping_add_signed(far << 30));
        let name = format!("h/p/gauge-right-{key}");
        sleep(Duration::from_millis(500));
        Source::new(port).send(&signed(ALICE, &packet([gauge("h", &format!("right-{key}"), time, 1.0)])));
        soon(&name, || receiver.csv_rows().contains_key(&name).then_some(()));
        let has = || receiver.csv_rows().contains_key(&format!("h/p/gauge-{key}"));
        if is_taken {
            soon(&key, || has().then_some(()));
        }
        assert_eq!(has(), is_taken, "{key}");
    }
    // Nobody shall look for somebody who replays packets.
    assert!(log_lines(&receiver, " s ahead of this machine's clock)") >= 1, "{}", receiver.log());
    assert!(sender.stop().success() && receiver.stop().success());
}

/// As on machines that were booted with `ipv6.disable=1`: "*" is what there is, and no reason for an error a minute.
#[test]
fn a_kernel_without_ipv6_is_no_trouble() {
    let injections = Injections::new();
    injections.begin("no-ipv6");
    let (port, other) = (free_udp_port(), free_udp_port());
    let block = format!("Listen \"*\" \"{port}\"\nListen \"::\" \"{other}\"");
    let mut daemon = injections.preload(reporting(&block)).start();
    // What asks for IPv6 is told that there is none.
    daemon.wait_log("Listen \"::\"", PATIENCE);
    soon("a value", || {
        Source::new(port).send(&packet([gauge("h", "x", Time::now(), 1.0)]));
        daemon.csv_rows().contains_key("h/p/gauge-x").then_some(())
    });
    assert!(daemon.stop().success());
    assert_eq!(log_lines(&daemon, "Listen \"*\""), 0, "{}", daemon.log());
}

/// A mistake of ours, which there should not be, costs what it is about, and no more.
#[test]
fn a_panic_does_not_make_the_daemon_deaf() {
    let injections = Injections::new();
    let port = free_udp_port();
    let mut daemon = injections.preload(reporting(&listen(port, "ReceiveThreads 2"))).start();
    for round in 1..=3 {
        injections.begin("impossible");
        // Until each thread had its turn, and works again.
        for number in 0..20 {
            let source = Source::at([127, 0, 6, number], port);
            source.send(&packet([gauge("h", &format!("{round}-{number}"), Time::now(), 1.0)]));
        }
        soon("a panic", || (!injections.is_on("impossible")).then_some(()));
        let key = format!("h/p/gauge-after-{round}");
        soon("a value", || {
            for number in 0..20 {
                let value = gauge("h", &format!("after-{round}"), Time::now(), 1.0);
                Source::at([127, 0, 7, number], port).send(&packet([value]));
            }
            daemon.csv_rows().contains_key(&key).then_some(())
        });
    }
    soon("an end of the work", || (Statistics::next(&daemon).get("queue_length", 0) == Some(0)).then_some(()));
    assert!(daemon.stop().success());
    assert!(log_lines(&daemon, "panicked at") == 3, "{}", daemon.log());
    assert_eq!(log_lines(&daemon, "receiving panicked"), 1, "{}", daemon.log());
}
