//! Malformed packets: what collectd was seen to make of each, in five set-ups.

mod common;

use collectd_types::{Identifier, ValuesRef};
use collectd_wire::{DecodeErrorKind as Kind, Item, Items, KeyRing, Opener, SecurityLevel, Skipped, decode};
use common::{Setup, folder, hex, identifier, json, number, packets, read, users};
use serde_json::Value as Json;

/// The default `MaxPacketSize`.
const DEFAULT_SIZE: usize = 1452;

/// What we make of a packet.
struct Seen {
    lists: Vec<(Json, Option<Vec<u8>>)>,
    messages: Vec<String>,
    errors: Vec<Kind>,
    skipped: Skipped,
}

fn observe(mut items: Items<'_>, size: usize) -> Seen {
    let (mut lists, mut messages, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(item) = items.next() {
        let user = items.origin().user().map(<[u8]>::to_vec);
        match item {
            Ok(Item::Values(list)) => lists.push((as_observed(list), user)),
            Ok(Item::Notification(notification)) => {
                messages.push(String::from_utf8_lossy(notification.message).into_owned());
            }
            Err(wrong) => {
                assert!(wrong.offset < size);
                errors.push(wrong.kind);
            }
        }
    }
    assert!(items.next().is_none(), "the end is the end");
    Seen { lists, messages, errors, skipped: items.skipped() }
}

fn as_observed(list: ValuesRef<'_>) -> Json {
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
    codes.extend((skipped.long_names > 0).then_some("string-too-long"));
    // Of many parts it says that once.
    codes.extend((skipped.unsigned_parts > 0).then_some("ignored-unsigned"));
    codes.extend((skipped.unencrypted_parts > 0).then_some("ignored-unencrypted"));
    codes.extend(seen.errors.iter().flat_map(|error| error_codes(*error)));
    codes.sort_unstable();
    codes
}

fn error_codes(error: Kind) -> &'static [&'static str] {
    match error {
        Kind::Truncated => &["truncated"],
        Kind::TextEmpty => &["string-empty-part"],
        Kind::TextTooLong => &["string-too-long"],
        Kind::TextUnterminated => &["string-unterminated"],
        Kind::NumberShort => &["number-short"],
        Kind::NumberLength => &["number-length"],
        Kind::ValuesShort => &["values-short"],
        Kind::ValuesLength => &["values-mismatch"],
        Kind::ValuesKind => &["values-bad-type"],
        // With less than its header left, the daemon reports only that the part failed.
        Kind::SignatureLength => &["sign-bad-length", "sign-failed"],
        Kind::SignatureUnknownUser => &["sign-unknown-user", "sign-failed"],
        Kind::SignatureMismatch => &["sign-mismatch"],
        Kind::EncryptedShort => &["encr-short", "encr-failed"],
        Kind::EncryptedLength => &["encr-bad-size", "encr-failed"],
        Kind::EncryptedUserLength => &["encr-bad-username-length", "encr-failed"],
        Kind::EncryptedNoKey => &["encr-no-key", "encr-failed"],
        Kind::EncryptedChecksum => &["encr-checksum", "encr-failed"],
        Kind::TooDeep => &["too-deep"],
        other => panic!("no log code for {other:?}"),
    }
}

#[test]
fn every_packet_gives_what_collectd_made_of_it() {
    let folder = folder("malformed");
    let observed = json(&folder.join("observed.json"));
    let keys = users(&observed["users"]);
    let names = packets(&folder);
    assert_eq!(names.len(), 117);
    for name in names {
        let about = &observed["packets"][&name];
        let packet = read(&folder.join(format!("{name}.bin")));
        for setup in Setup::ALL {
            compare(&format!("{name}, {}", setup.name), &packet, setup, &keys, about);
        }
        let cut = Setup { name: "none-1452", level: SecurityLevel::None, keys: false };
        compare(&format!("{name}, cut"), &packet[..packet.len().min(DEFAULT_SIZE)], cut, &keys, about);
    }
}

fn compare(context: &str, packet: &[u8], setup: Setup, keys: &KeyRing, about: &Json) {
    let collectd = &about["observed"][setup.name];
    assert!(collectd.is_object(), "{context} was not observed");
    let mut opened = packet.to_vec();
    let mut opener = Opener::new(setup.level);
    let seen = observe(opener.open(setup.keys.then_some(keys), &mut opened), packet.len());
    if setup.level == SecurityLevel::None && !setup.keys {
        let plain = observe(decode(packet), packet.len());
        assert_eq!((plain.lists, plain.errors, plain.skipped), (seen.lists.clone(), seen.errors.clone(), seen.skipped));
    }

    let (lists, messages) = (number(&collectd["values"]), number(&collectd["notifications"]));
    if let Some(why) = is_refused(context, setup, about) {
        assert!(seen.lists.len() as u64 <= lists && seen.messages.len() as u64 <= messages, "{context}");
        assert_eq!(seen.errors, [why], "{context}");
        return;
    }
    // collectd gives up the rest of a packet for a name that is too long; we what has that name.
    let lists = lists.max(if seen.skipped.long_names > 0 { seen.lists.len() as u64 } else { 0 });
    assert_eq!(seen.messages.len() as u64, messages, "{context}");
    compare_lists(context, &seen, collectd, lists);
    compare_log(context, &seen, collectd);
}

