//! Whom to send to, and how.

use std::time::Duration;

use collectd_types::{Field, FieldError, Name};

use super::error::OpenWriterError;
use super::link::Link;
use super::packing::Packing;
use super::{Server, Writer, WriterStatistics};

/// The packet size of collectd: what fits Ethernet with IPv6.
const DEFAULT_PACKET_SIZE: usize = 1452;
const DEFAULT_LINGER: Duration = Duration::from_secs(1);

/// No value list takes less: one-letter names, a time and one value.
const SMALLEST_ROOM: usize = 45;

/// Collects whom a [`Writer`] sends to, and how.
#[derive(Debug)]
pub struct WriterBuilder {
    servers: Vec<Server>,
    max_packet_size: usize,
    linger: Duration,
    host: Option<Vec<u8>>,
}

impl Default for WriterBuilder {
    fn default() -> Self {
        let (max_packet_size, linger) = (DEFAULT_PACKET_SIZE, DEFAULT_LINGER);
        WriterBuilder { servers: Vec::new(), max_packet_size, linger, host: None }
    }
}

impl WriterBuilder {
    /// Sends to one more server: a [`Server`], or an address for one that gets plain packets.
    #[must_use]
    pub fn server(mut self, server: impl Into<Server>) -> Self {
        self.servers.push(server.into());
        self
    }

    /// The most bytes that a packet may have, its signature or encryption included; 1452 if not set, as in
    /// collectd. Receivers cut what is longer than their own limit.
    ///
    /// All servers get the same, so what encryption needs for one of them is left free for all.
    #[must_use]
    pub fn max_packet_size(mut self, bytes: usize) -> Self {
        self.max_packet_size = bytes;
        self
    }

    /// For how long a value may wait for others to share its packet; 1 second if not set. With zero every value is
    /// sent at once, in a packet of its own.
    #[must_use]
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// The name to give as host where none is set. If not set, the name of this host.
    #[must_use]
    pub fn host(mut self, name: impl AsRef<[u8]>) -> Self {
        self.host = Some(name.as_ref().to_vec());
        self
    }

    /// Looks the servers up. Sockets are opened when there is something to be sent.
    ///
    /// # Errors
    ///
    /// There is no server, an argument is wrong, or a host name has no address.
    pub fn build(self) -> Result<Writer, OpenWriterError> {
        if self.servers.is_empty() {
            return Err(OpenWriterError::NoServer);
        }
        let host = match self.host {
            Some(name) => Name::new(name).map_err(|e| OpenWriterError::Host(FieldError::new(Field::Host, e)))?,
            None => host_name(),
        };
        let mut links: Vec<_> = self.servers.into_iter().map(Link::new).collect::<Result<_, _>>()?;
        links.iter_mut().try_for_each(Link::look_up)?;
        let room = links.iter().map(|link| link.room(self.max_packet_size)).min().unwrap_or_default();
        if room < SMALLEST_ROOM {
            return Err(OpenWriterError::PacketSize(self.max_packet_size));
        }
        let statistics = WriterStatistics::default();
        Ok(Writer { links, packing: Packing::new(room), linger: self.linger, host, statistics })
    }
}

/// The name that the system has; cut off where it is none of collectd's.
fn host_name() -> Name {
    Name::truncated(&rustix::system::uname().nodename().to_string_lossy())
}
