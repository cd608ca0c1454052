//! What gets past `SecurityLevel`, `Strict`, `UserHosts` and `AllowFrom`, and what does not.

mod common;
mod receiving;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::net::UdpSocket;

use collectd_test_daemon::{Daemon, free_udp_port};
use collectd_types::Time;
use common::soon;
use receiving::{
    ALICE, BOB, Source, Statistics, auth_file, drops, encrypted, gauge, listen, notification, packet, reporting, signed,
};

fn one(name: &str) -> Vec<u8> {
    packet([gauge("h", name, Time::now(), 1.0)])
}

/// The metrics of this host that the daemon got.
fn metrics(daemon: &Daemon, host: &str) -> BTreeSet<String> {
    let rows = daemon.csv_rows().into_keys();
    let prefix = format!("{host}/p/gauge-");
    rows.filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned)).collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// What is in a packet, the packet, and what of it is let through: at `Sign`, so strictly, at `Encrypt`, so strictly.
type Case = (&'static str, Vec<u8>, [&'static str; 4]);

const OPTIONS: [&str; 4] = ["Sign", "Sign\nStrict true", "Encrypt", "Encrypt\nStrict true"];

/// The metrics are called `p` and so on, with the number of the case in front.
fn mixed(host: &str) -> Vec<Case> {
    let number = Cell::new(0);
    let one = |name: &str| packet([gauge(host, &format!("{}{name}", number.get()), Time::now(), 1.0)]);
    let (s, e) = (|| signed(ALICE, &one("s")), || encrypted(ALICE, &one("e")));
    let wrong: (&[u8], &[u8]) = (ALICE.0, b"guess");
    let stranger: (&[u8], &[u8]) = (b"mallory", ALICE.1);
    // A values part, and what is in front of it.
    let bare = || one("x").split_off(one("x").len() - 15);
    let identity = || one("x")[..one("x").len() - 15].to_vec();
    let makers: [(&str, &dyn Fn() -> Vec<u8>, _); 20] = [
        ("plain", &|| one("p"), ["", "", "", ""]),
        ("signed", &s, ["s", "s", "", ""]),
        ("encrypted", &e, ["e", "e", "e", "e"]),
        ("plain before signed", &|| [one("p"), s()].concat(), ["s", "", "", ""]),
        ("plain before encrypted", &|| [one("p"), e()].concat(), ["e", "", "e", ""]),
        ("plain behind encrypted", &|| [e(), one("p")].concat(), ["e", "", "e", ""]),
        ("plain between", &|| [e(), one("p"), encrypted(BOB, &one("f"))].concat(), ["ef", "", "ef", ""]),
        ("both under a signature", &|| signed(BOB, &[one("p"), e()].concat()), ["ep", "ep", "e", ""]),
        ("signed behind encrypted", &|| [e(), s()].concat(), ["es", "es", "e", ""]),
        ("signed in encrypted", &|| encrypted(BOB, &s()), ["s", "s", "s", "s"]),
        ("a wrong signature", &|| signed(wrong, &one("p")), ["", "", "", ""]),
        ("a stranger's signature", &|| signed(stranger, &one("p")), ["", "", "", ""]),
        ("a wrong signature in front of a right one", &|| signed(wrong, &s()), ["", "", "", ""]),
        ("wrongly encrypted before right", &|| [encrypted(wrong, &one("p")), e()].concat(), ["", "", "", ""]),
        ("right before wrongly encrypted", &|| [e(), encrypted(wrong, &one("p"))].concat(), ["e", "e", "e", "e"]),
        ("appended to signed", &|| [s(), one("p")].concat(), ["", "", "", ""]),
        ("an identity outside", &|| [identity(), encrypted(ALICE, &bare())].concat(), ["", "", "", ""]),
        ("values outside", &|| [e(), bare()].concat(), ["e", "", "e", ""]),
        ("an unknown part outside", &|| [e(), b"\x77\x77\0\x05x".to_vec()].concat(), ["e", "", "e", ""]),
        ("padding", &|| [e(), vec![0; 8]].concat(), ["e", "e", "e", "e"]),
    ];
    let made = makers.into_iter().enumerate().map(|(index, (what, make, wanted))| {
        number.set(index);
        (what, make(), wanted)
    });
    made.collect()
}

