//! What `ReportStats` says about what was not used: each reason, with its exact count.

mod common;
mod receiving;

use std::process::Command;

use collectd_test_daemon::{UdpSink, free_udp_port};
use collectd_types::Time;
use common::{Names, PATIENCE, log_lines, names, server, soon};
use receiving::{
    ALICE, BOB, Source, Statistics, auth_file, drops, encrypted, gauge, listen, notification, packet, reporting, signed,
};

/// A part of this type, with its length in front.
fn part(code: u16, payload: &[u8]) -> Vec<u8> {
    let size = u16::try_from(4 + payload.len()).expect("a short part");
    [&code.to_be_bytes(), &size.to_be_bytes(), payload].concat()
}

/// The same with a wrong length.
fn lying(code: u16, size: u16, payload: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), &size.to_be_bytes(), payload].concat()
}

fn good(name: &str) -> Vec<u8> {
    packet([gauge("h", name, Time::now(), 1.0)])
}

/// What each kind of error looks like, at a receiver with keys that demands none.
fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let plain = good("x");
    let stranger: (&[u8], &[u8]) = (b"mallory", ALICE.1);
    let wrong: (&[u8], &[u8]) = (ALICE.0, b"guess");
    let user = |len: u16| [&len.to_be_bytes()[..], b"alice", &[0; 40]].concat();
    let deep = (0..9).fold(plain.clone(), |packet, _| encrypted(ALICE, &packet));
    vec![
        ("truncated", b"abc".to_vec()),
        ("text-empty", [part(0, b""), part(0, b"h\0")].concat()),
        ("text-too-long", part(0x100, &[0; 257])),
        ("text-unterminated", part(0, b"host")),
        ("number-short", part(8, b"1234567")),
        ("number-length", part(8, b"123456789")),
        ("values-short", part(6, &[0, 1, 1])),
        ("values-length", [part(6, &[0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]), vec![0; 20]].concat()),
        ("values-kind", part(6, &[0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("signature-length", part(0x200, &[0; 32])),
        ("signature-unknown-user", signed(stranger, &plain)),
        ("signature-mismatch", signed(wrong, &plain)),
        ("encrypted-short", part(0x210, &user(5)[..20])),
        ("encrypted-length", [lying(0x210, 42, &user(5)), vec![0; 20]].concat()),
        ("encrypted-user-length", part(0x210, &user(500))),
        ("encrypted-no-key", encrypted(stranger, &plain)),
        ("encrypted-checksum", encrypted(wrong, &plain)),
        ("too-deep", deep),
    ]
}

#[test]
fn each_way_to_be_malformed_is_counted() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let port = free_udp_port();
    let mut daemon = reporting(&listen(port, &auth_file(dir.path()))).start();
    let (source, mut sent, mut octets) = (Source::new(port), 0, 0);
    let mut wanted = Vec::new();
    for (number, (reason, packet)) in (1..).zip(malformed()) {
        // Each another number of times, so that none is taken for another.
        let times = number % 5 + 1;
        (0..times).for_each(|_| source.send(&packet));
        (sent, octets) = (sent + times, octets + times * packet.len() as u64);
        wanted.push((reason.to_owned(), times));
    }
    let statistics = Statistics::received(&daemon, port, sent);
    assert_eq!(statistics.drops(port), wanted.into_iter().collect());
    assert_eq!(statistics.count(port, "if_octets"), octets);
    assert_eq!(statistics.count(port, "total_values-accepted"), 0);
    assert!(daemon.stop().success());
}

#[test]
fn value_lists_that_are_not_used_are_counted_by_reason() {
    let (port, sink) = (free_udp_port(), UdpSink::bind());
    let mut daemon =
        reporting(&format!("{}{}Linger 0\nDuplicateWindow 60", listen(port, ""), server(sink.port()))).start();
    let source = Source::new(port);
    let now = Time::now();

    daemon.putval("testhost/p/gauge-own", "interval=1", "1749238000:1");
    // With some of the statistics, of which nothing is taken either.
    let own = soon("the value", || {
        sink.packets().into_iter().find(|packet| names(&[packet]).contains(&"testhost/p/gauge-own".to_owned()))
    });
    let looped = 2 * names(&[&own]).len() as u64;
    let unknown = gauge("h", "x", now, 1.0).type_("no_such_type");
    let derive = collectd_types::Values::new("gauge").host("h").plugin("p").time(now).derive(1);
    let two = gauge("h", "two", now, 1.0).gauge(2.0);
    // A lone value needs more than is in force.
    let bare = part(6, &[0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let silent = [part(0x101, &4_u64.to_be_bytes()), part(0x100, b"no time\0")].concat();
    let packets = [
        own.clone(),
        own,
        good("a"),
        packet([gauge("h", "b", now, 1.0)]),
        packet([gauge("h", "b", now, 1.0)]),
        packet([gauge("h", "b", now, 1.0), gauge("h", "c", now, 1.0)]),
        packet([unknown, derive, two]),
        [bare.clone(), bare.clone(), silent, bare].concat(),
    ];
    source.send_all(&packets);
    let statistics = Statistics::received(&daemon, port, packets.len() as u64);
    let wanted = drops([("loop", looped), ("duplicate", 2), ("type", 3), ("incomplete", 4)]);
    assert_eq!(statistics.drops(port), wanted);
    assert_eq!(statistics.count(port, "total_values-accepted"), 3);
    assert_eq!(statistics.get("total_values-dispatch-accepted", 0), Some(3));
    assert_eq!(statistics.get("total_values-dispatch-rejected", 0), Some(looped));
    assert!(daemon.stop().success());
}

#[test]
fn what_security_keeps_out_is_counted_by_reason() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let users = auth_file(dir.path());
    let [guarded, strict, lax, closed, small] = std::array::from_fn(|_| free_udp_port());
    let block = [
        listen(
            guarded,
            &format!("SecurityLevel Sign\n{users}\nStrict true\nReplayWindow 60\nUserHosts \"alice\" \"a\""),
        ),
        listen(strict, &format!("SecurityLevel Encrypt\n{users}\nStrict true")),
        listen(lax, &format!("SecurityLevel Sign\n{users}")),
        listen(closed, "AllowFrom \"127.0.0.2\""),
        listen(small, "MaxPacketSize 1024"),
    ];
    let mut daemon = reporting(&(block.concat() + "DuplicateWindow 60")).start();
    let now = Time::now();
    let (old, young) = (Time::from_raw(now.to_raw() - (61 << 30)), Time::from_raw(now.to_raw() + (90 << 30)));

    let mine = signed(ALICE, &packet([gauge("a", "x", now, 1.0)]));
    let times = signed(ALICE, &packet([gauge("a", "y", old, 1.0), gauge("a", "z", young, 1.0)]));
    let others = signed(ALICE, &packet([gauge("b", "x", now, 1.0), gauge("c", "x", now, 1.0)]));
    let bobs = signed(BOB, &[notification("a", now, "from bob"), packet([gauge("a", "w", now, 1.0)])].concat());
    let source = Source::new(guarded);
    source.send_all(&[&mine, &mine, &times, &others, &bobs, &good("plain")]);

    let source = Source::new(strict);
    let mixed = [encrypted(ALICE, &good("in")), good("beside")].concat();
    source.send_all(&[good("plain"), signed(ALICE, &good("signed")), mixed, encrypted(ALICE, &good("in"))]);

    Source::new(lax).send(&packet([gauge("a", "x", now, 1.0)]));
    for last in 1..=3 {
        Source::at([127, 0, 0, last], closed).send(&good("x"));
    }

    // The first ends where the room does, the second in the middle of a part, the third has just the room.
    let many = |range: std::ops::Range<u32>| packet(range.map(|number| gauge("h", &format!("{number:03}"), now, 1.0)));
    let fill = |packet: Vec<u8>| [&packet[..], &part(0x7777, &vec![0; 1024 - packet.len() - 4])].concat();
    let cut_between = [fill(many(0..4)), many(4..8)].concat();
    Source::new(small).send_all(&[cut_between, many(100..200), fill(many(0..4))]);

    soon("the packets of one sender each", || {
        let statistics = Statistics::of(&daemon);
        let dropped = |port| statistics.drops(port).values().sum::<u64>();
        (dropped(lax) == 7 && dropped(closed) == 2).then_some(())
    });
    let _ = Statistics::received(&daemon, strict, 4);
    let _ = Statistics::received(&daemon, small, 3);
    let statistics = Statistics::received(&daemon, guarded, 6);
    assert_eq!(statistics.drops(guarded), drops([("replay", 3), ("host", 4), ("unsigned", 1)]));
    assert_eq!(statistics.drops(strict), drops([("unencrypted", 3)]));
    assert_eq!(statistics.drops(closed), drops([("not-allowed", 2)]));
    assert_eq!(statistics.drops(small), drops([("too-long", 2), ("duplicate", 4)]));
    // Host, time, interval, plugin, type, type instance and values of the list, each a part.
    assert_eq!(statistics.drops(lax), drops([("unprotected-part", 7)]));
    let accepted = [guarded, strict, closed].map(|port| statistics.count(port, "total_values-accepted"));
    assert_eq!(accepted, [1, 1, 1]);
    assert!(daemon.stop().success());
}

/// The daemon is held up while its receive buffer fills.
#[test]
fn what_the_kernel_drops_is_counted() {
    const SENT: u64 = 3_000;
    let port = free_udp_port();
    let mut daemon = reporting(&listen(port, "ReceiveBuffer 65536")).start();
    let signal = |name: &str| {
        let status = Command::new("kill").args([format!("-{name}"), daemon.pid().to_string()]).status();
        assert!(status.expect("kill is there").success());
    };
    signal("STOP");
    let source = Source::new(port);
    for number in 0..SENT {
        source.send(&good(&number.to_string()));
    }
    signal("CONT");
    let counts = || {
        let statistics = Statistics::next(&daemon);
        (statistics.count(port, "if_packets"), statistics.count(port, "packets-dropped-kernel"))
    };
    // What was dropped is asked for once a second.
    let _ = soon("all packets", || Some(counts()).filter(|(received, dropped)| received + dropped >= SENT));
    let (received, dropped) = counts();
    assert_eq!(received + dropped, SENT);
    assert!(received > 0 && dropped > SENT / 2, "{received} and {dropped}");
    assert_eq!(Statistics::of(&daemon).count(port, "total_values-accepted"), received);
    daemon.wait_log("the kernel dropped", PATIENCE);
    assert!(daemon.stop().success());
}

/// What a server and the senders count, each at once.
#[test]
fn what_cannot_be_sent_is_counted() {
    let (dead, live, names) = (free_udp_port(), free_udp_port(), Names::new());
    names.switch("hang", true);
    let types = "wide ".to_owned() + &vec!["v:GAUGE:U:U"; 63].join(", ") + "\n";
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("types.db"), types).expect("a temporary directory is writable");
    let stock = collectd_test_daemon::stock_types_db();
    let db = format!("TypesDB \"{}\"\nTypesDB \"{}\"\n", stock.display(), dir.path().join("types.db").display());
    let port = free_udp_port();
    let servers = format!("{}Server \"slow.test\" \"{port}\"\n", server(dead));
    let block = format!("{servers}{}Linger 0\nQueueLimit 65536\nMaxPacketSize 1024", listen(live, ""));
    let mut daemon = names.preload(reporting(&block).conf(&db)).start();

    Source::new(live).send(&good("from elsewhere"));
    let long = "x".repeat(127);
    let value = "1749238000".to_owned() + &":1".repeat(63);
    daemon.putval(&format!("{long}/{long}-{long}/wide-{long}"), "interval=1", &value);
    // More than has room: each is a packet of its own.
    let name = |number: u32| format!("{long}/{long}-{number:03}/gauge-{}", "y".repeat(127));
    for number in 0..300 {
        daemon.putval(&name(number), "interval=1", "1749238000:1");
    }
    let (dead, slow) = (format!("server-127.0.0.1-{dead}"), format!("server-slow.test-{port}"));
    let statistics = Statistics::wait(&daemon, &format!("{slow}/packets-lost"), 0, 100);
    let get = |name: &str, index| statistics.get(name, index).unwrap_or_else(|| panic!("no {name}: {statistics:?}"));
    assert_eq!(get("total_values-send-rejected", 0), 1);
    assert_eq!(get("total_values-send-unfit", 0), 1);
    assert_eq!(get(&format!("{slow}/if_packets"), 1), 0);
    assert_eq!(get(&format!("{dead}/packets-lost"), 0), 0);
    assert!(get(&format!("{dead}/packets-refused"), 0) > 0);
    assert!(get(&format!("{slow}/queue_length"), 0) > 50);
    let told = |what: &str| log_lines(&daemon, &format!("Server \"slow.test\" \"{port}\": {what}"));
    assert_eq!((told("too many packets wait"), told("there is room")), (1, 0), "{}", daemon.log());
    names.switch("hang", false);
    assert!(daemon.stop().success());
}
