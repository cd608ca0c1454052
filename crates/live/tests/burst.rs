//! Keeping up.

mod common;

use collectd_types::{Time, Values};
use collectd_udp::{Listen, Receiver};
use collectd_wire::{EncodeError, Encoder};
use common::Live;

const VALUE_LISTS: usize = 100_000;

/// What a full packet occupies of a receive buffer, generously: the kernel rounds up, and counts its
/// own structures, for which it grants twice what was asked.
const PACKET_COST: usize = 2048;

/// The packets, with how many value lists are in each.
fn packets() -> Vec<(Vec<u8>, usize)> {
    let mut packets = Vec::new();
    let mut encoder = Encoder::new(1452);
    for number in 0..VALUE_LISTS {
        let list = Values::new("derive").host("burst").plugin("p").plugin_instance(format!("{}", number / 100));
        let list = list.type_instance(format!("{number}")).time(Time::from_secs(1_700_000_000));
        let list = list.derive(number.try_into().unwrap());
        if encoder.push(list.view()) == Err(EncodeError::Full) {
            packets.push((encoder.packet().to_vec(), encoder.value_lists()));
            encoder.clear();
            encoder.push(list.view()).unwrap();
        }
    }
    packets.push((encoder.packet().to_vec(), encoder.value_lists()));
    packets
}

/// How many packets a socket can hold: all of them, unless this machine grants little.
fn room() -> usize {
    let probe = Receiver::builder().listen(Listen::new(([127, 0, 0, 1], 0).into())).bind().unwrap();
    probe.granted() / PACKET_COST
}

#[test]
fn a_burst_of_100_000_value_lists_is_printed_to_the_last() {
    let packets = packets();
    let bytes: usize = packets.iter().map(|(packet, _)| packet.len()).sum();
    let live = Live::loopback(&[]);
    let mut sender = live.sender();
    let mut number = 0;
    for burst in packets.chunks(room()) {
        let datagrams: Vec<_> = burst.iter().map(|(packet, _)| packet).collect();
        sender.send_batch(&datagrams).unwrap();
        for _ in 0..burst.iter().map(|(_, value_lists)| value_lists).sum() {
            let expected = format!("[1700000000] burst/p-{}/derive/{number} [(2, {number})]", number / 100);
            assert_eq!(live.next_line(), expected);
            number += 1;
        }
    }
    let ended = live.stop();
    assert!(ended.stdout.is_empty());
    let count = packets.len();
    let expected = format!("100000 value lists, 0 notifications in {count} packets, {bytes} bytes; 0 malformed");
    assert_eq!(ended.summary(), expected);
}
