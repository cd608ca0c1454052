//! What goes wrong between daemons: what was accepted while the far end was up arrives, and what did not is counted.

mod common;
mod flow;
mod receiving;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use collectd_test_daemon::{Builder, Daemon, UdpSink, free_udp_port};
use collectd_test_interop::{Namespace, as_root};
use collectd_types::Time;
use common::{Names, PATIENCE, lists, log_lines, preload, sender, server, soon};
use flow::{flowing, numbers, of_server};
use receiving::{ALICE, Source, Statistics, auth_file, drops, gauge, listen, packet, reporting, signed};

/// What a listener has received, and what its kernel dropped.
fn received(daemon: &Daemon, port: u16) -> u64 {
    let statistics = Statistics::next(daemon);
    statistics.count(port, "if_packets") + statistics.count(port, "packets-dropped-kernel")
}

/// The receiver ends and comes back, twice, in the midst of it.
#[test]
fn packets_that_a_restarting_receiver_missed_are_the_only_ones() {
    as_root("packets_that_a_restarting_receiver_missed_are_the_only_ones", || {
        flow::build();
        const LISTS: u32 = 4000;
        let (network, port) = (Namespace::new(), 25826);
        let mut sender = network.run(|| flowing(&(server(port) + "Linger 0.05"), LISTS, 50).start());
        let (mut seen, mut packets) = (BTreeSet::new(), 0);
        for lists in [1000, 2000, LISTS] {
            let mut receiver = network.run(|| reporting(&listen(port, "")).start());
            // As far as that, or to the end.
            soon("values", || {
                let highest = numbers(&receiver).last().copied().unwrap_or(0);
                (highest + 1 >= u64::from(lists)).then_some(())
            });
            if lists == LISTS {
                sender.wait_log("value lists are dispatched", PATIENCE);
                // The sender's own values come behind them; when it stops there are no more.
                assert!(sender.stop().success());
            }
            let before_stop = received(&receiver, port);
            assert!(receiver.stop().success());
            let after = Statistics::of(&receiver).count(port, "if_packets");
            packets += before_stop.max(after);
            seen.extend(numbers(&receiver));
        }
        // The kernel knows what came to a port that nobody had.
        let (sent, no_ports) =
            (of_server(&Statistics::of(&sender), "127.0.0.1", port, "if_packets", 1), no_ports(&network));
        println!("{sent} sent, {packets} received, {no_ports} to nobody, {} of {LISTS} numbers", seen.len());
        let missed: Vec<u64> = (0..u64::from(LISTS)).filter(|number| !seen.contains(number)).collect();
        assert!(no_ports > 0 && !missed.is_empty(), "it was down for a while");
        // The last packets are of the time after the last report.
        assert!((sent..sent + 10).contains(&(packets + no_ports)), "{packets} + {no_ports} against {sent}");
        // What is missing is of the times before each of the three.
        let gaps = missed.windows(2).filter(|pair| pair[1] - pair[0] > 200).count() + 1;
        assert!(gaps <= 3, "{gaps} gaps: {missed:?}");
    });
}

/// Datagrams to closed ports of a network.
fn no_ports(network: &Namespace) -> u64 {
    let text = network.run(|| fs::read_to_string("/proc/thread-self/net/snmp").expect("Linux has it"));
    let mut udp = text.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (names, numbers) = (udp.next().expect("names"), udp.next().expect("numbers"));
    let both = names.split(' ').zip(numbers.split(' '));
    both.filter(|(name, _)| *name == "NoPorts").map(|(_, number)| number.parse::<u64>().expect("a number")).sum()
}

/// A receiver that cannot keep up: what it misses, its kernel counted.
#[test]
fn sent_is_received_and_dropped() {
    const LISTS: u32 = 60_000;
    let port = free_udp_port();
    let mut receiver = reporting(&listen(port, "ReceiveBuffer 65536")).start();
    let mut sender = flowing(&(server(port) + "Linger 0.05"), LISTS, LISTS).start();
    let _ = Statistics::wait(&sender, "total_values-send-accepted", 0, LISTS.into());
    let queue = |statistics: &Statistics| of_server(statistics, "127.0.0.1", port, "queue_length", 0);
    soon("an empty queue", || (queue(&Statistics::next(&sender)) == 0).then_some(()));
    assert!(sender.stop().success());
    // Nothing more comes: what the sender has said last came with what it said before that, and is counted later.
    let all = soon("all packets", || {
        let before = received(&receiver, port);
        sleep(Duration::from_millis(1200));
        (received(&receiver, port) == before).then_some(before)
    });
    let said = of_server(&Statistics::of(&sender), "127.0.0.1", port, "if_packets", 1);
    let lost = of_server(&Statistics::of(&sender), "127.0.0.1", port, "packets-lost", 0);
    println!("{all} packets, {said} and some more were sent, {lost} lost");
    assert_eq!(lost, 0);
    // Some reports are on their way when the sender stops.
    assert!((said..said + 20).contains(&all), "{all} against {said}");
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
    let (before, start) = (arrived(&old), Instant::now());
    soon("more", || (arrived(&old) > before + 200).then_some(()));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
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
        // All threads of it.
        sleep(Duration::from_millis(2500));
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
    assert!(sender.stop().success() && receiver.stop().success());
}
