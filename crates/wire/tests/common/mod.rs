//! Expected content of packets, read from JSON.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};

use collectd_types::{Identifier, Interval, Kind, Meta, Name, Notification, Severity, Time, Value, Values};
use collectd_wire::{Item, KeyRing, SecurityLevel};
use serde_json::Value as Json;

/// A folder of packets at the root of the workspace.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(name)
}

pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json(path: &Path) -> Json {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all packets of a folder, without `.bin`.
pub fn packets(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter_map(|name| name.strip_suffix(".bin").map(str::to_owned)).collect();
    names.sort();
    names
}

/// An owned item, with values by their bits so that NaN equals itself.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    Values(Time, Interval, Identifier, Vec<(Kind, u64)>),
    Notification(Notification),
}

impl From<Item<'_>> for Event {
    fn from(item: Item<'_>) -> Event {
        match item {
            Item::Values(list) => {
                let values = list.values().map(|value| (value.kind(), value.to_bits())).collect();
                Event::Values(list.time(), list.interval(), list.identifier().to_identifier(), values)
            }
            Item::Notification(notification) => Event::Notification(notification.to_notification()),
        }
    }
}

impl Event {
    /// Reads one of the `events`.
    pub fn from_json(event: &Json) -> Event {
        let identifier = identifier(event);
        let time = Time::from_raw(number(&event["time"]));
        if event["kind"] == "notification" {
            let severity = Severity::from_code(number(&event["severity"]).try_into().unwrap()).unwrap();
            let message = event["message"].as_str().unwrap().as_bytes().to_vec();
            return Event::Notification(Notification { time, severity, identifier, message, meta: Meta::new() });
        }
        let values = event["values"].as_array().unwrap().iter().map(|value| {
            let kind = match value["type"].as_str().unwrap() {
                "counter" => Kind::Counter,
                "gauge" => Kind::Gauge,
                "derive" => Kind::Derive,
                "absolute" => Kind::Absolute,
                other => panic!("unknown kind {other}"),
            };
            (kind, hex(&value["bits"]))
        });
        Event::Values(time, Interval::from_raw(number(&event["interval"])), identifier, values.collect())
    }

    /// The value list, for the encoder.
    pub fn to_values(&self) -> Option<Values> {
        let Event::Values(time, interval, id, values) = self else { return None };
        let list = Values::new(&id.type_).host(&id.host).plugin(&id.plugin).plugin_instance(&id.plugin_instance);
        let list = list.type_instance(&id.type_instance).time(*time).interval(*interval);
        Some(list.values(values.iter().map(|&(kind, bits)| Value::from_bits(kind, bits))))
    }
}

pub fn identifier(event: &Json) -> Identifier {
    let name = |key: &str| Name::new(event[key].as_str().unwrap()).unwrap();
    Identifier {
        host: name("host"),
        plugin: name("plugin"),
        plugin_instance: name("plugin_instance"),
        type_: name("type"),
        type_instance: name("type_instance"),
    }
}

pub fn number(json: &Json) -> u64 {
    // Never through a double: times have more than 53 bits.
    json.to_string().parse().unwrap_or_else(|error| panic!("{json}: {error}"))
}

pub fn hex(json: &Json) -> u64 {
    u64::from_str_radix(json.as_str().unwrap(), 16).unwrap()
}

/// A receiver that packets were given to.
#[derive(Clone, Copy)]
pub struct Setup {
    pub name: &'static str,
    pub level: SecurityLevel,
    /// Whether it has an `AuthFile`.
    pub keys: bool,
}

impl Setup {
    pub const ALL: [Setup; 4] = [
        Setup { name: "none-without-authfile", level: SecurityLevel::None, keys: false },
        Setup { name: "none", level: SecurityLevel::None, keys: true },
        Setup { name: "sign", level: SecurityLevel::Sign, keys: true },
        Setup { name: "encrypt", level: SecurityLevel::Encrypt, keys: true },
    ];
}

/// The keys of all users that are told of.
pub fn users(users: &Json) -> KeyRing {
    users.as_object().unwrap().iter().map(|(user, password)| (user, password.as_str().unwrap())).collect()
}