/// Why we stop earlier than collectd, where we do.
fn is_refused(context: &str, setup: Setup, about: &Json) -> Option<Kind> {
    let stricter = about["stricter_is_fine"] == true || about["undefined_behaviour"] == true;
    if stricter && setup.level == SecurityLevel::None {
        return Some(Kind::NumberLength);
    }
    let looked_at = match context.split_once("-deep-max") {
        Some(("sign", _)) => setup.level != SecurityLevel::Encrypt,
        Some(("encrypt", _)) => true,
        _ => false,
    };
    (looked_at && setup.keys).then_some(Kind::TooDeep)
}

/// Of both sides, what tells lists apart.
fn key(list: &Json) -> (Identifier, u64, u64, Vec<u64>) {
    let bits = list["bits"].as_array().unwrap().iter().map(hex).collect();
    (identifier(list), number(&list["time"]), number(&list["interval"]), bits)
}

fn compare_lists(context: &str, seen: &Seen, collectd: &Json, count: u64) {
    let expected = collectd["lists"].as_array().unwrap();
    assert_eq!(seen.lists.len() as u64, count, "{context}");
    // The daemon's writers got them in any order, of many only some were kept, and with its own default
    // interval where the packet had none.
    for list in expected {
        let (id, time, interval, bits) = key(list);
        let user = list["username"].as_str().map(|user| user.as_bytes().to_vec());
        let same = |(ours, from): &&(Json, Option<Vec<u8>>)| {
            let ours = key(ours);
            (&ours.0, ours.1, &ours.3, from) == (&id, time, &bits, &user) && (ours.2 == interval || ours.2 == 0)
        };
        assert!(seen.lists.iter().any(|ours| same(&ours)), "{context}: {list}");
    }
}

fn compare_log(context: &str, seen: &Seen, collectd: &Json) {
    let logged = collectd["log"].as_array().unwrap().iter().map(|code| code.as_str().unwrap());
    // Logged once per daemon only, and after decoding.
    let logged = logged.filter(|code| *code != "sign-unverified-accepted" && !code.starts_with("core-"));
    let mut logged: Vec<_> = logged.collect();
    logged.sort_unstable();
    let mut ours = log_codes(seen);
    if logged == ["sign-failed"] {
        ours.retain(|code| *code != "sign-bad-length");
    }
    assert_eq!(ours, logged, "{context}");
}

/// The text beside each packet, and the packets, are the same set.
#[test]
fn every_packet_has_its_line_of_explanation() {
    let folder = folder("malformed");
    for name in packets(&folder) {
        assert!(!read(&folder.join(format!("{name}.txt"))).is_empty(), "{name}");
    }
}

fn text(code: u8, text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len() + 5).unwrap().to_be_bytes();
    [&[0, code][..], &length, text.as_bytes(), &[0]].concat()
}

/// Where the daemon gives up the rest of the packet.
#[test]
fn a_name_that_is_too_long_costs_what_has_it() {
    let value = |number: u8| vec![0, 6, 0, 15, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, number];
    let time = |second: u8| vec![0, 1, 0, 12, 0, 0, 0, 0, 0, 0, 0, second];
    let severity = vec![1, 1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 4];
    let message = |text: &str| {
        let mut part = self::text(0, text);
        part[0] = 1;
        part
    };
    let long = "x".repeat(128);
    let packet = [
        [text(0, "h"), text(2, "p"), text(4, "t"), time(1), value(1)].concat(),
        // Instances may be empty, so that alone does not tell.
        [text(5, &long), value(2), time(2), value(3), text(5, "short"), value(4)].concat(),
        // Two at once, of which one is replaced; the other one by something that is too long, too.
        [text(3, &long), text(5, &long), value(5), text(5, ""), value(6), text(3, &"y".repeat(500)), value(7)].concat(),
        [severity, message("of whom"), text(3, "i"), message("of i"), value(8)].concat(),
        [text(0, &long), value(9), text(0, "g"), value(10), text(0, "?"), value(11), vec![0; 7]].concat(),
    ]
    .concat();
    let seen = observe(decode(&packet), packet.len());
    let lists: Vec<_> = seen.lists.iter().map(|(list, _)| key(list)).collect();
    let numbers: Vec<_> = lists.iter().map(|(_, _, _, bits)| bits[0]).collect();
    assert_eq!(numbers, [1, 4, 8, 10, 11]);
    let names: Vec<_> = lists.iter().map(|(names, ..)| names.to_string()).collect();
    assert_eq!(names, ["h/p/t", "h/p/t-short", "h/p-i/t", "g/p-i/t", "?/p-i/t"]);
    assert_eq!(seen.messages, ["of i"]);
    assert_eq!(seen.errors, [Kind::Truncated]);
    let Skipped { incomplete_lists, notifications_with_long_name, long_names, .. } = seen.skipped;
    assert_eq!((incomplete_lists, notifications_with_long_name, long_names), (6, 1, 5));
}