#[test]
fn nothing_is_gained_by_mixing_what_is_protected_and_what_is_not() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let users = auth_file(dir.path());
    let ports = OPTIONS.map(|_| free_udp_port());
    let listens = ports.iter().zip(OPTIONS);
    let block: String =
        listens.map(|(&port, options)| listen(port, &format!("{users}\nSecurityLevel {options}"))).collect();
    let mut daemon = reporting(&block).start();
    for (index, port) in ports.into_iter().enumerate() {
        let host = format!("h{index}");
        let cases = mixed(&host);
        cases.iter().for_each(|(_, packet, _)| Source::new(port).send(packet));
        let wanted: BTreeSet<_> = cases
            .iter()
            .enumerate()
            .flat_map(|(number, (_, _, wanted))| wanted[index].chars().map(move |name| format!("{number}{name}")))
            .collect();
        let statistics = Statistics::received(&daemon, port, cases.len() as u64);
        soon("all value lists", || metrics(&daemon, &host).is_superset(&wanted).then_some(()));
        let more: Vec<_> = metrics(&daemon, &host).difference(&wanted).cloned().collect();
        assert!(
            more.is_empty(),
            "at {}: {more:?} of {:?}",
            OPTIONS[index],
            cases.iter().map(|case| case.0).enumerate()
        );
        assert_eq!(statistics.count(port, "total_values-accepted"), wanted.len() as u64, "{}", OPTIONS[index]);
    }
    assert!(daemon.stop().success());
    for secret in ["w0nderl4nd", "bu1|der"] {
        assert!(!daemon.log().contains(secret), "a password in the log");
    }
}

#[test]
fn users_report_for_their_own_hosts_only() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let users = auth_file(dir.path());
    std::fs::write(dir.path().join("users"), "alice: w0nderl4nd\nbob: bu1|der\ncarol: pw\n").expect("writable");
    let carol: (&[u8], &[u8]) = (b"carol", b"pw");
    let port = free_udp_port();
    let hosts = "UserHosts \"alice\" \"a\" \"/^web[0-9]+$/\"\nUserHosts \"bob\" \"b\"";
    let block = listen(port, &format!("{users}\nSecurityLevel Sign\n{hosts}"));
    let mut daemon = reporting(&block).start();
    let now = Time::now();
    let of = |hosts: &[&str], name: &str| packet(hosts.iter().map(|host| gauge(host, name, now, 1.0)));
    let packets = [
        // Two of three.
        signed(ALICE, &of(&["a", "b", "web12"], "one")),
        encrypted(BOB, &of(&["a", "b", "web12"], "two")),
        // Who is not listed has no host.
        signed(carol, &of(&["a", "b", "carol", "web12"], "three")),
        // The innermost is who reports.
        encrypted(ALICE, &signed(BOB, &of(&["a", "b"], "four"))),
        encrypted(BOB, &[of(&["b"], "five"), signed(ALICE, &of(&["a", "b"], "six"))].concat()),
        // Other spellings, and what the daemon would make one of his of.
        signed(ALICE, &of(&["A", "a ", "web", "web12x", "/a", "/web12", "a/", "web1/2"], "seven")),
        // No host at all.
        signed(ALICE, &notification("", now, "nobody's")),
        signed(ALICE, &notification("b", now, "of b")),
        signed(ALICE, &notification("a", now, "of a")),
    ];
    Source::new(port).send_all(&packets);
    let statistics = Statistics::received(&daemon, port, packets.len() as u64);
    assert_eq!(statistics.drops(port), drops([("host", 1 + 2 + 4 + 1 + 1 + 8 + 2)]));
    assert_eq!(statistics.count(port, "total_values-accepted"), 2 + 1 + 1 + 1 + 1);
    assert_eq!(statistics.count(port, "total_values-notifications"), 1);
    let (a, b) = (set(["one", "six"]), set(["two", "four", "five"]));
    soon("all value lists", || (metrics(&daemon, "a") == a && metrics(&daemon, "b") == b).then_some(()));
    assert_eq!(metrics(&daemon, "web12"), set(["one"]));
    assert!(daemon.stop().success());
    let log = daemon.log();
    assert!(log.contains("message = of a") && !log.contains("message = of b"), "{log}");
}

