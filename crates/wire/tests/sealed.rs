//! Signed and encrypted packets of real senders: read in each set-up, and made byte for byte.

mod common;

use collectd_wire::{
    COMPATIBLE_RESERVE, Encoder, Items, KeyRing, MAX_PACKET_SIZE, Opener, Sealer, SecurityLevel, encode_notification,
};
use common::{Event, Setup, folder, json, number, packets, read, users};
use serde_json::Value as Json;

struct Vector {
    name: String,
    packet: Vec<u8>,
    about: Json,
}

/// An event, whether it was signed, and encrypted, and who did.
type Secured = (Event, bool, bool, Option<Vec<u8>>);

fn vectors() -> Vec<Vector> {
    let folder = folder("vectors");
    let load = |name: String| Vector {
        packet: read(&folder.join(format!("{name}.bin"))),
        about: json(&folder.join(format!("{name}.json"))),
        name,
    };
    packets(&folder).into_iter().map(load).collect()
}

impl Vector {
    fn events(&self) -> Vec<Secured> {
        let events = self.about["events"].as_array().unwrap().iter();
        let secured = events.map(|event| {
            let user = event["username"].as_str().map(|user| user.as_bytes().to_vec());
            (Event::from_json(event), event["signed"] == true, event["encrypted"] == true, user)
        });
        secured.collect()
    }

    /// What a receiver with keys accepts.
    fn accepted(&self, level: SecurityLevel) -> Vec<Secured> {
        let accepts = |(_, signed, encrypted, _): &Secured| match level {
            SecurityLevel::None => true,
            SecurityLevel::Sign => *signed || *encrypted,
            SecurityLevel::Encrypt => *encrypted,
        };
        self.events().into_iter().filter(accepts).collect()
    }

    fn keys(&self) -> KeyRing {
        users(&self.about["users"])
    }

    /// Does what its sender did.
    fn sealer(&self) -> Sealer {
        let security = &self.about["security"];
        let of = |level, user: &Json, password: &Json| {
            Sealer::new(level, user.as_str().unwrap().as_bytes(), password.as_str().unwrap().as_bytes()).unwrap()
        };
        if let Some(level) = security["level"].as_str() {
            return of(level.parse().unwrap(), &security["username"], &security["password"]);
        }
        match self.about["users"].as_object().unwrap().iter().next() {
            Some((user, password)) => of(SecurityLevel::Sign, &Json::from(user.as_str()), password),
            None => Sealer::none(),
        }
    }
}

fn collect(mut items: Items<'_>) -> Vec<Secured> {
    let mut events = Vec::new();
    while let Some(item) = items.next() {
        // What is left out may be an error, as of an encrypted part without a key.
        let (Ok(item), origin) = (item, items.origin()) else { continue };
        let user = origin.user().map(<[u8]>::to_vec);
        events.push((item.into(), origin.is_signed(), origin.is_encrypted(), user));
    }
    events
}

#[test]
fn every_receiver_gets_what_collectd_accepted() {
    for setup in Setup::ALL {
        let mut opener = Opener::new(setup.level);
        for vector in vectors() {
            let context = format!("{} at {}", vector.name, setup.name);
            let keys = vector.keys();
            let mut packet = vector.packet.clone();
            let events = collect(opener.open(setup.keys.then_some(&keys), &mut packet));
            if setup.keys {
                assert_eq!(events, vector.accepted(setup.level), "{context}");
            } else {
                assert!(events.iter().all(|(_, signed, encrypted, user)| !signed && !encrypted && user.is_none()));
            }
            let expected = &vector.about["accepted_by_collectd"][setup.name];
            let lists = events.iter().filter(|(event, ..)| matches!(event, Event::Values(..))).count();
            assert_eq!(lists as u64, number(&expected["values"]), "{context}");
            assert_eq!((events.len() - lists) as u64, number(&expected["notifications"]), "{context}");
        }
    }
}

