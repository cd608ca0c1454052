//! What is wrong with how collectd's own `network` plugin keeps secrets and checks senders, shown with it, and that ours
//! does better. The numbers are those of the table in README.md.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, UdpSink};
use collectd_types::{Time, Values};
use collectd_wire::{Encoder, Sealer};
use common::packets::{Peer, gauge, head, part, text, value};
use common::record::{Record, add_recorder, recorded_values};
use common::side::Side;
use common::{PATIENCE, soon};
use tempfile::TempDir;

/// What does not come in this time does not come.
const A_WHILE: Duration = Duration::from_millis(1500);

/// A file of users.
struct Users(TempDir);

impl Users {
    fn new(text: &str) -> Users {
        let users = Users(tempfile::tempdir().expect("a temporary directory"));
        users.write(text);
        users
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("users")
    }

    fn write(&self, text: &str) {
        fs::write(self.path(), text).expect("a temporary directory is writable");
    }

    /// Sets the time of its last change.
    fn touch(&self, date: &str) {
        let status = Command::new("touch").args(["-d", date]).arg(self.path()).status().expect("touch runs");
        assert!(status.success());
    }
}

/// A daemon that listens to the peer and demands this level.
fn listener(side: Side, port: u16, level: &str, users: &Path, own: &str) -> Builder {
    let own = if side.is_ours() { own } else { "" };
    let file = users.display();
    let block =
        format!("<Listen \"127.0.0.1\" \"{port}\">\nSecurityLevel {level}\nAuthFile \"{file}\"\n{own}\n</Listen>");
    add_recorder(side.daemon(&block, ""))
}

fn sealed(mut sealer: Sealer, packet: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    sealer.seal(packet, &mut sealed).expect("it can be sealed");
    sealed
}

fn encrypted(user: &str, password: &str, packet: &[u8]) -> Vec<u8> {
    sealed(Sealer::encrypt(user.as_bytes(), password.as_bytes()).expect("a user"), packet)
}

fn names(daemon: &Daemon) -> Vec<String> {
    recorded_values(daemon).iter().map(Record::name).collect()
}

fn has(daemon: &Daemon, name: &str) -> bool {
    names(daemon).iter().any(|other| other == name)
}

/// Sends until it is taken, as it is to be, or for so long that it would have been: ours looks after its file once a
/// second.
fn assert_taken(wanted: bool, daemon: &Daemon, peer: &Peer, packet: &[u8], name: &str) {
    let start = std::time::Instant::now();
    let mut is_taken = false;
    while !is_taken && start.elapsed() < if wanted { PATIENCE } else { 2 * A_WHILE } {
        peer.send(packet);
        sleep(Duration::from_millis(50));
        is_taken = has(daemon, name);
    }
    assert_eq!(is_taken, wanted, "{name}: {:?}", names(daemon));
}

/// Only a change to a later second is noticed: not a second change within the same one, nor a file with an older date, as
/// from a backup, or from a package.
#[test]
fn defect_12_every_change_of_the_users_is_noticed() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let users = Users::new("u: one\n");
        users.touch("2025-06-06 12:00:00.1");
        let mut daemon = listener(side, port, "Encrypt", &users.path(), "").start();
        assert_taken(true, &daemon, &peer, &encrypted("u", "one", &gauge("h", "1")), "h/p/gauge-1");
        for (number, date, password) in [(2, "2025-06-06 12:00:00.2", "two"), (3, "2024-01-01", "three")] {
            users.write(&format!("u: {password}\n"));
            users.touch(date);
            let packet = encrypted("u", password, &gauge("h", &number.to_string()));
            println!("{side:?}: {date}");
            assert_taken(side.is_ours(), &daemon, &peer, &packet, &format!("h/p/gauge-{number}"));
        }
        assert!(daemon.stop().success());
    }
}