/// A second line for a user adds to the first.
#[test]
fn hosts_of_a_user_may_be_in_several_lines() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let port = free_udp_port();
    let hosts = "UserHosts \"alice\" \"a\"\nUserHosts \"alice\" \"c\"";
    let block = listen(port, &format!("{}\nSecurityLevel Sign\n{hosts}", auth_file(dir.path())));
    let mut daemon = reporting(&block).start();
    let lists = ["a", "b", "c"].map(|host| gauge(host, "x", Time::now(), 1.0));
    Source::new(port).send(&signed(ALICE, &packet(lists)));
    let statistics = Statistics::received(&daemon, port, 1);
    assert_eq!(statistics.count(port, "total_values-accepted"), 2);
    assert!(daemon.stop().success());
}

#[test]
fn packets_come_from_allowed_addresses_only() {
    let [port, any] = [free_udp_port(), free_udp_port()];
    let block = listen(port, "AllowFrom \"127.0.0.8/29\"\nAllowFrom \"127.1.2.3\"")
        + &format!("<Listen \"::\" \"{any}\">\nAllowFrom \"127.0.0.2\" \"::1\"\n</Listen>\n");
    let mut daemon = reporting(&block).start();
    let mut wanted = BTreeSet::new();
    for (from, is_allowed) in [
        ([127, 0, 0, 7], false),
        ([127, 0, 0, 8], true),
        ([127, 0, 0, 15], true),
        ([127, 0, 0, 16], false),
        ([127, 1, 2, 3], true),
        ([127, 1, 2, 4], false),
    ] {
        let name = from.map(|byte| byte.to_string()).join("_");
        Source::at(from, port).send(&one(&name));
        wanted.extend(is_allowed.then_some(name));
    }
    // A socket of IPv6 that takes IPv4, too: addresses are what they are.
    for (from, is_allowed) in [("127.0.0.1", false), ("127.0.0.2", true), ("::1", true)] {
        let socket = UdpSocket::bind((from, 0)).expect("a free port");
        let to = if from.contains(':') { "::1" } else { "127.0.0.1" };
        let name = from.replace(['.', ':'], "_");
        socket.send_to(&one(&name), (to, any)).expect("loopback takes packets");
        wanted.extend(is_allowed.then_some(name));
    }
    let statistics = Statistics::received(&daemon, port, 6);
    assert_eq!(statistics.drops(port), drops([("not-allowed", 3)]));
    let statistics = Statistics::wait(&daemon, &format!("listen-::-{any}/if_packets"), 0, 3);
    assert_eq!(statistics.get(&format!("listen-::-{any}/packets-dropped-not-allowed"), 0), Some(1));
    soon("all value lists", || (metrics(&daemon, "h") == wanted).then_some(()));
    assert!(daemon.stop().success());
}

/// Somebody who need not sign knows what is signed, and is faster.
#[test]
fn a_plain_copy_does_not_keep_out_what_is_signed() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let [open, guarded] = [free_udp_port(), free_udp_port()];
    let sign = format!("{}\nSecurityLevel Sign", auth_file(dir.path()));
    let mut daemon = reporting(&(listen(open, "") + &listen(guarded, &sign) + "DuplicateWindow 60")).start();
    let content = one("same");
    Source::new(open).send(&content);
    let _ = Statistics::received(&daemon, open, 1);
    Source::new(guarded).send_all(&[signed(ALICE, &content), signed(ALICE, &content)]);
    let statistics = Statistics::received(&daemon, guarded, 2);
    assert_eq!(statistics.count(guarded, "total_values-accepted"), 1);
    assert_eq!(statistics.drops(guarded), drops([("duplicate", 1)]));
    assert!(daemon.stop().success());
}
