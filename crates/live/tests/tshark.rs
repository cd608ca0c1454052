//! What Wireshark makes of a recording, beside what we make of it.
//!
//! It agrees on where each part is and on what it says, except (as of 4.0):
//!
//! * Times and intervals come out a nanosecond short, as it cuts off what it should round.
//! * Text that is not ASCII it shows as `�`, a character for each byte.
//! * Behind a message it forgets the time and the names, and so assembles notifications that were never sent. What it
//!   assembles is not compared here: only the parts are.
//! * Of what is encrypted, it sees that it is.

mod captures;
mod common;

use std::fs;
use std::process::{Command, Stdio};

use captures::{packets, run};
use collectd_test_daemon::{free_udp_port, wait_until};
use collectd_types::{Interval, Time, Value};
use collectd_udp::{SendOptions, Sender};
use collectd_wire::{Part, PartContent, PartKind, parts};
use common::PATIENCE;

/// Headers of IPv4 and UDP, with which each frame begins.
const HEADERS: usize = 28;

/// A part as the dissector has it: a row of fields with their names, how they are shown, and their bytes.
#[derive(Debug)]
struct Segment {
    offset: usize,
    length: usize,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    show: String,
    bytes: String,
}

impl Segment {
    fn all(&self, name: &str) -> Vec<&Field> {
        self.fields.iter().filter(|field| field.name == name).collect()
    }

    #[track_caller]
    fn one(&self, name: &str) -> &Field {
        let [field] = self.all(name)[..] else { panic!("{name}: {self:?}") };
        field
    }
}

/// A part of a line of PDML.
fn attribute(line: &str, name: &str) -> String {
    let Some((_, value)) = line.split_once(&format!(" {name}=\"")) else { return String::new() };
    let value = value.split('"').next().unwrap();
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&apos;", "'").replace("&amp;", "&")
}

