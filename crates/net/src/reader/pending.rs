//! What was received and not yet yielded, for the iterator.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use collectd_udp::Batch;
use collectd_wire::{KeyRing, Opener};

use super::{Items, Malformed};
use crate::item::Item;
use crate::statistics::ReaderStatistics;

/// Packets are turned into items until there were so many bytes: 64 packets of usual size, for which decrypting
/// side by side pays, but not 64 of 64 KiB, the items of which would take 100 MB.
const GROUP: usize = 128 << 10;

/// Owned items, and packets that will become such.
#[derive(Debug, Default)]
pub(super) struct Pending {
    items: VecDeque<Result<Item, Malformed>>,
    packets: Vec<Vec<u8>>,
    senders: Vec<SocketAddr>,
    /// Those that are still packets.
    from: usize,
    report_malformed: bool,
    /// Shared by items of one sender, mostly.
    user: Option<Arc<[u8]>>,
}

impl Pending {
    pub(super) fn new(report_malformed: bool) -> Self {
        Pending { report_malformed, ..Pending::default() }
    }

    pub(super) fn next(&mut self) -> Option<Result<Item, Malformed>> {
        self.items.pop_front()
    }

    /// Keeps what was received. To be called when nothing else is left.
    pub(super) fn take(&mut self, batch: &Batch<'_>, statistics: &mut ReaderStatistics) {
        self.from = 0;
        self.senders.clear();
        super::copy(batch.iter().map(|datagram| datagram.data), &mut self.packets);
        for datagram in batch {
            statistics.receive(datagram.data);
            self.senders.push(datagram.from);
        }
    }

    /// Turns some packets into items. False if there are none left.
    pub(super) fn open_some(
        &mut self,
        opener: &mut Opener,
        keys: Option<&KeyRing>,
        statistics: &RefCell<ReaderStatistics>,
    ) -> bool {
        let left = &mut self.packets[self.from..self.senders.len()];
        let mut size = 0;
        let fits = left.iter().take_while(|packet| {
            let first = size == 0;
            size += packet.len();
            first || size <= GROUP
        });
        let count = fits.count();
        let opened = opener.open_all(keys, &mut left[..count]);
        for (inner, &from) in opened.iter().zip(&self.senders[self.from..]) {
            let mut items = Items::new(inner, from, statistics);
            self.items.extend(items.by_ref().map(|item| Ok(item.to_item_of(&mut self.user))));
            if let Some(error) = items.error().filter(|_| self.report_malformed) {
                self.items.push_back(Err(Malformed { from, error }));
            }
        }
        self.from += count;
        count > 0
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use collectd_types::{Time, Values};
    use collectd_wire::Encoder;

    use crate::Reader;

    /// 64 KiB of the smallest value lists, many times over: all are read, and not all are in memory at once.
    #[test]
    fn the_largest_packets_become_items_in_groups() {
        let mut reader = Reader::builder().listen("127.0.0.1:0").build().unwrap();
        let list = Values::new("t").host("h").plugin("p").time(Time::from_secs(1)).gauge(1.5);
        let mut encoder = Encoder::new(65_507);
        while encoder.push(list.view()).is_ok() {}
        // As many as the receive buffer has room for that everybody gets.
        let (packets, lists) = (3, encoder.value_lists());
        assert!(lists > 4000);
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..packets {
            sender.send_to(encoder.packet(), reader.local_addrs()[0]).unwrap();
        }
        let mut read = 0;
        while reader.try_next().unwrap().is_some() {
            read += 1;
            assert!(reader.pending.items.len() <= 2 * lists);
        }
        assert_eq!(read, packets * lists);
    }
}
