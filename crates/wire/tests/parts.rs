//! The parts of packets, beside what the decoder makes of them.

mod common;

use std::collections::HashSet;

use collectd_wire::{DecodeErrorKind, Item, PartContent, PartKind, decode, parts};
use common::{folder, json, packets, read};
use proptest::prelude::*;

/// Nesting, offset in its section, type and length, as the packet has them; what is encrypted is not looked into.
fn outline(packet: &[u8]) -> Vec<(usize, usize, u16, usize)> {
    let (mut depth, mut start) = (0, 0);
    let mut outline = Vec::new();
    let mut parts = parts(packet);
    for part in parts.by_ref() {
        outline.push((depth, part.offset() - start, part.kind().code(), part.len()));
        if part.kind() == PartKind::Signature {
            // All behind it is in its section.
            depth += 1;
            start = part.offset() + part.len();
        }
    }
    assert!(parts.rest().is_empty());
    outline
}

#[test]
fn parts_of_real_senders_are_where_they_should_be() {
    let folder = folder("vectors");
    let mut compared = 0;
    for name in packets(&folder) {
        let about = json(&folder.join(format!("{name}.json")));
        let Some(expected) = about["parts"].as_array() else { continue };
        let number = |json: &serde_json::Value| usize::try_from(json.as_u64().unwrap()).unwrap();
        let mut expected: Vec<_> = expected
            .iter()
            .map(|part| {
                let code = part[2].as_str().unwrap().trim_start_matches("0x");
                (number(&part[0]), number(&part[1]), u16::from_str_radix(code, 16).unwrap(), number(&part[3]))
            })
            .collect();
        let mut hidden = usize::MAX;
        expected.retain(|&(depth, _, code, _)| {
            let shown = depth <= hidden;
            if shown {
                hidden = if code == PartKind::Encrypted.code() { depth } else { usize::MAX };
            }
            shown
        });
        assert_eq!(outline(&read(&folder.join(format!("{name}.bin")))), expected, "{name}");
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
}

/// What a decoder that knows no keys yields and complains of belongs to a part, or to what is none.
fn compare(packet: &[u8]) {
    let (mut starts, mut lists, mut messages) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut wrong = None;
    let mut parts = parts(packet);
    for part in parts.by_ref() {
        starts.insert(part.offset());
        let end = part.offset() + part.len();
        match part.content() {
            Ok(PartContent::Values(_)) => drop(lists.insert(end)),
            Ok(PartContent::Text(_)) if part.kind() == PartKind::Message => drop(messages.insert(end)),
            Ok(PartContent::Encrypted { .. }) => wrong = wrong.or(Some(part.offset())),
            Ok(_) => {}
            // What has this name is passed over, and nothing else.
            Err(DecodeErrorKind::TextTooLong) if part.kind() != PartKind::Message => {}
            Err(_) => wrong = wrong.or(Some(part.offset())),
        }
    }
    let end = parts.offset();
    assert_eq!(end + parts.rest().len(), packet.len());
    let wrong = wrong.or((!parts.rest().is_empty()).then_some(end));
    let mut items = decode(packet);
    let mut error = None;
    while let Some(item) = items.next() {
        match item {
            Ok(Item::Values(_)) => assert!(lists.contains(&items.position())),
            Ok(Item::Notification(_)) => assert!(messages.contains(&items.position())),
            Err(at) => error = Some(at.offset),
        }
    }
    assert_eq!(error, wrong);
}

#[test]
fn items_and_errors_belong_to_parts() {
    for name in ["vectors", "malformed"] {
        let folder = folder(name);
        for name in packets(&folder) {
            compare(&read(&folder.join(format!("{name}.bin"))));
        }
    }
}

proptest! {
    #[test]
    fn of_any_bytes_too(packet in prop::collection::vec(prop_oneof![0_u8..12, any::<u8>()], 0..200)) {
        compare(&packet);
    }
}
