//! Where datagrams are received into, and the view of what is there.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::slice;
use std::time::SystemTime;

use crate::sys::BATCH_SIZE;

/// No UDP datagram is longer, in bytes (without jumbograms).
pub const MAX_DATAGRAM_SIZE: usize = 65_535;

/// The datagrams of one call, all of one socket, in the order of their arrival.
#[derive(Debug)]
pub struct Batch<'a> {
    datagrams: Datagrams<'a>,
    received: Received,
}

/// What one call brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Received {
    pub(crate) count: usize,
    pub(crate) listen: usize,
    pub(crate) local: Option<SocketAddr>,
    pub(crate) woken: bool,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(slots: &'a Slots, received: Received) -> Self {
        let filled = slots.filled[..received.count].iter().enumerate();
        Batch { datagrams: Datagrams { slots, filled }, received }
    }

    /// The datagrams, oldest first.
    #[must_use]
    pub fn iter(&self) -> Datagrams<'a> {
        self.datagrams.clone()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// Whether there is none: the time was up, or somebody woke the receiver.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this batch is empty because of [`Waker::wake`](crate::Waker::wake).
    #[must_use]
    pub fn is_woken(&self) -> bool {
        self.received.woken
    }

    /// The address of the socket that they came in through; none for an empty batch.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.received.local
    }

    /// Which [`Listen`](crate::Listen) they came in through: its index in the order in which the
    /// builder got them. 0 for an empty batch.
    #[must_use]
    pub fn listen_index(&self) -> usize {
        self.received.listen
    }
}

impl<'a> IntoIterator for Batch<'a> {
    type Item = Datagram<'a>;
    type IntoIter = Datagrams<'a>;

    fn into_iter(self) -> Datagrams<'a> {
        self.datagrams
    }
}

impl<'a> IntoIterator for &Batch<'a> {
    type Item = Datagram<'a>;
    type IntoIter = Datagrams<'a>;

    fn into_iter(self) -> Datagrams<'a> {
        self.iter()
    }
}

/// One datagram, borrowed from the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// What it holds; its first part if it is truncated.
    pub data: &'a [u8],
    /// Who sent it; an IPv4 address as such also if it came through an IPv6 socket.
    pub from: SocketAddr,
    /// Whether it was longer than the receiver's
    /// [`max_datagram_size`](crate::Builder::max_datagram_size), and cut.
    pub truncated: bool,
    /// When it arrived, if the kernel was [asked](crate::Builder::timestamps) to note it and did.
    pub arrived: Option<SystemTime>,
}

/// Iterator over the datagrams of a [`Batch`].
#[derive(Clone, Debug)]
pub struct Datagrams<'a> {
    slots: &'a Slots,
    filled: std::iter::Enumerate<slice::Iter<'a, Filled>>,
}

impl<'a> Iterator for Datagrams<'a> {
    type Item = Datagram<'a>;

    fn next(&mut self) -> Option<Datagram<'a>> {
        let (index, filled) = self.filled.next()?;
        let kept = filled.len.min(self.slots.max);
        let start = index * self.slots.stride;
        Some(Datagram {
            data: &self.slots.bytes[start..start + kept],
            from: filled.from,
            truncated: filled.len > self.slots.max,
            arrived: filled.arrived,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.filled.size_hint()
    }
}

impl ExactSizeIterator for Datagrams<'_> {}

/// [`BATCH_SIZE`] buffers in one allocation, with the length and the sender of what is in them.
///
/// Each buffer takes one byte more than the longest datagram wanted: a datagram that needs it is
/// truncated. This works with every system call, whether it tells of truncation or not.
pub(crate) struct Slots {
    /// Asked for as zeros, so that pages no datagram reached take no memory.
    bytes: Vec<u8>,
    filled: [Filled; BATCH_SIZE],
    max: usize,
    stride: usize,
    wants_times: bool,
}

#[derive(Clone, Copy, Debug)]
struct Filled {
    len: usize,
    from: SocketAddr,
    arrived: Option<SystemTime>,
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("max", &self.max).finish_non_exhaustive()
    }
}

impl Slots {
    pub(crate) fn new(max: usize, wants_times: bool) -> Self {
        let max = max.clamp(1, MAX_DATAGRAM_SIZE);
        let stride = stride(max + 1);
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Slots {
            bytes: vec![0; stride * BATCH_SIZE],
            filled: [Filled { len: 0, from: nobody, arrived: None }; BATCH_SIZE],
            max,
            stride,
            wants_times,
        }
    }

    /// Whether to ask when datagrams arrived.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn wants_times(&self) -> bool {
        self.wants_times
    }

    /// How many buffers there are.
    pub(crate) fn len(&self) -> usize {
        self.filled.len()
    }

    /// All buffers.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn buffers(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.bytes.chunks_exact_mut(self.stride).map(|slot| &mut slot[..=self.max])
    }

    /// Where to receive the datagram with this index into.
    pub(crate) fn buffer(&mut self, index: usize) -> &mut [u8] {
        let start = index * self.stride;
        &mut self.bytes[start..=start + self.max]
    }

    /// Notes what a buffer got.
    pub(crate) fn fill(&mut self, index: usize, len: usize, from: SocketAddr, arrived: Option<SystemTime>) {
        self.filled[index] = Filled { len, from: canonical(from), arrived };
    }

    /// The first datagrams, as many as asked for: bytes, sender, and whether it was cut.
    pub(crate) fn datagrams_mut(&mut self, count: usize) -> impl Iterator<Item = (&mut [u8], SocketAddr, bool)> {
        let max = self.max;
        self.bytes.chunks_exact_mut(self.stride).zip(&self.filled[..count]).map(move |(slot, filled)| {
            let data = &mut slot[..filled.len.min(max)];
            (data, filled.from, filled.len > max)
        })
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(v4) => (v4, v6.port()).into(),
            None => address,
        },
        SocketAddr::V4(_) => address,
    }
}

/// Distance of two buffers: whole cache lines, and not a multiple of the page size. Otherwise the
/// first lines of all buffers, mostly the only ones in use, would compete for the same few
/// places of the cache.
fn stride(size: usize) -> usize {
    let stride = size.next_multiple_of(64);
    if stride.is_multiple_of(4096) { stride + 1536 } else { stride }
}
