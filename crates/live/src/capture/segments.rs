//! Datagrams that were captured in one piece, though they were sent as several.
//!
//! Senders that hand many packets of one length to the kernel at once let it, or the network card, take them apart; a
//! capture on their own machine sees them before that. Nothing in it tells so. But each packet begins anew, while
//! within a packet nobody says again what is in force.

use std::iter;

use collectd_wire::{Part, PartKind, parts};

/// What is no longer than this is one packet.
const USUAL: usize = 1452;
/// As many as are handed to the kernel at once.
const MOST: usize = 128;

/// The packets that were sent.
pub(super) fn segments(data: &[u8]) -> impl Iterator<Item = &[u8]> + use<'_> {
    let size = if data.len() > USUAL { size(data) } else { None };
    let empty = iter::once(data).filter(|data| data.is_empty());
    empty.chain(data.chunks(size.unwrap_or(data.len()).max(1)))
}

/// The length of all of them but the last, which may be shorter; nothing if it is one.
fn size(data: &[u8]) -> Option<usize> {
    let mut walk = parts(data);
    let all: Vec<_> = walk.by_ref().collect();
    let first = all.first()?.kind();
    if !walk.rest().is_empty() {
        return None;
    }
    let begins = |part: &&Part<'_>| part.kind() == first;
    let mut candidates = all.iter().skip(1).filter(begins).map(Part::offset).filter(|size| data.len() / size < MOST);
    candidates.find(|&size| {
        let at = |offset: usize| all.binary_search_by_key(&offset, Part::offset).ok();
        (size..data.len()).step_by(size).all(|offset| at(offset).is_some_and(|index| is_begin(&all, index)))
    })
}

/// Whether a packet may begin with the part at this place.
fn is_begin(all: &[Part<'_>], index: usize) -> bool {
    let first = all[0].kind();
    if all[index].kind() != first {
        return false;
    }
    let says = |part: &Part<'_>| matches!(part.kind(), PartKind::Values | PartKind::Message | PartKind::Encrypted);
    let (before, rest) = all.split_at(index);
    // One that says nothing is not sent: signatures in signatures look like this.
    if !before.iter().rev().take_while(|part| part.kind() != first).any(says) && !says(&all[0]) {
        return false;
    }
    if matches!(first, PartKind::Signature | PartKind::Encrypted) {
        return true;
    }
    let head = rest.iter().take_while(|part| !says(part));
    // Times are different mostly, and there may be two in the same second.
    let tells = [PartKind::Host, PartKind::Plugin, PartKind::Type, PartKind::Interval, PartKind::IntervalHr];
    head.filter(|part| tells.contains(&part.kind())).any(|part| {
        let in_force = before.iter().rev().find(|other| other.kind() == part.kind());
        in_force.is_some_and(|other| other.payload() == part.payload())
    })
}

#[cfg(test)]
mod tests {
    use collectd_types::{Time, Values};
    use collectd_wire::{Encoder, Sealer, pad_packet};

    use super::*;

    /// Packets of one length, full of value lists; the last one is shorter.
    fn packets(hosts: u64) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(1400);
        let mut packets = Vec::new();
        let list = |n: u64| {
            let instance = if n.is_multiple_of(7) { String::new() } else { format!("i{n}") };
            let host = format!("host{}", n % hosts);
            let list = Values::new("gauge").host(&host).plugin("p").type_instance(&instance);
            list.time(Time::from_secs(1_700_000_000 + n)).interval(collectd_types::Interval::from_secs(10)).gauge(0.5)
        };
        for n in 0..200 {
            if encoder.push(list(n).view()).is_err() {
                packets.push(encoder.packet().to_vec());
                encoder.clear();
                encoder.push(list(n).view()).unwrap();
            }
        }
        for packet in &mut packets {
            pad_packet(packet, 1450);
            assert_eq!(packet.len(), 1450);
        }
        packets.push(encoder.packet().to_vec());
        packets
    }

    #[test]
    fn what_was_sent_as_several_comes_out_as_several() {
        for hosts in [1, 2] {
            let plain = packets(hosts);
            for mut sealer in [Sealer::none(), Sealer::sign(b"u", b"p").unwrap(), Sealer::encrypt(b"u", b"p").unwrap()]
            {
                let seal = |packet: &Vec<u8>| {
                    let mut sealed = Vec::new();
                    sealer.seal(packet, &mut sealed).unwrap();
                    sealed
                };
                let sent: Vec<_> = plain.iter().map(seal).collect();
                assert!(sent.len() > 3);
                let found: Vec<_> = segments(&sent.concat()).map(<[u8]>::to_vec).collect();
                assert!(found == sent, "{hosts} hosts, {} of {}", found.len(), sent.len());
            }
        }
    }

    #[test]
    fn what_is_one_packet_stays_one() {
        for hosts in [1, 2, 40] {
            let mut encoder = Encoder::new(60_000);
            for n in 0..1000 {
                let list = Values::new("gauge").host(format!("host{}", n % hosts)).plugin("p");
                let list = list.type_instance(format!("i{n}")).time(Time::from_secs(1_700_000_000 + n));
                encoder.push(list.gauge(1.5).view()).unwrap();
            }
            assert!(encoder.packet().len() > 30_000);
            assert_eq!(segments(encoder.packet()).count(), 1);
        }
        assert_eq!(segments(&[0; 5000]).count(), 1);
        assert_eq!(segments(&[]).count(), 1);
    }
}
