//! Malformed packets: what collectd was seen to make of each, as a receiver without keys.

mod common;

use collectd_wire::{DecodeErrorKind as Kind, Item, Skipped, decode};
use common::{folder, hex, identifier, json, number, packets, read};
use serde_json::Value as Json;

/// What we make of a packet.
struct Seen {
    lists: Vec<Json>,
    messages: Vec<String>,
    error: Option<Kind>,
    skipped: Skipped,
}

fn observe(packet: &[u8]) -> Seen {
    let mut items = decode(packet);
    let (mut lists, mut messages, mut error) = (Vec::new(), Vec::new(), None);
    for item in items.by_ref() {
        assert_eq!(error, None, "nothing comes after an error");
        match item {
            Ok(Item::Values(list)) => lists.push(as_observed(list)),
            Ok(Item::Notification(notification)) => {
                messages.push(String::from_utf8_lossy(notification.message).into_owned());
            }
            Err(wrong) => {
                assert!(wrong.offset < packet.len());
                error = Some(wrong.kind);
            }
        }
    }
    assert!(items.next().is_none(), "the end is the end");
    Seen { lists, messages, error, skipped: items.skipped() }
}

fn as_observed(list: collectd_types::ValuesRef<'_>) -> Json {
    let [host, plugin, plugin_instance, type_, type_instance] =
        list.identifier().names().map(|name| name.to_string_lossy().into_owned());
    let bits: Vec<_> = list.values().map(|value| format!("{:016x}", value.to_bits())).collect();
    serde_json::json!({
        "host": host, "plugin": plugin, "plugin_instance": plugin_instance, "type": type_,
        "type_instance": type_instance, "time": list.time().to_raw(), "interval": list.interval().to_raw(),
        "bits": bits,
    })
}

/// What the daemon logs when we report this; what the core logs after decoding is not ours.
fn log_codes(seen: &Seen) -> Vec<&'static str> {
    let skipped = seen.skipped;
    let mut codes = Vec::new();
    codes.extend((0..skipped.notifications_without_severity).map(|_| "notif-bad-severity"));
    codes.extend((0..skipped.notifications_without_time).map(|_| "notif-no-time"));
    codes.extend((0..skipped.notifications_without_message).map(|_| "notif-empty"));
    codes.extend(match seen.error {
        None => &[][..],
        Some(Kind::Truncated) => &["truncated"],
        Some(Kind::TextEmpty) => &["string-empty-part"],
        Some(Kind::TextTooLong) => &["string-too-long"],
        Some(Kind::TextUnterminated) => &["string-unterminated"],
        Some(Kind::NumberShort) => &["number-short"],
        Some(Kind::NumberLength) => &["number-length"],
        Some(Kind::ValuesShort) => &["values-short"],
        Some(Kind::ValuesLength) => &["values-mismatch"],
        Some(Kind::ValuesKind) => &["values-bad-type"],
        // With less than its header left, the daemon reports only that the part failed.
        Some(Kind::SignatureLength) => &["sign-bad-length", "sign-failed"],
        Some(Kind::EncryptedShort) => &["encr-short", "encr-failed"],
        Some(Kind::EncryptedLength) => &["encr-bad-size", "encr-failed"],
        Some(Kind::EncryptedUserLength) => &["encr-bad-username-length", "encr-failed"],
        Some(Kind::EncryptedNoKey) => &["encr-no-key", "encr-failed"],
        Some(other) => panic!("no log code for {other:?}"),
    });
    codes
}

/// Of both sides, what tells lists apart.
fn key(list: &Json) -> (collectd_types::Identifier, u64, u64, Vec<u64>) {
    let bits = list["bits"].as_array().unwrap().iter().map(hex).collect();
    (identifier(list), number(&list["time"]), number(&list["interval"]), bits)
}

#[test]
fn every_packet_gives_what_collectd_made_of_it() {
    let folder = folder("malformed");
    let observed = json(&folder.join("observed.json"));
    let names = packets(&folder);
    assert_eq!(names.len(), 117);
    for name in names {
        let about = &observed["packets"][&name];
        let collectd = &about["observed"]["none-without-authfile"];
        assert!(collectd.is_object(), "{name} was not observed");
        let seen = observe(&read(&folder.join(format!("{name}.bin"))));
        let (lists, messages) = (number(&collectd["values"]), number(&collectd["notifications"]));
        if about["stricter_is_fine"] == true || about["undefined_behaviour"] == true {
            assert!(seen.lists.len() as u64 <= lists && seen.messages.len() as u64 <= messages, "{name}");
            assert_eq!(seen.error, Some(Kind::NumberLength), "{name}");
            continue;
        }
        assert_eq!(seen.messages.len() as u64, messages, "{name}");
        compare_lists(&name, &seen, collectd, lists);
        compare_log(&name, &seen, collectd);
    }
}

fn compare_lists(name: &str, seen: &Seen, collectd: &Json, count: u64) {
    let expected = collectd["lists"].as_array().unwrap();
    assert_eq!(seen.lists.len() as u64, count, "{name}");
    // The daemon's writers got them in any order, of many only some were kept, and with its own default
    // interval where the packet had none.
    for list in expected {
        let (id, time, interval, bits) = key(list);
        let same = |ours: &&Json| {
            let ours = key(ours);
            (&ours.0, ours.1, &ours.3) == (&id, time, &bits) && (ours.2 == interval || ours.2 == 0)
        };
        assert!(seen.lists.iter().any(|ours| same(&ours)), "{name}: {list}");
    }
}

fn compare_log(name: &str, seen: &Seen, collectd: &Json) {
    let logged = collectd["log"].as_array().unwrap().iter().map(|code| code.as_str().unwrap());
    // Logged once per daemon only, and after decoding.
    let logged = logged.filter(|code| *code != "sign-unverified-accepted" && !code.starts_with("core-"));
    let logged: Vec<_> = logged.collect();
    let mut ours = log_codes(seen);
    if logged == ["sign-failed"] {
        ours.retain(|code| *code != "sign-bad-length");
    }
    assert_eq!(ours, logged, "{name}");
}

/// The text beside each packet, and the packets, are the same set.
#[test]
fn every_packet_has_its_line_of_explanation() {
    let folder = folder("malformed");
    for name in packets(&folder) {
        assert!(!read(&folder.join(format!("{name}.txt"))).is_empty(), "{name}");
    }
}
