//! The malformed packets that collectd was watched with, sent to the live plugin in the same five set-ups: as much is
//! dispatched, and the rest is counted.

mod common;
mod receiving;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, free_udp_port, wait_until};
use collectd_types::Kind;
use collectd_wire::{Item, KeyRing, Opener, SecurityLevel, Skipped};
use common::soon;
use receiving::{Source, Statistics, instance, listen, own_log, reporting, reporting_alone};
use serde_json::Value as Json;
use tempfile::TempDir;

/// The default `MaxPacketSize`.
const DEFAULT_SIZE: usize = 1452;

/// As `observed.json` calls them, with what makes them.
const SETUPS: [(&str, SecurityLevel, bool, &str); 5] = [
    ("none-without-authfile", SecurityLevel::None, false, "MaxPacketSize 65535"),
    ("none-1452", SecurityLevel::None, false, ""),
    ("none", SecurityLevel::None, true, "MaxPacketSize 65535"),
    ("sign", SecurityLevel::Sign, true, "MaxPacketSize 65535\nSecurityLevel Sign"),
    ("encrypt", SecurityLevel::Encrypt, true, "MaxPacketSize 65535\nSecurityLevel Encrypt"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/malformed")
}

/// What a listener should count.
#[derive(Default, PartialEq, Debug)]
struct Counts {
    packets: u64,
    values: u64,
    notifications: u64,
    drops: BTreeMap<String, u64>,
}

impl Counts {
    fn drop(&mut self, reason: &str, count: u64) {
        if count > 0 {
            *self.drops.entry(reason.to_owned()).or_default() += count;
        }
    }

    fn total(&self) -> u64 {
        self.packets + self.values + self.notifications + self.drops.values().sum::<u64>()
    }

    /// Adds what is to be made of a packet.
    fn add(&mut self, name: &str, setup: usize, packet: &[u8], about: &Json, keys: &KeyRing) {
        let (setup_name, level, has_keys, _) = SETUPS[setup];
        let is_cut = setup_name == "none-1452" && packet.len() > DEFAULT_SIZE;
        let received = &packet[..if is_cut { DEFAULT_SIZE } else { packet.len() }];
        let seen = Seen::of(received, level, has_keys.then_some(keys));
        self.packets += 1;
        self.drop("too-long", is_cut.into());
        // Of these nothing is logged, or once for many.
        self.drop("incomplete", (seen.skipped.value_lists() + seen.skipped.notifications()).into());
        self.drop("unprotected-part", (seen.skipped.unsigned_parts + seen.skipped.unencrypted_parts).into());
        self.drop("type", seen.of_other_kind);

        let collectd = &about["observed"][setup_name];
        if let Some(reason) = is_refused(name, level, has_keys, about) {
            self.drop(reason, 1);
            (self.values, self.notifications) = (self.values + seen.values, self.notifications + seen.notifications);
            return;
        }
        // collectd gives up the rest of a packet for a name that is too long; we what has that name.
        let has_long_name = seen.skipped.long_names > 0;
        let values = collectd["values"].as_u64().expect("a number") - seen.of_other_kind;
        self.values += if has_long_name { seen.values } else { values };
        self.notifications += collectd["notifications"].as_u64().expect("a number");
        let codes: Vec<_> =
            collectd["log"].as_array().expect("codes").iter().map(|code| code.as_str().unwrap()).collect();
        for reason in codes.iter().filter_map(|code| reason(code, &codes)) {
            // What is missing at the end shows as this, too.
            if !(is_cut && reason == "truncated" || has_long_name && reason == "text-too-long") {
                self.drop(reason, 1);
            }
        }
    }
}

/// Why we stop earlier than collectd, where we do.
fn is_refused(name: &str, level: SecurityLevel, has_keys: bool, about: &Json) -> Option<&'static str> {
    let stricter = about["stricter_is_fine"] == true || about["undefined_behaviour"] == true;
    if stricter && level == SecurityLevel::None {
        return Some("number-length");
    }
    let is_deep = name == "encrypt-deep-max" || name == "sign-deep-max" && level != SecurityLevel::Encrypt;
    (is_deep && has_keys).then_some("too-deep")
}

/// What we call a kind of line that collectd logged; some come in pairs, and some are counted otherwise.
fn reason(code: &str, all: &[&str]) -> Option<&'static str> {
    Some(match code {
        "truncated" => "truncated",
        "string-empty-part" => "text-empty",
        "string-too-long" => "text-too-long",
        "string-unterminated" => "text-unterminated",
        "values-short" => "values-short",
        "values-mismatch" => "values-length",
        "values-bad-type" => "values-kind",
        "sign-bad-length" => "signature-length",
        "sign-failed" if all == ["sign-failed"] => "signature-length",
        "sign-unknown-user" => "signature-unknown-user",
        "sign-mismatch" => "signature-mismatch",
        "encr-short" => "encrypted-short",
        "encr-bad-size" => "encrypted-length",
        "encr-bad-username-length" => "encrypted-user-length",
        "encr-no-key" => "encrypted-no-key",
        "encr-checksum" => "encrypted-checksum",
        "sign-failed" | "encr-failed" | "sign-unverified-accepted" => return None,
        "ignored-unsigned" | "ignored-unencrypted" | "notif-bad-severity" | "notif-no-time" | "notif-empty" => {
            return None;
        }
        other => panic!("no reason for {other}"),
    })
}

/// What the decoder makes of a packet, of which its own tests tell.
struct Seen {
    values: u64,
    notifications: u64,
    /// Which collectd takes, and makes other numbers of.
    of_other_kind: u64,
    skipped: Skipped,
}

