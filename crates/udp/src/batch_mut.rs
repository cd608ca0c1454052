//! Received datagrams that can be changed where they lie.

use std::array;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::{Deref, DerefMut};

use crate::slots::{Received, Slots};
use crate::sys::BATCH_SIZE;

/// The datagrams of one call, all of one socket, in the order of their arrival: a slice of
/// [`DatagramMut`].
pub struct BatchMut<'a> {
    datagrams: [DatagramMut<'a>; BATCH_SIZE],
    received: Received,
}

/// One datagram, borrowed from the receiver, to do with what one likes.
#[derive(Debug)]
pub struct DatagramMut<'a> {
    /// What it holds; its first part if it is truncated.
    pub data: &'a mut [u8],
    /// Who sent it; an IPv4 address as such also if it came through an IPv6 socket.
    pub from: SocketAddr,
    /// Whether it was longer than the receiver's
    /// [`max_datagram_size`](crate::Builder::max_datagram_size), and cut.
    pub truncated: bool,
}

impl<'a> BatchMut<'a> {
    pub(crate) fn new(slots: &'a mut Slots, received: Received) -> Self {
        let mut datagrams = slots.datagrams_mut(received.count);
        let mut next = |_| match datagrams.next() {
            Some((data, from, truncated)) => DatagramMut { data, from, truncated },
            None => DatagramMut { data: &mut [], from: (Ipv4Addr::UNSPECIFIED, 0).into(), truncated: false },
        };
        BatchMut { datagrams: array::from_fn(&mut next), received }
    }

    /// Whether this batch is empty because of [`Waker::wake`](crate::Waker::wake).
    #[must_use]
    pub fn is_woken(&self) -> bool {
        self.received.woken
    }

    /// Which [`Listen`](crate::Listen) they came in through: its index in the order in which the
    /// builder got them. 0 for an empty batch.
    #[must_use]
    pub fn listen_index(&self) -> usize {
        self.received.listen
    }
}

impl<'a> Deref for BatchMut<'a> {
    type Target = [DatagramMut<'a>];

    fn deref(&self) -> &[DatagramMut<'a>] {
        &self.datagrams[..self.received.count]
    }
}

impl<'a> DerefMut for BatchMut<'a> {
    fn deref_mut(&mut self) -> &mut [DatagramMut<'a>] {
        &mut self.datagrams[..self.received.count]
    }
}

impl fmt::Debug for BatchMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl AsRef<[u8]> for DatagramMut<'_> {
    fn as_ref(&self) -> &[u8] {
        self.data
    }
}

impl AsMut<[u8]> for DatagramMut<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self.data
    }
}