#[test]
fn many_packets_at_once_are_what_each_is_alone() {
    let vectors = vectors();
    // All users at once. No two packets have another password for the same one.
    let all = vectors.iter().flat_map(|vector| vector.about["users"].as_object().unwrap());
    let keys: KeyRing = all.map(|(user, password)| (user, password.as_str().unwrap())).collect();
    for level in [SecurityLevel::None, SecurityLevel::Sign, SecurityLevel::Encrypt] {
        for strict in [false, true] {
            let mut opener = Opener::new(level).strict(strict);
            let mut together: Vec<_> = vectors.iter().map(|vector| vector.packet.clone()).collect();
            let opened = opener.open_all(Some(&keys), &mut together);
            assert_eq!(opened.len(), vectors.len());
            let together: Vec<_> = opened.iter().map(collect).collect();
            let mut opener = Opener::new(level).strict(strict);
            for (vector, together) in vectors.iter().zip(together) {
                let alone = collect(opener.open(Some(&keys), &mut vector.packet.clone()));
                assert_eq!(together, alone, "{}", vector.name);
                if !strict {
                    assert_eq!(together, vector.accepted(level), "{}", vector.name);
                }
            }
        }
    }
}

#[test]
fn the_daemons_packets_are_sealed_byte_for_byte() {
    let mut checked = [0; 3];
    for vector in vectors().iter().filter(|vector| vector.about["encoder_order"] == "collectd") {
        let mut encoder = Encoder::new(MAX_PACKET_SIZE);
        let mut plain = Vec::new();
        for (event, ..) in vector.events() {
            match &event {
                Event::Values(..) => encoder.push(event.to_values().unwrap().view()).unwrap(),
                Event::Notification(it) => plain = encode_notification(it.view(), MAX_PACKET_SIZE).unwrap(),
            }
        }
        if !encoder.is_empty() {
            plain = encoder.packet().to_vec();
        }
        let sealer = vector.sealer();
        let iv = vector.about["security"]["iv"].as_str().unwrap_or_default();
        let mut sealed = Vec::new();
        sealer.seal_again(&plain, bytes_of(iv), &mut sealed).unwrap();
        assert_eq!(sealed, vector.packet, "{}", vector.name);
        assert_eq!(sealed.len(), plain.len() + sealer.overhead());
        assert!(sealer.overhead() <= COMPATIBLE_RESERVE);
        checked[sealer.level() as usize] += 1;
    }
    assert_eq!(checked, [15, 13, 12], "plain, signed, encrypted");
}

fn bytes_of(hex: &str) -> [u8; 16] {
    let mut vector = [0; 16];
    for (byte, at) in vector.iter_mut().zip((0..hex.len()).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    }
    vector
}

/// The mark is what cannot be chosen by who sends a copy.
#[test]
fn sections_are_told_apart_by_their_marks() {
    const HEAD: &[u8] = b"\0\x08\0\x0c\0\0\0\x01\0\0\0\0\0\0\0\x06h\0\0\x02\0\x06p\0\0\x04\0\x06t\0";
    const VALUE: &[u8] = b"\0\x06\0\x0f\0\x01\x02\0\0\0\0\0\0\0\x07";
    let whole = [HEAD, VALUE].concat();
    let keys = KeyRing::from_iter([("alice", "pw"), ("bob", "pw2")]);
    let (mut inner, mut packet) = (Vec::new(), Vec::new());
    Sealer::sign(b"bob", b"pw2").unwrap().seal_again(&whole, [0; 16], &mut inner).unwrap();
    let mac = inner[4..36].to_vec();
    let content = [&whole[..], &inner].concat();
    Sealer::encrypt(b"alice", b"pw").unwrap().seal_again(&content, [7; 16], &mut packet).unwrap();
    packet.extend_from_slice(&whole);
    let mut opener = Opener::new(SecurityLevel::None);
    let mut items = opener.open(Some(&keys), &mut packet);
    let mut seen = Vec::new();
    while let Some(item) = items.next() {
        item.unwrap();
        let origin = items.origin();
        seen.push((origin.user().map(<[u8]>::to_vec), origin.depth(), origin.mark().to_vec()));
    }
    let user = |name: &str| Some(name.as_bytes().to_vec());
    assert_eq!(seen, [(user("alice"), 1, vec![7; 16]), (user("bob"), 2, mac), (None, 0, Vec::new())]);
}
