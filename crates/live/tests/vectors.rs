//! `print --format json` of packets of real senders is what stands beside them; of malformed ones, what is left of them.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use collectd_types::{TypesDb, Values};
use collectd_wire::{KeyRing, Opener, SecurityLevel};
use common::{Live, gauge, packet};
use serde_json::Value as Json;
use tempfile::NamedTempFile;

/// A receiver that packets are given to.
struct Setup {
    name: &'static str,
    level: SecurityLevel,
    keys: bool,
}

const SETUPS: [Setup; 4] = [
    Setup { name: "none-without-authfile", level: SecurityLevel::None, keys: false },
    Setup { name: "none", level: SecurityLevel::None, keys: true },
    Setup { name: "sign", level: SecurityLevel::Sign, keys: true },
    Setup { name: "encrypt", level: SecurityLevel::Encrypt, keys: true },
];

struct Vector {
    name: String,
    packet: Vec<u8>,
    about: Json,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(name)
}

fn json(path: &Path) -> Json {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all packets of a folder, without `.bin`.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter_map(|name| name.strip_suffix(".bin").map(str::to_owned)).collect();
    names.sort();
    names
}

fn vectors() -> Vec<Vector> {
    let folder = folder("vectors");
    let vectors: Vec<_> = names(&folder)
        .into_iter()
        .map(|name| Vector {
            packet: fs::read(folder.join(format!("{name}.bin"))).unwrap(),
            about: json(&folder.join(format!("{name}.json"))),
            name,
        })
        .collect();
    assert_eq!(vectors.len(), 72);
    vectors
}

impl Setup {
    /// Runs `print --format json` as this receiver, who knows the users in a file.
    fn print(&self, users: &NamedTempFile, args: &[&str]) -> Live {
        let level = self.level.to_string();
        let keys = ["--auth-file", users.path().to_str().unwrap(), "--security-level", &level];
        let keys = if self.keys { &keys[..] } else { &[] };
        Live::loopback(&[&["--format", "json"], keys, args].concat())
    }
}

fn auth_file(users: &[(String, String)]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let lines: String = users.iter().map(|(user, password)| format!("{user}: {password}\n")).collect();
    fs::write(file.path(), lines).unwrap();
    file
}

fn users_of(users: &Json) -> Vec<(String, String)> {
    let users = users.as_object().unwrap().iter();
    users.map(|(user, password)| (user.clone(), password.as_str().unwrap().to_owned())).collect()
}

impl Vector {
    /// What a receiver should print.
    fn expected(&self, setup: &Setup) -> Vec<Json> {
        let events = self.about["events"].as_array().unwrap().iter().cloned();
        let accepts = |event: &Json| match setup.level {
            SecurityLevel::None => true,
            SecurityLevel::Sign => event["signed"] == true || event["encrypted"] == true,
            SecurityLevel::Encrypt => event["encrypted"] == true,
        };
        if setup.keys {
            return events.filter(accepts).collect();
        }
        // Nobody checks signatures then, and an encrypted part ends the packet.
        let open = events.take_while(|event| event["encrypted"] == false);
        let unchecked = |mut event: Json| {
            (event["signed"], event["username"]) = (false.into(), Json::Null);
            event
        };
        open.map(unchecked).collect()
    }
}

/// The objects are equal, numbers digit by digit, but for how doubles are written; `bits` hold them to the last.
#[track_caller]
fn assert_same(line: &str, expected: &Json, context: &str) {
    let got: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{context}: {error}: {line}"));
    let normal = |json: &Json| {
        let mut json = json.clone();
        for value in json.get_mut("values").and_then(Json::as_array_mut).into_iter().flatten() {
            if value["type"] == "gauge" && value["value"].is_number() {
                let gauge: f64 = value["value"].to_string().parse().unwrap();
                value["value"] = format!("{:016x}", gauge.to_bits()).into();
            }
        }
        json
    };
    assert_eq!(normal(&got), normal(expected), "{context}: {line}");
}

