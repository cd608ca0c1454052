//! Received packets, and walking through them without allocating.

use std::cell::RefCell;
use std::iter::FusedIterator;
use std::net::SocketAddr;
use std::time::SystemTime;

use collectd_wire::{DecodeError, Opened};

use super::packets::{Packets, PacketsIter};
use crate::item::{ContentRef, ItemRef};
use crate::statistics::ReaderStatistics;

/// The packets of one [`receive`](crate::Reader::receive), oldest first, or of one
/// [`open`](crate::Unpacker::open).
#[derive(Debug)]
pub struct Batch<'a> {
    pub(super) datagrams: Datagrams<'a>,
    /// What is in them, if it had to be decrypted or checked first.
    pub(super) opened: Option<Opened<'a, Vec<u8>>>,
    pub(super) statistics: &'a RefCell<ReaderStatistics>,
}

impl<'a> Batch<'a> {
    /// How many packets there are.
    pub fn len(&self) -> usize {
        self.datagrams.iter().len()
    }

    /// Whether there is none: the time was up, or somebody woke the reader.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is none because of [`Waker::wake`](crate::Waker::wake).
    pub fn is_woken(&self) -> bool {
        matches!(&self.datagrams, Datagrams::Received(batch) if batch.is_woken())
    }

    /// The address of the socket that they came through; none if they came another way, or there are none.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.datagrams {
            Datagrams::Received(batch) => batch.local_addr(),
            Datagrams::Given(_) => None,
        }
    }

    /// What is in the packets: all their value lists and notifications, in the order in which they came.
    pub fn items(&self) -> impl Iterator<Item = ItemRef<'a>> + use<'_, 'a> {
        self.packets().flat_map(Packet::items)
    }

    /// The packets.
    pub fn packets(&self) -> impl ExactSizeIterator<Item = Packet<'a>> + use<'_, 'a> {
        self.datagrams.iter().enumerate().map(|(index, (from, data, arrived))| Packet {
            from,
            data,
            arrived,
            items: self.opened.as_ref().map(|opened| opened.items(index)),
            statistics: self.statistics,
        })
    }
}

/// Where the packets of a batch are.
#[derive(Debug)]
pub(super) enum Datagrams<'a> {
    Received(collectd_udp::Batch<'a>),
    Given(&'a Packets),
}

impl<'a> Datagrams<'a> {
    pub(super) fn iter(&self) -> Iter<'a> {
        match self {
            Datagrams::Received(batch) => Iter::Received(batch.iter()),
            Datagrams::Given(packets) => Iter::Given(packets.iter()),
        }
    }
}

/// Iterator over packets and their senders.
pub(super) enum Iter<'a> {
    Received(collectd_udp::Datagrams<'a>),
    Given(PacketsIter<'a>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (SocketAddr, &'a [u8], Option<SystemTime>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Received(batch) => batch.next().map(|datagram| (datagram.from, datagram.data, datagram.arrived)),
            Iter::Given(packets) => packets.next().map(|(from, data)| (from, data, None)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Iter::Received(batch) => batch.size_hint(),
            Iter::Given(packets) => packets.size_hint(),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}
impl FusedIterator for Iter<'_> {}

/// One packet.
#[derive(Debug)]
pub struct Packet<'a> {
    from: SocketAddr,
    data: &'a [u8],
    arrived: Option<SystemTime>,
    items: Option<collectd_wire::Items<'a>>,
    statistics: &'a RefCell<ReaderStatistics>,
}

impl<'a> Packet<'a> {
    /// Who sent it; an IPv4 address as such also if it came through an IPv6 socket.
    pub fn from(&self) -> SocketAddr {
        self.from
    }

    /// Its bytes as they were received.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// When it arrived, if the kernel was [asked](crate::ReaderBuilder::timestamps) to note it and did.
    pub fn arrived(&self) -> Option<SystemTime> {
        self.arrived
    }

    /// What is in it, in the order in which it lies there. What comes before an error is valid.
    pub fn items(self) -> Items<'a> {
        let inner = self.items.unwrap_or_else(|| collectd_wire::decode(self.data));
        Items::new(inner, self.from, self.statistics)
    }
}

/// Iterator over the value lists and notifications of a [`Packet`]. Errors are counted, and the first can be
/// asked for.
#[derive(Debug)]
pub struct Items<'a> {
    inner: collectd_wire::Items<'a>,
    from: SocketAddr,
    error: Option<DecodeError>,
    value_lists: u64,
    notifications: u64,
    statistics: &'a RefCell<ReaderStatistics>,
}

impl<'a> Items<'a> {
    pub(super) fn new(
        inner: collectd_wire::Items<'a>,
        from: SocketAddr,
        statistics: &'a RefCell<ReaderStatistics>,
    ) -> Self {
        Items { inner, from, error: None, value_lists: 0, notifications: 0, statistics }
    }

    /// The first thing so far that could not be read. An error in an encrypted part does not end the packet,
    /// so there may be more items, and more errors, behind it.
    pub fn error(&self) -> Option<DecodeError> {
        self.error
    }

    #[cold]
    fn note(&mut self, error: DecodeError) {
        self.error.get_or_insert(error);
        self.statistics.borrow_mut().error(error);
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = ItemRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<ItemRef<'a>> {
        loop {
            match self.inner.next()? {
                Ok(content) => {
                    match content {
                        ContentRef::Values(_) => self.value_lists += 1,
                        ContentRef::Notification(_) => self.notifications += 1,
                    }
                    let origin = self.inner.origin();
                    return Some(ItemRef {
                        content,
                        from: self.from,
                        user: origin.user(),
                        signed: origin.is_signed(),
                        encrypted: origin.is_encrypted(),
                    });
                }
                Err(error) => self.note(error),
            }
        }
    }
}

impl Drop for Items<'_> {
    fn drop(&mut self) {
        let mut statistics = self.statistics.borrow_mut();
        statistics.value_lists += self.value_lists;
        statistics.notifications += self.notifications;
        statistics.skip(self.inner.skipped());
    }
}
