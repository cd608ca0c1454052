//! Filling packets.

use std::fmt;
use std::time::Instant;

use collectd_types::{NotificationRef, ValuesRef};
use collectd_wire::{EncodeError, Encoder, encode_notification};

/// Packets that are complete, and the one that is being filled.
pub(super) struct Packing {
    encoder: Encoder,
    /// Buffers that stay.
    packets: Vec<Vec<u8>>,
    /// How many of them hold a packet.
    full: usize,
    /// When the oldest value came that was not sent.
    oldest: Option<Instant>,
    /// The same for the packet that is being filled.
    newest_packet: Option<Instant>,
}

impl Packing {
    pub(super) fn new(room: usize) -> Packing {
        Packing { encoder: Encoder::new(room), packets: Vec::new(), full: 0, oldest: None, newest_packet: None }
    }

    pub(super) fn push(&mut self, values: ValuesRef<'_>) -> Result<(), EncodeError> {
        match self.encoder.push(values) {
            Err(EncodeError::Full) => {
                self.close();
                self.encoder.push(values)?;
            }
            pushed => pushed?,
        }
        if self.encoder.value_lists() == 1 {
            let now = Instant::now();
            self.newest_packet = Some(now);
            self.oldest.get_or_insert(now);
        }
        Ok(())
    }

    pub(super) fn push_notification(&mut self, notification: NotificationRef<'_>) -> Result<(), EncodeError> {
        let packet = encode_notification(notification, self.encoder.max_size())?;
        self.close();
        match self.packets.get_mut(self.full) {
            Some(place) => *place = packet,
            None => self.packets.push(packet),
        }
        self.full += 1;
        Ok(())
    }

    /// The packets that are complete.
    pub(super) fn packets(&self) -> &[Vec<u8>] {
        &self.packets[..self.full]
    }

    /// When the oldest value came that was not sent.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.oldest
    }

    /// Ends the packet that is being filled.
    pub(super) fn close(&mut self) {
        if self.encoder.is_empty() {
            return;
        }
        if self.packets.len() == self.full {
            self.packets.push(Vec::new());
        }
        let place = &mut self.packets[self.full];
        place.clear();
        place.extend_from_slice(self.encoder.packet());
        self.full += 1;
        self.encoder.clear();
        self.newest_packet = None;
    }

    /// All complete packets were sent.
    pub(super) fn sent(&mut self) {
        self.full = 0;
        self.oldest = self.newest_packet;
    }
}

impl fmt::Debug for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (packets, value_lists) = (self.full, self.encoder.value_lists());
        f.debug_struct("Packing").field("packets", &packets).field("value_lists", &value_lists).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use collectd_types::{Time, Values};

    use super::*;

    #[test]
    fn the_oldest_value_is_that_of_the_first_packet() {
        let list = Values::new("t").host("h").plugin("p").time(Time::from_secs(1)).gauge(1.5);
        let mut packing = Packing::new(100);
        assert_eq!(packing.oldest(), None);
        packing.push(list.view()).unwrap();
        let first = packing.oldest().expect("there is one");
        while packing.packets().len() < 2 {
            packing.push(list.view()).unwrap();
            assert_eq!(packing.oldest(), Some(first));
        }
        packing.sent();
        assert!(packing.oldest().is_some_and(|oldest| oldest > first) && packing.packets().is_empty());
        packing.close();
        assert_eq!(packing.packets().len(), 1);
        packing.sent();
        assert_eq!(packing.oldest(), None);
    }
}