impl Seen {
    fn of(packet: &[u8], level: SecurityLevel, keys: Option<&KeyRing>) -> Seen {
        let (mut opener, mut packet) = (Opener::new(level), packet.to_vec());
        let mut items = opener.open(keys, &mut packet);
        let (mut values, mut notifications, mut of_other_kind) = (0, 0, 0);
        for item in items.by_ref() {
            match item {
                Ok(Item::Values(list)) => {
                    values += 1;
                    let kind = list.values().next().expect("a value").kind();
                    let other = list.type_() == "derive" && kind != Kind::Derive
                        || list.type_() == "gauge" && kind != Kind::Gauge;
                    of_other_kind += u64::from(other);
                }
                Ok(Item::Notification(_)) => notifications += 1,
                Err(_) => {}
            }
        }
        Seen { values, notifications, of_other_kind, skipped: items.skipped() }
    }
}

#[test]
fn every_malformed_packet_is_dispatched_or_counted() {
    let corpus = Corpus::new();
    let (mut daemon, wanted) = corpus.send_all(reporting, |_| true);
    corpus.assert_counts(&daemon, &wanted);
    let values: u64 = wanted.iter().map(|counts| counts.values).sum();
    soon("all value lists", || (foreign_rows(&daemon) >= values).then_some(()));
    assert_eq!(foreign_rows(&daemon), values, "the writers have what was accepted");
    assert!(daemon.command("LISTVAL").is_ok(), "the daemon answers");
    assert!(daemon.stop().success());
    assert!(own_log(&daemon).len() < 20_000, "{}", own_log(&daemon));
}

/// Slowly, so without the thousands of value lists of one packet, and with nothing of others in csv.
#[test]
fn no_malformed_packet_is_read_beyond_its_end() {
    let corpus = Corpus::new();
    let slow = |block: &str| reporting_alone(block).valgrind(true).interval(Duration::from_secs(2));
    let (mut daemon, wanted) = corpus.send_all(slow, |name| name != "volume-many-lists");
    corpus.assert_counts(&daemon, &wanted);
    assert!(daemon.command("LISTVAL").is_ok(), "the daemon answers");
    assert!(daemon.stop().success());
    daemon.valgrind_report().assert_clean("rust_network");
}

struct Corpus {
    observed: Json,
    ports: [u16; SETUPS.len()],
    dir: TempDir,
}

impl Corpus {
    fn new() -> Corpus {
        let text = fs::read(folder().join("observed.json")).expect("it is there");
        let observed = serde_json::from_slice(&text).expect("it is JSON");
        Corpus { observed, ports: SETUPS.map(|_| free_udp_port()), dir: tempfile::tempdir().expect("a directory") }
    }

    fn users(&self) -> impl Iterator<Item = (&str, &str)> {
        let users = self.observed["users"].as_object().expect("users").iter();
        users.map(|(user, password)| (user.as_str(), password.as_str().expect("a password")))
    }

    /// A `Listen` for each set-up.
    fn block(&self) -> String {
        let lines: String = self.users().map(|(user, password)| format!("{user}: {password}\n")).collect();
        let path = self.dir.path().join("users");
        fs::write(&path, lines).expect("a temporary directory is writable");
        let auth_file = format!("AuthFile \"{}\"\n", path.display());
        let listens = SETUPS.iter().zip(self.ports).map(|((_, _, has_keys, options), port)| {
            listen(port, &if *has_keys { auth_file.clone() + options } else { (*options).to_owned() })
        });
        listens.collect::<String>() + "DuplicateWindow 0"
    }

    /// Sends packets to all set-ups; with the daemon, what it should count.
    fn send_all(
        &self,
        start: impl FnOnce(&str) -> Builder,
        wanted_packets: impl Fn(&str) -> bool,
    ) -> (Daemon, [Counts; SETUPS.len()]) {
        let daemon = start(&self.block()).start();
        let keys = KeyRing::from_iter(self.users());
        let mut wanted: [Counts; SETUPS.len()] = Default::default();
        let packets = self.observed["packets"].as_object().expect("packets");
        assert_eq!(packets.len(), 117);
        for (name, about) in packets.iter().filter(|(name, _)| wanted_packets(name)) {
            let packet = fs::read(folder().join(format!("{name}.bin"))).expect("it is there");
            for (setup, port) in self.ports.into_iter().enumerate() {
                wanted[setup].add(name, setup, &packet, about, &keys);
                Source::new(port).send(&packet);
            }
        }
        (daemon, wanted)
    }

    fn assert_counts(&self, daemon: &Daemon, wanted: &[Counts]) {
        let counts = |statistics: &Statistics, port| {
            let count = |what: &str| statistics.count(port, what);
            Counts {
                packets: count("if_packets"),
                values: count("total_values-accepted"),
                notifications: count("total_values-notifications"),
                drops: statistics.drops(port),
            }
        };
        // What a packet has is counted when it is through.
        wait_until("all packets", Duration::from_secs(120), || {
            let statistics = Statistics::of(daemon);
            // Once there are statistics.
            let _ = statistics.get(&format!("{}/if_packets", instance(*self.ports.last()?)), 0)?;
            let is_through = |(&port, wanted): (&u16, &Counts)| counts(&statistics, port).total() >= wanted.total();
            self.ports.iter().zip(wanted).all(is_through).then_some(())
        });
        let statistics = Statistics::next(daemon);
        for ((name, ..), (port, wanted)) in SETUPS.iter().zip(self.ports.into_iter().zip(wanted)) {
            assert_eq!(&counts(&statistics, port), wanted, "{name}");
        }
    }
}

/// How many value lists of others the writers got.
fn foreign_rows(daemon: &Daemon) -> u64 {
    let rows = daemon.csv_rows();
    rows.iter().filter(|(name, _)| !name.starts_with("testhost/")).map(|(_, rows)| rows.len() as u64).sum()
}