/// The segments of each packet. The dissector's own fields are told by their depth from those of what it assembles.
fn segments(pdml: &str) -> Vec<Vec<Segment>> {
    let mut packets: Vec<Vec<Segment>> = Vec::new();
    for line in pdml.lines() {
        let depth = line.len() - line.trim_start().len();
        let number = |name: &str| attribute(line, name).parse::<usize>().unwrap_or_default();
        if line.contains("<packet>") {
            packets.push(Vec::new());
        }
        let Some(packet) = packets.last_mut() else { continue };
        let is_segment = depth == 4 && attribute(line, "show").contains(" segment: ");
        if is_segment || (depth == 4 && line.contains("collectd UNKNOWN")) {
            packet.push(Segment { offset: number("pos") - HEADERS, length: number("size"), fields: Vec::new() });
        } else if let Some(segment) = packet.last_mut() {
            let name = attribute(line, "name");
            if (depth == 6 && name.starts_with("collectd.")) || name.starts_with("collectd.val.") {
                segment.fields.push(Field { name, show: attribute(line, "show"), bytes: attribute(line, "value") });
            }
        }
    }
    packets
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says the same of a part as the dissector.
fn compare(part: &Part<'_>, segment: &Segment) {
    assert_eq!((segment.offset, segment.length), (part.offset(), part.len()), "{segment:?}");
    assert_eq!(segment.one("collectd.type").bytes, format!("{:04x}", part.kind().code()));
    assert_eq!(segment.one("collectd.len").show, part.len().to_string());
    let payload = || hex(part.payload());
    match part.content().unwrap() {
        PartContent::Text(text) => {
            let name = match part.kind() {
                PartKind::Host => "collectd.data.host",
                PartKind::Plugin => "collectd.data.plugin",
                PartKind::PluginInstance => "collectd.data.plugin.inst",
                PartKind::Type => "collectd.data.type",
                PartKind::TypeInstance => "collectd.data.type.inst",
                _ => "collectd.data.message",
            };
            let field = segment.one(name);
            assert_eq!(field.bytes, payload());
            if text.is_ascii() {
                assert_eq!(field.show.as_bytes(), text);
            }
        }
        PartContent::Number(number) => compare_number(part.kind(), number, segment),
        PartContent::Values(values) => {
            let kinds = segment.all("collectd.val.type");
            assert_eq!(segment.one("collectd.data.valcnt").show, values.len().to_string());
            assert_eq!(kinds.len(), values.len());
            let fields = segment.fields.iter().filter(|field| field.name.starts_with("collectd.val."));
            let fields: Vec<_> = fields.filter(|field| field.name != "collectd.val.type").collect();
            for ((value, kind), field) in values.iter().zip(kinds).zip(fields) {
                assert_eq!(kind.bytes, format!("{:02x}", value.kind().code()));
                compare_value(value, field);
            }
        }
        PartContent::Signature { user, mac } => {
            assert_eq!(segment.one("collectd.data.sighash").bytes, hex(mac));
            assert_eq!(segment.one("collectd.data.username").bytes, hex(user));
        }
        PartContent::Encrypted { user, iv, content } => {
            assert_eq!(segment.one("collectd.data.username_length").show, user.len().to_string());
            assert_eq!(segment.one("collectd.data.username").bytes, hex(user));
            assert_eq!(segment.one("collectd.data.initvec").bytes, hex(iv));
            // With the checksum before it.
            assert_eq!(segment.one("collectd.data.encrypted").bytes.len(), 2 * (content.len() + 20));
        }
        _ => assert_eq!(segment.all("collectd.data").first().map_or("", |field| &field.bytes), payload()),
    }
}

fn compare_number(kind: PartKind, number: u64, segment: &Segment) {
    let bytes = hex(&number.to_be_bytes());
    let is_near = |ours: std::time::Duration, theirs: std::time::Duration| ours.abs_diff(theirs).as_nanos() <= 1;
    match kind {
        PartKind::Severity => {
            assert_eq!(segment.one("collectd.data.severity").show.parse(), Ok(number));
        }
        PartKind::Time | PartKind::TimeHr => {
            let field = segment.one("collectd.data.time");
            let time = if kind == PartKind::Time { Time::from_secs(number) } else { Time::from_raw(number) };
            // "Nov 14, 2023 22:30:00.000000000 UTC"
            let nanos = field.show.split(['.', ' ']).nth_back(1).unwrap();
            let theirs = std::time::Duration::new(0, nanos.parse().unwrap());
            let ours = std::time::Duration::new(0, time.since_epoch().subsec_nanos());
            assert!(is_near(ours, theirs), "{field:?}");
            let clock = time.rfc3339().to_string();
            assert!(field.show.contains(&clock[clock.len() - 9..clock.len() - 1]), "{field:?}: {clock}");
            assert_eq!(field.bytes, bytes);
        }
        _ => {
            let field = segment.one("collectd.data.interval");
            let raw = if kind == PartKind::Interval { Interval::from_secs(number) } else { Interval::from_raw(number) };
            let (seconds, nanos) = field.show.split_once('.').unwrap();
            let theirs = std::time::Duration::new(seconds.parse().unwrap(), nanos.parse().unwrap());
            assert!(is_near(raw.to_duration(), theirs), "{field:?}");
            assert_eq!(field.bytes, bytes);
        }
    }
}

fn compare_value(value: Value, field: &Field) {
    let name = field.name.strip_prefix("collectd.val.").unwrap();
    assert_eq!(name, value.kind().name());
    match value {
        Value::Gauge(number) if number.is_nan() => assert!(field.show.ends_with("nan"), "{field:?}"),
        // It shows fifteen digits.
        Value::Gauge(number) => {
            let shown: f64 = field.show.parse().unwrap();
            let rounded: f64 = format!("{number:.14e}").parse().unwrap();
            assert!(shown == rounded, "{field:?}");
        }
        other => assert_eq!(field.show, other.to_string()),
    }
    let bits = value.to_bits();
    let bytes = if matches!(value, Value::Gauge(_)) { bits.to_le_bytes() } else { bits.to_be_bytes() };
    assert_eq!(field.bytes, hex(&bytes));
}

#[test]
fn the_dissector_agrees_on_every_part() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let packets = packets("vectors");
    let port = free_udp_port();
    let mut record = Command::new(env!("CARGO_BIN_EXE_collectd-live"));
    record.arg("record").arg(&file).args(["--listen", &format!("127.0.0.1:{port}")]);
    record.args(["--count", &packets.len().to_string()]);
    let mut record = record.stderr(Stdio::null()).spawn().unwrap();
    wait_until("a recording", PATIENCE, || file.exists().then_some(()));
    let mut sender = Sender::connect(([127, 0, 0, 1], port).into(), &SendOptions::default()).unwrap();
    let data: Vec<_> = packets.iter().map(|(_, data)| data).collect();
    sender.send_batch(&data).unwrap();
    assert!(record.wait().unwrap().success());

    let decode = format!("udp.port=={port},collectd");
    let args = ["-r", file.to_str().unwrap(), "-d", &decode, "-T", "pdml"];
    let pdml = run(Command::new("tshark").args(args), b"").stdout();
    fs::remove_file(&file).unwrap();
    let dissected = segments(&pdml);
    assert_eq!(dissected.len(), packets.len());
    let mut compared = 0;
    for ((name, data), segments) in packets.iter().zip(dissected) {
        let parts: Vec<_> = parts(data).collect();
        assert_eq!(segments.len(), parts.len(), "{name}");
        for (part, segment) in parts.iter().zip(&segments) {
            compare(part, segment);
        }
        compared += parts.len();
    }
    assert!(compared > 1500, "{compared}");
}