/// A file from an image whose files all have the date 0 ends the daemon with the first packet that needs it.
#[test]
fn defect_12_a_file_of_no_date_is_read() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let users = Users::new("u: one\n");
        users.touch("@0");
        let mut daemon = listener(side, port, "Encrypt", &users.path(), "").start();
        let packet = encrypted("u", "one", &gauge("h", "1"));
        peer.send(&packet);
        if side.is_ours() {
            assert_taken(true, &daemon, &peer, &packet, "h/p/gauge-1");
            assert!(daemon.stop().success());
        } else {
            let status = format!("/proc/{}/status", daemon.pid());
            soon("its end", || {
                let status = fs::read_to_string(&status).unwrap_or_default();
                (status.is_empty() || status.contains("State:\tZ")).then_some(())
            });
            // Why it stopped, its log does not say.
            assert!(daemon.output().contains("Assertion"), "{}", daemon.output());
        }
    }
}

/// A typing error in a level, or a level in the wrong place, and the port is open to everybody.
#[test]
fn defect_13_nothing_fails_open() {
    let users = Users::new("u: one\n");
    let file = users.path();
    for lines in [
        "<Listen ADDRESS>\nSecurityLevel \"Encrpyt\"\nAuthFile FILE\n</Listen>",
        "Listen ADDRESS\nSecurityLevel Encrypt",
    ] {
        let (peer, port) = Peer::new();
        let lines = lines.replace("ADDRESS", &format!("\"127.0.0.1\" \"{port}\""));
        let lines = lines.replace("FILE", &format!("\"{}\"", file.display()));
        let mut daemon = add_recorder(Side::C.daemon(&lines, "")).start();
        assert_taken(true, &daemon, &peer, &gauge("open", "1"), "open/p/gauge-1");
        assert!(daemon.stop().success());
        let said = Side::Ours.daemon(&lines, "").check_start_fails();
        assert!(said.contains("SecurityLevel"), "{said}");
    }
    // Neither can a server get what was meant to be secret.
    let sink = UdpSink::bind();
    let lines = format!("<Server \"127.0.0.1\" \"{}\">\nSecurityLevel \"Encypt\"\n</Server>", sink.port());
    let mut daemon = Side::C.daemon(&lines, "").load("unixsock").start();
    daemon.putval("h/p/gauge", "", "N:1");
    soon("what was meant to be secret", || {
        daemon.command("FLUSH plugin=network").expect("FLUSH works");
        common::names(&sink.packets()).contains(&"h/p/gauge".to_owned()).then_some(())
    });
    assert!(daemon.stop().success());
    let said = Side::Ours.daemon(&lines, "").check_start_fails();
    assert!(said.contains("SecurityLevel") && said.contains("Encypt"), "{said}");
}

/// A gauge of now, of this host.
fn fresh(host: &str) -> Vec<u8> {
    let mut encoder = Encoder::new(1452);
    let values = Values::new("gauge").host(host).plugin("p").time(Time::now()).gauge(1.0);
    encoder.push(values.view()).expect("it fits");
    encoder.packet().to_vec()
}

/// Whoever has recorded a packet can send it again, at any time.
#[test]
fn defect_14_recorded_packets_are_of_no_use() {
    for (side, own, times) in [(Side::C, "", 2), (Side::Ours, "ReplayWindow 60", 1)] {
        let (peer, port) = Peer::new();
        let users = Users::new("u: one\n");
        let mut daemon = listener(side, port, "Sign", &users.path(), own).start();
        let packet = sealed(Sealer::sign(b"u", b"one").expect("a user"), &fresh("replay"));
        peer.send(&packet);
        peer.send(&packet);
        // From the day before yesterday.
        let old = encrypted("u", "one", &gauge("old", "1"));
        assert_taken(!side.is_ours(), &daemon, &peer, &old, "old/p/gauge-1");
        assert_taken(true, &daemon, &peer, &encrypted("u", "one", &fresh("last")), "last/p/gauge");
        assert_eq!(names(&daemon).iter().filter(|name| *name == "replay/p/gauge").count(), times, "{side:?}");
        assert!(daemon.stop().success());
    }
}

