//! No allocation per value list, neither way; nor per packet that is signed or encrypted.

use collectd_test_allocations::allocations_of_thread;
use collectd_types::{Data, IdentifierRef, Interval, Kind, Time, Value, ValuesRef};
use collectd_wire::{EncodeError, Encoder, KeyRing, Opener, Sealer, SecurityLevel, decode};

fn field(text: &str) -> [u8; 128] {
    let mut field = [0; 128];
    field[..text.len()].copy_from_slice(text.as_bytes());
    field
}

#[test]
fn nothing_is_allocated_per_list_or_packet() {
    encode_and_decode();
    for level in [SecurityLevel::Sign, SecurityLevel::Encrypt] {
        seal_and_open(level);
    }
}

fn encode_and_decode() {
    let fields = ["a-host.example.net", "interface", "eth0", "if_octets", ""].map(field);
    let identifier = IdentifierRef::from_fields(&fields);
    let (kinds, bits, values) = ([Kind::Derive; 2], [1, 2], [Value::Gauge(0.5); 3]);
    let (mut encoder, mut relay) = (Encoder::new(1452), Encoder::new(1452));

    let before = allocations_of_thread();
    let (mut packets, mut lists) = (0, 0);
    for time in 1..=10_000 {
        let data = if time % 3 == 0 { Data::Values(&values) } else { Data::Bits { kinds: &kinds, bits: &bits } };
        let list = ValuesRef::new(Time::from_secs(time), Interval::from_secs(10), identifier, data);
        if encoder.push(list) == Err(EncodeError::Full) {
            packets += 1;
            for item in decode(encoder.packet()) {
                let list = item.unwrap().values().unwrap();
                lists += usize::from(list.host() == "a-host.example.net" && list.value(1).is_some());
                // What was decoded is encoded again: the way of a relay.
                relay.clear();
                relay.push(list).unwrap();
            }
            encoder.clear();
            encoder.push(list).unwrap();
        }
    }
    let after = allocations_of_thread();
    assert!(packets > 200 && lists == 10_000 - encoder.value_lists(), "{packets} packets, {lists} lists");
    assert_eq!(after, before);
}

fn seal_and_open(level: SecurityLevel) {
    let part = [0x7f, 0, 0, 200].into_iter().chain([0; 196]);
    let packets: Vec<Vec<u8>> =
        (1..=100).map(|parts| part.clone().cycle().take(200 * (parts % 6 + 1)).collect()).collect();
    let keys = KeyRing::from_iter([("alice", "w0nderl4nd")]);
    let mut sealer = Sealer::new(level, b"alice", b"w0nderl4nd").unwrap();
    let mut opener = Opener::new(level);
    let (mut sealed, mut received) = (Vec::new(), vec![Vec::with_capacity(1452); packets.len()]);

    let mut before = 0;
    for round in 0..20 {
        // The first one finds out how much memory is needed.
        if round == 1 {
            before = allocations_of_thread();
        }
        let sealed = sealer.seal_all(&packets, &mut sealed).unwrap();
        for (received, sealed) in received.iter_mut().zip(sealed) {
            received.clear();
            received.extend_from_slice(sealed);
        }
        for mut items in opener.open_all(Some(&keys), &mut received).iter() {
            assert!(items.next().is_none());
            assert!(items.skipped().unknown_parts > 0 && items.origin().user() == Some(&b"alice"[..]));
        }
    }
    assert_eq!(allocations_of_thread(), before, "{level}");
}