/// In the order of the vectors.
fn assert_order(line: &str, keys: &[&str]) {
    let places: Vec<_> = keys.iter().map(|key| line.find(&format!("\"{key}\":"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{keys:?}: {line}");
}

#[test]
fn golden_packets_are_printed_as_they_are_described() {
    let vectors = vectors();
    // No two packets have another password for the same user.
    let users: Vec<_> = vectors.iter().flat_map(|vector| users_of(&vector.about["users"])).collect();
    let users = auth_file(&users);
    for setup in SETUPS {
        // No types: no names of data sources, as there are none in the vectors.
        let live = setup.print(&users, &["--exact", "--types-db", "/dev/null"]);
        let (mut lists, mut notifications) = (0, 0);
        for vector in &vectors {
            live.send(&[&vector.packet]);
            let expected = vector.expected(&setup);
            for event in &expected {
                assert_same(&live.next_line(), event, &format!("{} at {}", vector.name, setup.name));
            }
            let accepted = &vector.about["accepted_by_collectd"][setup.name];
            let of_kind = |kind: &str| expected.iter().filter(|event| event["kind"] == kind).count();
            let counts = [of_kind("values"), of_kind("notification")];
            assert_eq!(counts.map(Json::from), [&accepted["values"], &accepted["notifications"]].map(Json::clone));
            (lists, notifications) = (lists + counts[0], notifications + counts[1]);
        }
        let ended = live.stop();
        assert!(ended.stdout.is_empty(), "{}: {:?}", setup.name, ended.stdout);
        let start = format!("{lists} value lists, {notifications} notifications in 72 packets, ");
        assert!(ended.summary().starts_with(&start), "{}: {}", setup.name, ended.summary());
    }
}

#[test]
fn without_exact_times_are_seconds_and_values_have_names() {
    let vectors = vectors();
    let users: Vec<_> = vectors.iter().flat_map(|vector| users_of(&vector.about["users"])).collect();
    let users = auth_file(&users);
    let directory = tempfile::tempdir().unwrap();
    let extra = folder("vectors").join("types-extra.db");
    let path = directory.path().join("types.db");
    let usual = "load short:GAUGE:0:5000, mid:GAUGE:0:5000, long:GAUGE:0:5000\nif_octets rx:DERIVE:0:U, tx:DERIVE:0:U\n\
                 gauge value:GAUGE:U:U\nderive value:DERIVE:0:U\ncpu value:DERIVE:0:U\nmemory value:GAUGE:0:U\n";
    fs::write(&path, usual.to_owned() + &fs::read_to_string(extra).unwrap()).unwrap();
    let mut types = TypesDb::new();
    assert!(types.read_file(&path).unwrap().is_empty());
    let live = SETUPS[1].print(&users, &["--types-db", path.to_str().unwrap()]);
    let mut named = 0;
    for vector in &vectors {
        live.send(&[&vector.packet]);
        for mut event in vector.expected(&SETUPS[1]) {
            let line = live.next_line();
            for key in ["time", "interval"] {
                // Seconds with nine decimals, rounded.
                let Some(raw) = event.get(key).map(|raw| raw.to_string().parse::<u128>().unwrap()) else { continue };
                let nanos = (raw * 1_000_000_000 + (1 << 29)) >> 30;
                let seconds = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
                event[key] = serde_json::from_str(&seconds).unwrap();
            }
            let set = types.get(event["type"].as_str().unwrap());
            for (index, value) in event.get_mut("values").and_then(Json::as_array_mut).into_iter().flatten().enumerate()
            {
                value.as_object_mut().unwrap().remove("bits");
                if let Some(set) = set {
                    value["name"] = set.sources()[index].name.to_string().into();
                    named += 1;
                }
            }
            assert_same(&line, &event, &vector.name);
        }
    }
    assert!(named > 300, "{named}");
    live.stop().summary();
}

#[test]
fn keys_come_in_the_order_of_the_vectors() {
    for name in ["tg-0", "notif-none-warning"] {
        let live = Live::loopback(&["--format", "json", "--exact", "--types-db", "/dev/null"]);
        live.send(&[fs::read(folder("vectors").join(format!("{name}.bin"))).unwrap()]);
        let line = live.next_line();
        let text = fs::read_to_string(folder("vectors").join(format!("{name}.json"))).unwrap();
        let event = text.split_once("\"events\"").unwrap().1.split_once('}').unwrap().0;
        let keys: Vec<_> = event.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect();
        assert!(keys.len() > 10, "{keys:?}");
        // "type" is there twice, of the list and of each value.
        let keys: Vec<_> = keys.into_iter().filter(|key| *key != "type").collect();
        assert_order(&line, &keys);
    }
}

/// What our own decoder makes of each, which is held to collectd elsewhere, is printed: no more and no less.
#[test]
fn malformed_packets_give_what_is_left_of_them() {
    let folder = folder("malformed");
    let users = users_of(&json(&folder.join("observed.json"))["users"]);
    let keys: KeyRing = users.iter().map(|(user, password)| (user.as_str(), password.as_str())).collect();
    let users = auth_file(&users);
    let names = names(&folder);
    assert_eq!(names.len(), 117);
    for setup in SETUPS {
        let mut live = setup.print(&users, &["--exact"]);
        let mut opener = Opener::new(setup.level);
        let marker = marker(&setup);
        let mut malformed = 0;
        for name in &names {
            let sent = fs::read(folder.join(format!("{name}.bin"))).unwrap();
            live.send(&[&sent, &marker]);
            let mut opened = sent.clone();
            let items: Vec<_> = opener.open(setup.keys.then_some(&keys), &mut opened).collect();
            malformed += items.iter().filter(|item| item.is_err()).count();
            for item in items.iter().flatten() {
                let line: Json = serde_json::from_str(&live.next_line()).unwrap();
                let host = item.host();
                assert_eq!(line["host"], *host.to_string_lossy(), "{name} at {}", setup.name);
                assert_eq!(line["time"].to_string(), item.time().to_raw().to_string(), "{name}");
                assert_eq!(line["kind"] == "values", item.values().is_some(), "{name}");
            }
            assert!(live.next_line().contains("\"host\":\"marker\""), "{name} at {}", setup.name);
        }
        assert!(live.is_running() && malformed > 50, "{malformed}");
        let ended = live.stop();
        let summary = ended.summary();
        assert!(summary.contains(&format!(" in {} packets, ", 2 * names.len())), "{summary}");
    }
}

/// A packet that this receiver takes.
fn marker(setup: &Setup) -> Vec<u8> {
    let list: Values = gauge(1).host("marker");
    let mut sealed = Vec::new();
    let mut sealer = match setup.level {
        SecurityLevel::None => collectd_wire::Sealer::none(),
        level => collectd_wire::Sealer::new(level, b"u", b"p").unwrap(),
    };
    sealer.seal(&packet([list]), &mut sealed).unwrap();
    sealed
}
