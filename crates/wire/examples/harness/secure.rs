//! Packets on their way through a sealer or an opener, 64 at a time.

use anyhow::Result;
use collectd_wire::{Items, KeyRing, Opener, Sealer, SecurityLevel};

const USER: &str = "bench";
const PASSWORD: &str = "correct horse battery";
const BATCH: usize = 64;

/// Packets to be sealed.
pub(crate) struct Outgoing {
    sealer: Sealer,
    waiting: Vec<Vec<u8>>,
    /// So many of them are.
    count: usize,
    sealed: Vec<Vec<u8>>,
}

impl Outgoing {
    pub(crate) fn new(level: SecurityLevel) -> Result<Self> {
        let sealer = Sealer::new(level, USER.as_bytes(), PASSWORD.as_bytes())?;
        Ok(Outgoing { sealer, waiting: vec![Vec::new(); BATCH], count: 0, sealed: Vec::new() })
    }

    pub(crate) fn room(&self, max_packet_size: usize) -> usize {
        self.sealer.room(max_packet_size)
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, packet: &[u8], send: &mut impl FnMut(&[u8])) {
        if self.sealer.level() == SecurityLevel::None {
            return send(packet);
        }
        let place = &mut self.waiting[self.count];
        place.clear();
        place.extend_from_slice(packet);
        self.count += 1;
        if self.count == BATCH {
            self.flush(send);
        }
    }

    pub(crate) fn flush(&mut self, send: &mut impl FnMut(&[u8])) {
        let waiting = &self.waiting[..self.count];
        let sealed = self.sealer.seal_all(waiting, &mut self.sealed).expect("no packet is too long");
        sealed.iter().for_each(|packet| send(packet));
        self.count = 0;
    }
}

/// Packets to be opened.
pub(crate) struct Incoming {
    opener: Opener,
    keys: KeyRing,
    /// Opening changes packets; every pass needs them as they were.
    received: Vec<Vec<u8>>,
}

impl Incoming {
    /// Nothing for plain packets.
    pub(crate) fn new(level: SecurityLevel) -> Option<Self> {
        let keys = KeyRing::from_iter([(USER, PASSWORD)]);
        let incoming = Incoming { opener: Opener::new(level), keys, received: vec![Vec::new(); BATCH] };
        (level != SecurityLevel::None).then_some(incoming)
    }

    pub(crate) fn open(&mut self, packets: &[&[u8]], mut read: impl FnMut(Items<'_>) -> Result<()>) -> Result<()> {
        for packets in packets.chunks(BATCH) {
            for (received, packet) in self.received.iter_mut().zip(packets) {
                received.clear();
                received.extend_from_slice(packet);
            }
            let received = &mut self.received[..packets.len()];
            self.opener.open_all(Some(&self.keys), received).iter().try_for_each(&mut read)?;
        }
        Ok(())
    }
}
