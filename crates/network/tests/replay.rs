//! Recorded packets that are sent again, and packets that are made from recorded ones.

mod common;
mod receiving;

use std::collections::BTreeMap;
use std::time::Duration;

use collectd_test_daemon::{Daemon, free_udp_port};
use collectd_types::Time;
use receiving::{
    ALICE, BOB, Source, Statistics, auth_file, drops, encrypted, gauge, listen, notification, packet, reporting, signed,
};
use sha1::{Digest, Sha1};
use tempfile::TempDir;

/// A daemon with two such listeners.
struct Receiver {
    daemon: Daemon,
    ports: [u16; 2],
    _dir: TempDir,
}

impl Receiver {
    fn start(options: &str) -> Receiver {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let options = format!("{}\n{options}", auth_file(dir.path()));
        let ports = [free_udp_port(), free_udp_port()];
        let block: String = ports.iter().map(|&port| listen(port, &options)).collect();
        Receiver { daemon: reporting(&block).start(), ports, _dir: dir }
    }

    /// Sends to the first listener, and waits: accepted value lists and notifications, and what was dropped so far.
    fn send(&self, packets: &[impl AsRef<[u8]>]) -> (u64, BTreeMap<String, u64>) {
        self.send_to(0, packets)
    }

    fn send_to(&self, index: usize, packets: &[impl AsRef<[u8]>]) -> (u64, BTreeMap<String, u64>) {
        let port = self.ports[index];
        let before = Statistics::next(&self.daemon).count(port, "if_packets");
        Source::new(port).send_all(packets);
        let statistics = Statistics::received(&self.daemon, port, before + packets.len() as u64);
        let count = |what: &str| statistics.count(port, &format!("total_values-{what}"));
        (count("accepted") + count("notifications"), statistics.drops(port))
    }
}

fn shifted(time: Time, seconds: i64) -> Time {
    Time::from_raw(time.to_raw().wrapping_add_signed(seconds << 30))
}

#[test]
fn a_recorded_packet_is_taken_once() {
    let mut receiver = Receiver::start("SecurityLevel Sign\nReplayWindow 60");
    let now = Time::now();
    let content = packet([gauge("h", "a", now, 1.0), gauge("h", "b", now, 1.0)]);
    let note = notification("h", now, "only once");
    let packets = [
        signed(ALICE, &content),
        encrypted(ALICE, &packet([gauge("h", "c", now, 1.0)])),
        signed(ALICE, &note),
        encrypted(ALICE, &signed(BOB, &packet([gauge("h", "d", now, 1.0)]))),
    ];
    assert_eq!(receiver.send(&packets), (5, BTreeMap::new()));
    assert_eq!(receiver.send(&packets), (5, drops([("replay", 5)])));
    // Nor at another door.
    assert_eq!(receiver.send_to(1, &packets), (0, drops([("replay", 5)])));
    assert!(receiver.daemon.stop().success());
    let log = receiver.daemon.log();
    assert_eq!(log.matches("only once").count(), 1, "the notification, by logfile: {log}");
}

#[test]
fn sections_in_sections_are_taken_once() {
    let mut receiver = Receiver::start("SecurityLevel Sign\nReplayWindow 60");
    let now = Time::now();
    let part = |name: &str| packet([gauge("h", name, now, 1.0)]);
    let inner = signed(BOB, &part("inner"));
    let whole = encrypted(ALICE, &[part("before"), inner.clone()].concat());
    assert_eq!(receiver.send(&[&whole]), (2, BTreeMap::new()));
    // What bob signed, as alice got to know it: alone, and in another section.
    assert_eq!(receiver.send(&[inner.clone(), encrypted(ALICE, &inner)]), (2, drops([("replay", 2)])));
    // A section that is twice in one packet, with something between.
    let section = encrypted(ALICE, &part("twice"));
    let packet = [&section[..], &encrypted(BOB, &part("between")), &section].concat();
    assert_eq!(receiver.send(&[packet]), (4, drops([("replay", 3)])));
    assert!(receiver.daemon.stop().success());
}

/// Late, early, and in any order, but within the window.
#[test]
fn what_is_late_or_of_another_clock_is_taken_within_the_window() {
    let mut receiver = Receiver::start("SecurityLevel Encrypt\nReplayWindow 100");
    let now = Time::now();
    let order = [0, 90, -90, 3, -60, 60, 1, -1, 2, -80, 80];
    let send = |seconds: &i64| {
        encrypted(ALICE, &packet([gauge("h", &format!("clock{seconds}"), shifted(now, *seconds), 1.0)]))
    };
    let packets: Vec<_> = order.iter().map(send).collect();
    assert_eq!(receiver.send(&packets), (11, BTreeMap::new()));
    let outside: Vec<_> = [-110, 120, -3600, 3600, 86_400 * 366].iter().map(send).collect();
    assert_eq!(receiver.send(&outside), (11, drops([("replay", 5)])));
    // What is in the window of a packet that is partly outside.
    let part =
        [gauge("h", "x", shifted(now, -200), 1.0), gauge("h", "x", now, 1.0), gauge("h", "x", shifted(now, 200), 1.0)];
    let part = encrypted(ALICE, &packet(part));
    assert_eq!(receiver.send(&[&part]), (12, drops([("replay", 7)])));
    assert_eq!(receiver.send(&[&part]), (12, drops([("replay", 10)])));
    assert!(receiver.daemon.stop().success());
}

