//! The decoder without keys. The input is a packet.

use collectd_types::{Identifier, Interval, Kind, Time, Value, Values};
use collectd_wire::{Encoder, MAX_PACKET_SIZE, Opener, SecurityLevel, decode};

use crate::event::{Event, Seen};
use crate::{naive, seeds};

pub(crate) fn run(packet: &[u8]) {
    // Nobody can send more.
    let packet = &packet[..packet.len().min(MAX_PACKET_SIZE)];
    let seen = Seen::checked(decode(packet), packet.len());

    let (events, error) = naive::decode(packet);
    assert_eq!(seen.events, events);
    assert_eq!(seen.errors.iter().map(naive::seen).collect::<Vec<_>>(), Vec::from_iter(error));
    assert!(seen.vouchers.iter().all(|voucher| voucher.user.is_none()));

    let mut copy = packet.to_vec();
    assert_eq!(Seen::of(Opener::new(SecurityLevel::None).open(None, &mut copy), packet.len()), seen);
    assert_eq!(copy, packet, "without keys nothing is decrypted");
    send_on(&events, packet.len());
}

/// All value lists together take no more room than they came in, because nobody can say it shorter.
fn send_on(events: &[Event], size: usize) {
    let mut encoder = Encoder::new(size);
    let mut sent = Vec::new();
    for event in events {
        if let Event::Values(time, interval, names, values) = event {
            assert_eq!(encoder.push(owned(*time, *interval, names, values).view()), Ok(()));
            sent.push(event.clone());
        }
    }
    let received: Result<Vec<_>, _> = decode(encoder.packet()).map(|item| item.map(Event::from)).collect();
    assert_eq!(received, Ok(sent));
}

fn owned(time: Time, interval: Interval, names: &Identifier, values: &[(Kind, u64)]) -> Values {
    Values::new(&names.type_)
        .host(&names.host)
        .plugin(&names.plugin)
        .plugin_instance(&names.plugin_instance)
        .type_instance(&names.type_instance)
        .time(time)
        .interval(interval)
        .values(values.iter().map(|&(kind, bits)| Value::from_bits(kind, bits)))
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    seeds::packets()
}