/// Whoever has a password can report for every host.
#[test]
fn defect_14_users_report_for_their_own_hosts() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let users = Users::new("web: w\ndb: d\n");
        let own = "UserHosts \"web\" \"/^web[0-9]+$/\"\nUserHosts \"db\" \"db\"";
        let mut daemon = listener(side, port, "Encrypt", &users.path(), own).start();
        assert_taken(true, &daemon, &peer, &encrypted("web", "w", &gauge("web7", "1")), "web7/p/gauge-1");
        assert_taken(!side.is_ours(), &daemon, &peer, &encrypted("web", "w", &gauge("db", "1")), "db/p/gauge-1");
        assert_taken(true, &daemon, &peer, &encrypted("db", "d", &gauge("db", "2")), "db/p/gauge-2");
        assert!(daemon.stop().success());
    }
}

/// The password of a sender is in a file that everything reads that checks configurations, and that gets copied around.
#[test]
fn defect_14_a_password_can_be_in_a_file_of_its_own() {
    let (_, port) = Peer::new();
    let users = Users::new("u: one\n");
    let password = users.0.path().join("password");
    fs::write(&password, "one\n").expect("a temporary directory is writable");
    let mut far = listener(Side::C, port, "Encrypt", &users.path(), "").start();
    let server = format!(
        "<Server \"127.0.0.1\" \"{port}\">\nSecurityLevel Encrypt\nUsername u\nPasswordFile \"{}\"\n</Server>",
        password.display()
    );
    let mut near = Side::Ours.daemon(&server, "Linger 0").load("unixsock").start();
    let nudge = Peer::to(([127, 0, 0, 1], port).into());
    near.putval("secret/p/gauge", "", "N:1");
    soon("what was encrypted", || {
        nudge.nudge();
        has(&far, "secret/p/gauge").then_some(())
    });
    assert!(near.stop().success() && far.stop().success());
}

/// CVE-2016-6254: more in a packet than the buffer for it. CVE-2017-7401: a signature where there are no users, and a
/// reader that never gets on. The C plugin has had both mended since 5.7.2.
#[test]
fn defect_21_the_packets_of_past_attacks_do_no_harm() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let mut daemon = add_recorder(side.daemon(&format!("Listen \"127.0.0.1\" \"{port}\""), "")).start();
        // Identities and values up to the largest datagram; a values part with as many values as a length can have.
        let identity = [head(&"h".repeat(127)), text(3, &"i".repeat(127)), text(5, &"t".repeat(127))].concat();
        let many: Vec<u8> = (0..7281u32).flat_map(|_| [2u8]).chain((0..7281u32).flat_map(|_| [0; 8])).collect();
        let values = part(6, &[&7281u16.to_be_bytes()[..], &many].concat()[..65_500 - 4 - identity.len()]);
        peer.send(&[identity.clone(), values].concat());
        peer.send(&[identity, value(2, 1).repeat(4000)].concat());
        let mac = [0x5a; 32];
        for user in ["", "u", "user"] {
            let signature = part(0x200, &[&mac[..], user.as_bytes()].concat());
            peer.send(&signature);
            peer.send(&[signature.clone(), gauge("signed", "1")].concat());
            peer.send(&signature.repeat(100));
        }
        // Lengths that get nobody on.
        for length in 0..5u8 {
            peer.send(&[&[2, 0, 0, length][..], &mac, b"user"].concat());
            peer.send(&[gauge("h", "1"), vec![0, 0, 0, length]].concat());
        }
        assert_taken(true, &daemon, &peer, &gauge("h", "last"), "h/p/gauge-last");
        assert!(has(&daemon, "signed/p/gauge-1"));
        assert!(daemon.stop().success());
    }
}
