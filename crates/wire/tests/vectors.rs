//! Packets of real senders: what is in them, and that ours have the same bytes.

mod common;

use collectd_wire::{DecodeErrorKind, Encoder, Items, MAX_PACKET_SIZE, decode, encode_notification};
use common::{Event, folder, json, packets, read};
use serde_json::Value as Json;

struct Vector {
    name: String,
    packet: Vec<u8>,
    about: Json,
}

impl Vector {
    fn events(&self) -> Vec<Event> {
        self.about["events"].as_array().unwrap().iter().map(Event::from_json).collect()
    }

    /// Whether some part is signed or encrypted, on the outside.
    fn has_secret_parts(&self) -> bool {
        self.about["events"]
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["signed"] == true || event["encrypted"] == true)
    }

    fn is_plain_and_canonical(&self) -> bool {
        self.about["encoder_order"] == "collectd" && !self.has_secret_parts()
    }
}

fn vectors() -> Vec<Vector> {
    let folder = folder("vectors");
    let load = |name: String| Vector {
        packet: read(&folder.join(format!("{name}.bin"))),
        about: json(&folder.join(format!("{name}.json"))),
        name,
    };
    packets(&folder).into_iter().map(load).collect()
}

fn good_items(items: &mut Items<'_>) -> Vec<Event> {
    items.by_ref().map_while(Result::ok).map(Event::from).collect()
}

#[test]
fn the_collection_is_complete() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 72);
    assert_eq!(vectors.iter().filter(|vector| vector.is_plain_and_canonical()).count(), 15);
    assert!(vectors.iter().filter(|vector| !vector.has_secret_parts()).count() >= 30);
}

#[test]
fn plain_packets_decode_to_what_is_in_them() {
    for vector in vectors().iter().filter(|vector| !vector.has_secret_parts()) {
        let items: Result<Vec<Event>, _> = decode(&vector.packet).map(|item| item.map(Event::from)).collect();
        assert_eq!(items.as_ref(), Ok(&vector.events()), "{}", vector.name);
    }
}

/// Without keys a signature is passed over and the data used; an encrypted part ends the packet.
#[test]
fn secured_packets_give_what_a_receiver_without_keys_gets() {
    for vector in vectors().iter().filter(|vector| vector.has_secret_parts()) {
        let mut items = decode(&vector.packet);
        let got = good_items(&mut items.clone());
        let of_kind =
            |notification| got.iter().filter(move |event| matches!(event, Event::Notification(_)) == notification);
        let expected = &vector.about["accepted_by_collectd"]["none-without-authfile"];
        assert_eq!(of_kind(false).count() as u64, common::number(&expected["values"]), "{}", vector.name);
        assert_eq!(of_kind(true).count() as u64, common::number(&expected["notifications"]), "{}", vector.name);

        let encrypted = vector.about["events"].as_array().unwrap().iter().any(|event| event["encrypted"] == true);
        let error = items.by_ref().find_map(Result::err).map(|error| error.kind);
        assert_eq!(error, encrypted.then_some(DecodeErrorKind::EncryptedNoKey), "{}", vector.name);
        if !encrypted {
            assert_eq!(got, vector.events(), "{}", vector.name);
            assert!(items.skipped().unverified_signatures > 0, "{}", vector.name);
        }
    }
}

#[test]
fn the_daemons_packets_are_encoded_byte_for_byte() {
    for vector in vectors().iter().filter(|vector| vector.is_plain_and_canonical()) {
        let mut encoder = Encoder::new(MAX_PACKET_SIZE);
        let mut packet = Vec::new();
        for event in vector.events() {
            match &event {
                Event::Values(..) => encoder.push(event.to_values().unwrap().view()).unwrap(),
                Event::Notification(it) => packet = encode_notification(it.view(), MAX_PACKET_SIZE).unwrap(),
            }
        }
        if !encoder.is_empty() {
            assert!(packet.is_empty(), "{}", vector.name);
            packet = encoder.packet().to_vec();
        }
        assert_eq!(packet, vector.packet, "{}", vector.name);
    }
}

/// The plain bytes inside a signature are the daemon's too.
#[test]
fn signed_packets_of_the_daemon_are_the_same_behind_the_signature() {
    let signed =
        |vector: &Vector| vector.about["encoder_order"] == "collectd" && vector.about["security"]["level"] == "sign";
    let mut checked = 0;
    for vector in vectors().iter().filter(|vector| signed(vector)) {
        let signature = usize::from(u16::from_be_bytes([vector.packet[2], vector.packet[3]]));
        let mut encoder = Encoder::new(MAX_PACKET_SIZE);
        for event in vector.events() {
            let Some(list) = event.to_values() else { continue };
            encoder.push(list.view()).unwrap();
        }
        if !encoder.is_empty() {
            assert_eq!(encoder.packet(), &vector.packet[signature..], "{}", vector.name);
            checked += 1;
        }
    }
    assert!(checked >= 8, "{checked}");
}

/// A list too many leaves the packet of the daemon as it is, wherever the limit is.
#[test]
fn every_limit_below_the_size_keeps_whole_lists() {
    let vectors = vectors();
    let vector = vectors.iter().find(|vector| vector.name == "daemon-none-2").unwrap();
    let lists: Vec<_> = vector.events().iter().map(|event| event.to_values().unwrap()).collect();
    for limit in 0..=vector.packet.len() {
        let mut encoder = Encoder::new(limit);
        let fitting = lists.iter().take_while(|list| encoder.push(list.view()).is_ok()).count();
        assert!(encoder.len() <= limit);
        assert_eq!(encoder.packet(), &vector.packet[..encoder.len()]);
        assert_eq!(encoder.value_lists(), fitting);
        assert_eq!(good_items(&mut decode(encoder.packet())).len(), fitting);
    }
}
