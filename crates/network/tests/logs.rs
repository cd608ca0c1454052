//! What can be made to stand in the log from outside: little, and only as text.

mod common;
mod receiving;

use collectd_test_daemon::free_udp_port;
use collectd_types::{Time, Values};
use receiving::{
    ALICE, Source, Statistics, auth_file, encrypted, gauge, listen, notification, own_log, packet, reporting_alone,
    signed,
};

/// Packets of which each makes another kind of trouble, for a listener with keys that demands none.
fn bad_packets() -> Vec<Vec<u8>> {
    let now = Time::now();
    let good = packet([gauge("h", "x", now, 1.0)]);
    let wrong: (&[u8], &[u8]) = (ALICE.0, b"guess");
    let stranger: (&[u8], &[u8]) = (b"mallory", b"pw");
    let part = |code: u16, payload: &[u8]| {
        let size = u16::try_from(payload.len() + 4).expect("short");
        [&code.to_be_bytes(), &size.to_be_bytes(), payload].concat()
    };
    vec![
        b"abc".to_vec(),
        part(0, b"host"),
        part(8, b"123456789"),
        part(6, &[0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0]),
        part(0x200, &[0; 32]),
        signed(stranger, &good),
        signed(wrong, &good),
        encrypted(stranger, &good),
        encrypted(wrong, &good),
        packet([gauge("h", "x", now, 1.0).type_("no_such_type")]),
        part(6, &[0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        vec![0x77; 2000],
    ]
}

#[test]
fn a_sender_has_one_line_for_each_kind_of_trouble() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let port = free_udp_port();
    let mut daemon = reporting_alone(&listen(port, &auth_file(dir.path()))).start();
    let source = Source::new(port);
    let packets = bad_packets();
    for _ in 0..200 {
        source.send_all(&packets);
    }
    let statistics = Statistics::received(&daemon, port, 200 * packets.len() as u64);
    assert_eq!(
        statistics.drops(port).values().sum::<u64>(),
        200 * packets.len() as u64,
        "{:?}",
        statistics.drops(port)
    );
    assert!(daemon.stop().success());
    let log = own_log(&daemon);
    let lines: Vec<_> = log.lines().filter(|line| line.contains("from 127.0.0.1: ")).collect();
    assert_eq!(lines.len(), packets.len(), "{log}");
    assert!(lines.iter().all(|line| line.starts_with("[warning] rust_network plugin: Listen \"127.0.0.1\"")), "{log}");
    // Whose password may be wrong.
    for wanted in [
        "a signature of an unknown user (user \"mallory\")",
        "or not with this password (user \"alice\")",
        "an encrypted part, and no key for it (user \"mallory\")",
        "or has another password (user \"alice\")",
    ] {
        assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted} in {log}");
    }
}

/// Addresses of senders cost nothing.
#[test]
fn many_senders_do_not_fill_the_log() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (port, closed) = (free_udp_port(), free_udp_port());
    let block = listen(port, &auth_file(dir.path())) + &listen(closed, "AllowFrom \"::1\"");
    let mut daemon = reporting_alone(&block).start();
    let packets = bad_packets();
    for number in 0..400_u16 {
        let [high, low] = number.to_be_bytes();
        Source::at([127, 3, high, low], port).send_all(&packets);
        Source::at([127, 3, high, low], closed).send_all(&packets);
    }
    let sent = 400 * packets.len() as u64;
    let statistics = Statistics::received(&daemon, port, sent);
    assert_eq!(statistics.drops(port).values().sum::<u64>(), sent, "{:?}", statistics.drops(port));
    let statistics = Statistics::received(&daemon, closed, sent);
    assert_eq!(statistics.count(closed, "packets-dropped-not-allowed"), sent);
    assert!(daemon.stop().success());
    let log = own_log(&daemon);
    let count = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    // Forty, that there will be few, and those few.
    let lines = count(&format!("\"{port}\": "));
    assert!((41..50).contains(&lines), "{lines} lines: {log}");
    assert_eq!(count("there are few lines about it from now on"), 1, "{log}");
    // One kind of trouble: sixteen, and one for all others.
    assert_eq!(count(&format!("\"{closed}\": from ")), 17, "{log}");
    assert_eq!(count(&format!("\"{closed}\": from many senders: ")), 1, "{log}");
    assert!(log.len() < 20_000, "{log}");
}

#[test]
fn names_from_the_network_are_only_text() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let [open, guarded] = [free_udp_port(), free_udp_port()];
    let options = format!("{}\nSecurityLevel Sign\nReplayWindow 60\nUserHosts \"alice\" \"a\"", auth_file(dir.path()));
    let mut daemon = reporting_alone(&(listen(open, "") + &listen(guarded, &options))).start();
    let names: [&[u8]; 5] = [
        b"one\n[error] forged: line",
        b"two\r[error] forged: line",
        b"three\x1b[2J\x1b]0;forged\x07",
        "four\u{2028}forged\u{202e}".as_bytes(),
        b"five%s%n%d\xff\xfe\x80",
    ];
    for (number, name) in (0..).zip(names) {
        // Each from elsewhere, or there would be one line for all.
        let from = [127, 4, 0, 1 + number];
        let list = |type_: &[u8]| Values::new(type_).host(name).plugin(name).plugin_instance(name).type_instance(name);
        let unknown = packet([list(name).time(Time::now()).gauge(1.0)]);
        Source::at(from, open).send(&unknown);
        Source::at(from, guarded).send(&signed(ALICE, &packet([list(b"gauge").time(Time::now()).gauge(1.0)])));
        Source::at(from, guarded).send(&signed(ALICE, &notification("a\n[error] forged", Time::now(), "text")));
        Source::at(from, guarded).send(&signed((name, b"pw"), &unknown));
    }
    let statistics = Statistics::received(&daemon, guarded, 15);
    assert_eq!(statistics.count(guarded, "total_values-dropped-host"), 10);
    assert_eq!(statistics.count(guarded, "packets-dropped-signature-unknown-user"), 5);
    let statistics = Statistics::received(&daemon, open, 5);
    assert_eq!(statistics.count(open, "total_values-dropped-type"), 5);
    assert!(daemon.stop().success());
    let log = std::fs::read(daemon.dir().join("log")).expect("the daemon has a log");
    let text = String::from_utf8(log).expect("nothing is there but UTF-8");
    assert!(!text.contains(|c: char| c != '\n' && c.is_control() || "\u{2028}\u{202e}".contains(c)), "{text:?}");
    for line in text.lines() {
        assert!(["[info] ", "[notice] ", "[warning] "].iter().any(|level| line.starts_with(level)), "{line}");
        assert!(line.len() < 700, "{line}");
    }
    for shown in
        [r"one\x0a[error] forged: line/", r"two\x0d[error]", r"three\x1b[2J", r"four\xe2\x80\xa8", r"five%s%n%d\xff"]
    {
        assert!(text.contains(shown), "{shown} in {text}");
    }
}
