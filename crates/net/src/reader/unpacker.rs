//! Reading packets that came another way than by a socket.

use std::cell::RefCell;

use collectd_wire::{AuthFileError, Opener};

use super::batch::{Batch, Datagrams};
use super::copy;
use super::keys::Keys;
use super::packets::Packets;
use crate::statistics::ReaderStatistics;

/// Reads packets that came another way than by a socket, such as from a capture: decrypts and checks them as a
/// [`Reader`](crate::Reader) of the same security would, and counts.
///
/// ```
/// use collectd_net::{Packets, Reader, Values, Time};
/// # use collectd_wire::Encoder;
/// # let values = Values::new("gauge").host("h").plugin("p").time(Time::from_secs(7)).gauge(1.0);
/// # let mut encoder = Encoder::new(1452);
/// # encoder.push(values.view())?;
/// # let packet = encoder.packet();
///
/// let mut unpacker = Reader::builder().unpacker()?;
/// let mut packets = Packets::new();
/// packets.push("192.0.2.7:25826".parse()?, packet);
/// let batch = unpacker.open(&packets);
/// let lines: Vec<_> = batch.items().map(|item| item.to_string()).collect();
/// assert_eq!(lines, ["[7] h/p/gauge [(1, 1.0)]"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Unpacker {
    pub(super) keys: Keys,
    pub(super) opener: Opener,
    /// Copies of packets, to be decrypted.
    copies: Vec<Vec<u8>>,
    pub(super) statistics: RefCell<ReaderStatistics>,
}

impl Unpacker {
    pub(super) fn new(keys: Keys, opener: Opener) -> Self {
        Unpacker { keys, opener, copies: Vec::new(), statistics: RefCell::default() }
    }

    /// Reads packets.
    pub fn open<'a>(&'a mut self, packets: &'a Packets) -> Batch<'a> {
        self.batch(Datagrams::Given(packets))
    }

    pub(super) fn batch<'a>(&'a mut self, datagrams: Datagrams<'a>) -> Batch<'a> {
        let mut statistics = self.statistics.borrow_mut();
        datagrams.iter().for_each(|(_, data, _)| statistics.receive(data));
        drop(statistics);
        let opened = self.keys.now().map(|keys| {
            let copies = copy(datagrams.iter().map(|(_, data, _)| data), &mut self.copies);
            self.opener.open_all(Some(keys), copies)
        });
        Batch { datagrams, opened, statistics: &self.statistics }
    }

    /// What was read until now.
    pub fn statistics(&self) -> ReaderStatistics {
        self.statistics.borrow().clone()
    }

    /// Why the file with the users cannot be read, as
    /// [`Reader::auth_file_error`](crate::Reader::auth_file_error).
    pub fn auth_file_error(&self) -> Option<&AuthFileError> {
        self.keys.error()
    }
}