/// What everybody can read of a signed packet, or knows of an encrypted one, is enough to forge others under the same
/// initialisation vector: the checksum has no key.
fn forge(recorded: &[u8], known: &[u8], forged: &[u8]) -> Vec<u8> {
    assert!(forged.len() <= known.len(), "the key stream is as long as what is known");
    let with_checksum = |content: &[u8]| [&Sha1::digest(content)[..], content].concat();
    let head = recorded.len() - 20 - known.len();
    let stream = recorded[head..].iter().zip(with_checksum(known)).map(|(&byte, known)| byte ^ known);
    let body = with_checksum(forged).into_iter().zip(stream).map(|(byte, stream)| byte ^ stream);
    let mut packet: Vec<u8> = recorded[..head].iter().copied().chain(body).collect();
    let size = u16::try_from(packet.len()).expect("a packet").to_be_bytes();
    packet[2..4].copy_from_slice(&size);
    packet
}

#[test]
fn packets_forged_from_known_content_are_not_taken_within_the_window() {
    let now = Time::now();
    let known = packet([gauge("h", "known", now, 1.0), gauge("h", "known", now, 2.0)]);
    let recorded = encrypted(ALICE, &known);
    let forged = |name: &str| forge(&recorded, &known, &packet([gauge("h", name, now, 666.0)]));

    // So it is with the C plugin, and with ours where nothing else is asked for.
    let mut receiver = Receiver::start("SecurityLevel Encrypt");
    assert_eq!(receiver.send(&[&recorded, &forged("a"), &forged("b")]), (4, BTreeMap::new()));
    assert!(receiver.daemon.stop().success());

    let mut receiver = Receiver::start("SecurityLevel Encrypt\nReplayWindow 60");
    assert_eq!(receiver.send(&[&recorded, &forged("a"), &forged("b")]), (2, drops([("replay", 2)])));
    assert_eq!(receiver.send_to(1, &[forged("c")]), (0, drops([("replay", 1)])));
    // From a packet that did not arrive: whoever comes first.
    let held = encrypted(ALICE, &known);
    let forgery = forge(&held, &known, &packet([gauge("h", "d", now, 666.0)]));
    assert_eq!(receiver.send(&[forgery, held]), (3, drops([("replay", 4)])));
    assert!(receiver.daemon.stop().success());
}

/// The window is what is remembered: what it is for, and what not.
#[test]
fn after_the_window_its_own_time_keeps_a_recorded_packet_out() {
    let mut receiver = Receiver::start("SecurityLevel Sign\nReplayWindow 1");
    // A busy machine may need all of the window until one is received.
    let (packets, late) = (0..10)
        .find_map(|late| {
            let packets = [signed(ALICE, &packet([gauge("h", &late.to_string(), Time::now(), 1.0)]))];
            Source::new(receiver.ports[0]).send_all(&packets);
            let statistics = Statistics::received(&receiver.daemon, receiver.ports[0], late + 1);
            (statistics.count(receiver.ports[0], "total_values-accepted") == 1).then_some((packets, late))
        })
        .expect("one that is in time");
    for round in 1..=3 {
        std::thread::sleep(Duration::from_millis(1200));
        assert_eq!(receiver.send(&packets), (1, drops([("replay", late + round)])));
    }
    assert!(receiver.daemon.stop().success());
}

/// Each copy by another thread, as the kernel spreads them by their senders.
#[test]
fn of_many_copies_at_once_one_is_taken() {
    let receiver = Receiver::start("SecurityLevel Sign\nReplayWindow 60\nReceiveThreads 4");
    let now = Time::now();
    let packets: Vec<_> = (0..50)
        .map(|number: u32| {
            let lists = [gauge("h", &number.to_string(), now, 1.0), gauge("h", &format!("{number}b"), now, 1.0)];
            signed(ALICE, &packet(lists))
        })
        .collect();
    let port = receiver.ports[0];
    std::thread::scope(|scope| {
        for sender in 1..=8 {
            let packets = &packets;
            scope.spawn(move || Source::at([127, 0, 1, sender], port).send_all(packets));
        }
    });
    let statistics = Statistics::received(&receiver.daemon, port, 400);
    assert_eq!(statistics.count(port, "total_values-accepted"), 100);
    assert_eq!(statistics.drops(port), drops([("replay", 700)]));
}
