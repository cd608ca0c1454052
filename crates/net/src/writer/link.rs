//! The way to one server.

mod connect;
mod deliver;

use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use collectd_udp::{Endpoint, ResolveError, SendOptions, Sender};
use collectd_wire::{Sealer, SecurityLevel};

use super::error::{OpenWriterError, ServerReason};
use super::lookup::Lookup;
use super::{Server, ServerStatistics};
use crate::address::InterfaceId;

/// The pause after a failure: doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The way to one server, for packets that are made already: it looks the name up, seals, sends, and goes on to the
/// next address where one fails.
///
/// A [`Writer`](crate::Writer) has one for each of its servers. On its own it is for who packs packets once for many
/// servers, and keeps for another try what could not be sent.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    opened: Opened,
    sealer: Sealer,
    options: SendOptions,
    resolve_interval: Option<Duration>,
    /// Empty until the name could be looked up.
    addresses: Vec<SocketAddr>,
    looked_up: Instant,
    lookup: Lookup,
    /// Which of them is in use, or to be tried next.
    next: usize,
    sender: Option<Sender>,
    /// When it was last seen that packets come from where they should.
    source_seen: Option<Instant>,
    /// How many addresses in a row, as far as is known, nobody listens on.
    refused_in_row: usize,
    pause: Duration,
    resting: Option<Resting>,
    sealed: Vec<Vec<u8>>,
    pub(super) statistics: ServerStatistics,
}

/// Whom to tell of a new socket.
#[derive(Default)]
struct Opened(Option<Box<dyn Fn(SocketAddr) + Send>>);

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some" } else { "None" })
    }
}

#[derive(Debug)]
struct Resting {
    until: Instant,
    reason: String,
}

/// Why packets were not sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unsent {
    /// What stopped them.
    pub reason: ServerReason,
    /// So many cannot be sent at all: they are longer than the network takes.
    pub unfit: usize,
    /// So many, the last ones, were not sent yet.
    pub left: usize,
}

impl Unsent {
    fn left(reason: impl Into<ServerReason>, left: usize) -> Self {
        Unsent { reason: reason.into(), unfit: 0, left }
    }
}

impl Link {
    /// Prepares for a server. Its name is looked up when there is something to be sent.
    ///
    /// # Errors
    ///
    /// The address is none, there is no such interface, or nobody can have this user or password.
    pub fn new(server: Server) -> Result<Link, OpenWriterError> {
        let endpoint = server.address.endpoint()?;
        let name = endpoint.to_string();
        let sealer = server.sealer.map_err(|error| OpenWriterError::Security { server: name.clone(), error })?;
        let interface = server.interface.as_ref().map(InterfaceId::find).transpose()?;
        let bind = server.bind.map(|ip| SocketAddr::new(ip, 0));
        let options = SendOptions { ttl: server.ttl, interface, bind, ..SendOptions::default() };
        Ok(Link {
            endpoint,
            opened: Opened::default(),
            sealer,
            options,
            resolve_interval: server.resolve_interval,
            addresses: Vec::new(),
            looked_up: Instant::now(),
            lookup: Lookup::default(),
            next: 0,
            sender: None,
            source_seen: None,
            refused_in_row: 0,
            pause: FIRST_PAUSE,
            resting: None,
            sealed: Vec::new(),
            statistics: ServerStatistics { server: name, address: None, packets: 0, bytes: 0, lost: 0, refused: 0 },
        })
    }

    /// Has a function told each time a socket was opened which address packets come from now, before they do: who
    /// listens to the group that he sends to can tell his own by it.
    #[must_use]
    pub fn tell_opened(mut self, tell: impl Fn(SocketAddr) + Send + 'static) -> Link {
        self.opened = Opened(Some(Box::new(tell)));
        self
    }

    /// Looks the name up now; that the resolver cannot say at present is no error.
    pub(super) fn look_up(&mut self) -> Result<(), ResolveError> {
        self.addresses = match self.resolve() {
            Err(error) if error.is_temporary() => Vec::new(),
            addresses => addresses?,
        };
        Ok(())
    }

    /// How long plain packets may be so that sealed ones are no longer than this.
    pub fn room(&self, max_packet_size: usize) -> usize {
        self.sealer.room(max_packet_size)
    }

    /// What was sent; packets that were given up by the caller are not in it.
    pub fn statistics(&self) -> &ServerStatistics {
        &self.statistics
    }

    /// How long it is until there is a next try, after a failure.
    pub fn rest_left(&self) -> Duration {
        let until = self.resting.as_ref().map(|resting| resting.until);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Ends the rest after a failure, for a last try.
    pub fn end_rest(&mut self) {
        self.resting = None;
    }

    /// Where packets go at present.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.statistics.address
    }

    /// Seals and sends these packets.
    ///
    /// # Errors
    ///
    /// With the reason, the number of those that were not sent. After a failure there is a rest, during which
    /// nothing is tried; it gets longer from failure to failure.
    pub fn send<P: AsRef<[u8]>>(&mut self, packets: &[P]) -> Result<(), Unsent> {
        let sent = self.seal_and_deliver(packets);
        self.statistics.address = self.sender.as_ref().map(Sender::peer_addr);
        if let Err(unsent) = &sent {
            self.statistics.lost += unsent.unfit as u64;
        }
        sent
    }

    fn seal_and_deliver<P: AsRef<[u8]>>(&mut self, packets: &[P]) -> Result<(), Unsent> {
        if let Some(resting) = &self.resting
            && Instant::now() < resting.until
        {
            return Err(Unsent::left(ServerReason::Waiting(resting.reason.clone()), packets.len()));
        }
        self.resting = None;
        self.look_again();
        self.follow_route();
        if self.sealer.level() == SecurityLevel::None {
            return self.deliver(packets);
        }
        let mut sealed = mem::take(&mut self.sealed);
        let sent = match self.sealer.seal_all(packets, &mut sealed) {
            Ok(sealed) => self.deliver(sealed),
            Err(error) => Err(Unsent::left(error, packets.len())),
        };
        self.sealed = sealed;
        sent
    }

    /// Not to be tried again for some time.
    fn rest(&mut self, reason: ServerReason, left: usize) -> Unsent {
        self.resting = Some(Resting { until: Instant::now() + self.pause, reason: reason.to_string() });
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        Unsent::left(reason, left)
    }
}

#[cfg(test)]
mod tests;
