//! Packets of one length, which systems send many of at once.

use alloc::vec::Vec;

use crate::part::{self, HEADER};

/// The smallest number of bytes that a packet can be longer by: a part with an empty name.
pub const MIN_PADDING: usize = HEADER + 1;

/// No receiver has room for less: libcollectdclient stops at names that take more.
const LONGEST_NAME: usize = 64;

/// Fills a packet to exactly this many bytes, with empty plugin instances behind everything else: every receiver takes
/// them, padded with NULs as they are, and they say nothing about what came before.
///
/// Nothing happens if the packet is that long already, or fewer than [`MIN_PADDING`] bytes are missing.
pub fn pad_packet(packet: &mut Vec<u8>, size: usize) {
    let mut left = size.saturating_sub(packet.len());
    while left >= MIN_PADDING {
        let mut len = left.min(HEADER + LONGEST_NAME);
        // What is left over must be a part, too.
        if (1..MIN_PADDING).contains(&(left - len)) {
            len -= MIN_PADDING;
        }
        packet.extend(part::header(part::PLUGIN_INSTANCE, len));
        packet.resize(packet.len() + len - HEADER, 0);
        left -= len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoder, decode};
    use alloc::string::ToString;
    use collectd_types::{Time, Values};

    #[test]
    fn padded_packets_have_their_size_and_say_the_same() {
        let values = Values::new("load").host("h").plugin("p").plugin_instance("i").time(Time::from_secs(1)).gauge(0.5);
        let mut encoder = Encoder::new(1452);
        encoder.push(values.view()).unwrap();
        let plain = encoder.packet().to_vec();
        for size in 0..plain.len() + 500 {
            let mut packet = plain.clone();
            pad_packet(&mut packet, size);
            let missing = size.saturating_sub(plain.len());
            assert_eq!(packet.len(), if missing < MIN_PADDING { plain.len() } else { size });
            let mut items = decode(&packet);
            assert_eq!(items.next().unwrap().unwrap().to_string(), decode(&plain).next().unwrap().unwrap().to_string());
            assert!(items.next().is_none(), "{missing}");
            assert_eq!(items.skipped(), crate::Skipped::default());
        }
    }
}
