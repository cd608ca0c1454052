//! Packets that did not come from a socket.

use std::iter::FusedIterator;
use std::net::SocketAddr;
use std::slice;

/// Packets and their senders, for an [`Unpacker`](crate::Unpacker): in one piece of memory, which is used again after
/// [`clear`](Self::clear).
#[derive(Clone, Debug, Default)]
pub struct Packets {
    bytes: Vec<u8>,
    /// Of each its sender, and where it ends.
    ends: Vec<(SocketAddr, usize)>,
}

impl Packets {
    /// None.
    pub const fn new() -> Packets {
        Packets { bytes: Vec::new(), ends: Vec::new() }
    }

    /// Adds a packet.
    pub fn push(&mut self, from: SocketAddr, data: &[u8]) {
        self.bytes.extend_from_slice(data);
        self.ends.push((from, self.bytes.len()));
    }

    /// Removes all, and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each with its sender, in the order in which they were added.
    pub fn iter(&self) -> PacketsIter<'_> {
        PacketsIter { bytes: &self.bytes, start: 0, ends: self.ends.iter() }
    }
}

impl<D: AsRef<[u8]>> FromIterator<(SocketAddr, D)> for Packets {
    fn from_iter<I: IntoIterator<Item = (SocketAddr, D)>>(all: I) -> Packets {
        let mut packets = Packets::new();
        for (from, data) in all {
            packets.push(from, data.as_ref());
        }
        packets
    }
}

impl<'a> IntoIterator for &'a Packets {
    type Item = (SocketAddr, &'a [u8]);
    type IntoIter = PacketsIter<'a>;

    fn into_iter(self) -> PacketsIter<'a> {
        self.iter()
    }
}

/// Iterator over [`Packets`].
#[derive(Clone, Debug)]
pub struct PacketsIter<'a> {
    bytes: &'a [u8],
    start: usize,
    ends: slice::Iter<'a, (SocketAddr, usize)>,
}

impl<'a> Iterator for PacketsIter<'a> {
    type Item = (SocketAddr, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let &(from, end) = self.ends.next()?;
        let data = &self.bytes[self.start..end];
        self.start = end;
        Some((from, data))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

impl ExactSizeIterator for PacketsIter<'_> {}
impl FusedIterator for PacketsIter<'_> {}
