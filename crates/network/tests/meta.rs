//! What a daemon knows about where something came from: the same packets to collectd's own `network` plugin and to
//! ours, across a cable, over all kinds of addresses.

mod common;

use std::fs;
use std::net::UdpSocket;

use collectd_test_daemon::{Daemon, cargo_build};
use collectd_test_interop::{Pair, as_root};
use collectd_types::{Time, Values};
use collectd_wire::{Encoder, Sealer};
use common::record::{Record, add_recorder, records};
use common::soon;

const USERS: &str = "alice: w0nderl4nd\njörg ☃: a: b \nu%s: %n\n";

/// Where to send from, by the family that the daemon hears it on, and what it makes of it.
const SENDERS: &[(&str, &str, &str)] = &[
    ("10.77.0.2", "10.77.0.1:26001", "10.77.0.2"),
    ("10.77.0.2", "10.77.0.1:26002", "::ffff:10.77.0.2"),
    ("fd77::2", "[fd77::1]:26002", "fd77::2"),
    ("fe80::2%cable", "[fe80::1%cable]:26002", "fe80::2%cable"),
    ("fe80::2%cable", "[ff02::77:1%cable]:26003", "fe80::2%cable"),
    ("10.77.0.2", "239.77.0.1:26004", "10.77.0.2"),
];

fn block(users: &str) -> String {
    let file = format!("AuthFile \"{users}\"\n");
    format!(
        "<Listen \"0.0.0.0\" \"26001\">\n{file}</Listen>\n\
         <Listen \"::\" \"26002\">\n{file}</Listen>\n\
         <Listen \"ff02::77:1%cable\" \"26003\">\n{file}Interface \"cable\"\n</Listen>\n\
         <Listen \"239.77.0.1\" \"26004\">\n{file}Interface \"cable\"\n</Listen>\n"
    )
}

/// One value list of this name.
fn packet(name: &str, interval: u64) -> Vec<u8> {
    let values = Values::new("gauge").host("meta").plugin("p").type_instance(name);
    let mut encoder = Encoder::new(1452);
    let time = Time::from_secs(1_749_238_000 + interval);
    let values = values.time(time).interval(collectd_types::Interval::from_secs(interval)).gauge(0.5);
    encoder.push(values.view()).expect("it fits");
    encoder.packet().to_vec()
}

fn sealed(mut sealer: Sealer, packet: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    sealer.seal(packet, &mut sealed).expect("it can be sealed");
    sealed
}

/// What each sender sends, in order.
fn packets() -> Vec<Vec<u8>> {
    let sign = |user: &str, password: &str| Sealer::sign(user.as_bytes(), password.as_bytes()).expect("a user");
    let encrypt = |user: &str, password: &str| Sealer::encrypt(user.as_bytes(), password.as_bytes()).expect("a user");
    let twice = sealed(sign("alice", "w0nderl4nd"), &packet("in two", 9));
    let mut mixed = sealed(encrypt("alice", "w0nderl4nd"), &packet("encrypted part", 10));
    mixed.extend(packet("behind it", 10));
    vec![
        packet("plain", 10),
        sealed(sign("alice", "w0nderl4nd"), &packet("signed", 10)),
        sealed(encrypt("alice", "w0nderl4nd"), &packet("encrypted", 10)),
        sealed(encrypt("jörg ☃", "a: b "), &packet("odd", 10)),
        sealed(sign("u%s", "%n"), &packet("odder", 10)),
        sealed(encrypt("jörg ☃", "a: b "), &twice),
        mixed,
        packet("no interval", 0),
        packet("plain again", 11),
    ]
}

#[test]
fn the_meta_data_is_that_of_the_c_plugin() {
    as_root("the_meta_data_is_that_of_the_c_plugin", || {
        let _built = cargo_build::example("collectd-test-plugins", "recorder");
        let plugins = cargo_build::plugin_dir(&[(&cargo_build::cdylib("rust_network"), "rust_network")]);
        let pair = Pair::new();
        let dir = tempfile::tempdir().expect("a temporary directory");
        let users = dir.path().join("users");
        fs::write(&users, USERS).expect("a temporary directory is writable");
        let block = block(users.to_str().expect("a path of text"));
        let daemon = |name: &str, block: &str| {
            let builder = Daemon::builder().plugin_dir(plugins.path()).load_with(name, "Interval 7").write_threads(1);
            add_recorder(builder.conf(&format!("<Plugin network>\n{block}</Plugin>")))
        };
        let theirs = check(&pair, || daemon("network", &block).start());
        let ours = check(&pair, || daemon("rust_network", &block).start());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs);
        }
        assert_eq!(ours.len(), theirs.len());
    });
}

fn check(pair: &Pair, start: impl FnOnce() -> Daemon + Send) -> Vec<Record> {
    let mut daemon = pair.near.run(start);
    let packets = packets();
    let mut got = Vec::new();
    for (source, target, address) in SENDERS {
        pair.far.run(|| {
            let bind: String = if source.contains(':') { format!("[{source}]:0") } else { format!("{source}:0") };
            let socket = UdpSocket::bind(resolved(&bind)).expect("an address of the cable");
            for packet in &packets {
                socket.send_to(packet, resolved(target)).expect("it can be sent");
            }
            // Every list arrives, and the first of them shows who sent it.
            let count = got.len() + packets.len() + 1;
            soon(&format!("all from {source} to {target}"), || {
                // The C plugin may keep the last one until more comes.
                socket.send_to(&[], resolved(target)).expect("it can be sent");
                (records(&daemon).len() >= count).then_some(())
            });
        });
        let new = records(&daemon).split_off(got.len());
        assert!(new.iter().all(|list| list.address() == *address), "{target}: {new:?}");
        got.extend(new);
    }
    assert!(daemon.stop().success());
    got
}

/// Rust's own addresses have no names of interfaces.
fn resolved(address: &str) -> std::net::SocketAddr {
    let endpoint: collectd_udp::Endpoint = address.parse().expect("an address");
    endpoint.resolve().expect("an address")[0]
}
