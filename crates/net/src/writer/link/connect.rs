//! Finding the addresses, and opening a socket to one of them.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use collectd_udp::{Endpoint, Interface, OpenError, ResolveError, Sender};

use super::super::error::ServerReason;
use super::super::lookup;
use super::Link;

/// How often to look whether packets should come from another address.
const LOOK_AT_SOURCE: Duration = Duration::from_secs(1);

impl Link {
    /// The socket, opened to the first address from the current one on that allows it.
    pub(super) fn connected(&mut self) -> Result<&mut Sender, ServerReason> {
        let sender = match self.sender.take() {
            Some(sender) => sender,
            None => self.connect()?,
        };
        Ok(self.sender.insert(sender))
    }

    fn connect(&mut self) -> Result<Sender, ServerReason> {
        if self.addresses.is_empty() {
            self.addresses = self.resolve()?;
            self.next = 0;
        }
        let mut tries = self.addresses.len();
        loop {
            match self.open(self.addresses[self.next % self.addresses.len()]) {
                Ok(sender) => {
                    self.source_seen = Some(Instant::now());
                    self.tell_opened_now(&sender);
                    return Ok(sender);
                }
                Err(error) => {
                    self.next += 1;
                    tries -= 1;
                    if tries == 0 {
                        self.addresses.clear();
                        return Err(error.into());
                    }
                }
            }
        }
    }

    fn tell_opened_now(&self, sender: &Sender) {
        if let (Some(tell), Ok(local)) = (&self.opened.0, sender.local_addr()) {
            tell(local);
        }
    }

    /// Changes to a new socket if the system gives that one another address to send from: a socket that is connected
    /// keeps the address that it began with, also when there is another route by now, on which nobody expects it, or
    /// when this machine does not have it any more.
    pub(super) fn follow_route(&mut self) {
        let Some(peer) = self.sender.as_ref().map(Sender::peer_addr) else { return };
        if self.options.bind.is_some() || self.source_seen.is_some_and(|seen| seen.elapsed() < LOOK_AT_SOURCE) {
            return;
        }
        self.source_seen = Some(Instant::now());
        // Without a route the old one may do, and sending will tell.
        let Ok(new) = self.open(peer) else { return };
        let source = |sender: &Sender| sender.local_addr().ok().map(|local| local.ip());
        if self.sender.as_ref().and_then(source) != source(&new) {
            self.tell_opened_now(&new);
            self.sender = Some(new);
        }
    }

    fn open(&mut self, address: SocketAddr) -> Result<Sender, OpenError> {
        // An interface that was made anew has another number.
        if let Some(interface) = &mut self.options.interface
            && let Ok(now) = Interface::named(interface.name())
        {
            *interface = now;
        }
        Sender::connect(address, &self.options)
    }

    pub(super) fn next_address(&mut self) {
        self.sender = None;
        self.next += 1;
    }

    /// Looks the name up if it is time, and moves if it has other addresses now. Does not wait for a resolver that does
    /// not answer: there is an address that works.
    pub(super) fn look_again(&mut self) {
        let is_time = self.resolve_interval.is_some_and(|interval| self.looked_up.elapsed() >= interval);
        let mut wait = Duration::ZERO;
        if is_time && !self.addresses.is_empty() && !self.lookup.is_pending() {
            self.looked_up = Instant::now();
            let (endpoint, bind) = (self.endpoint.clone(), self.options.bind.map(|bind| bind.ip()));
            self.lookup.ask(move || resolve(&endpoint, bind));
            wait = lookup::MOMENT;
        }
        if let Some(addresses) = self.lookup.answer(wait) {
            if self.sender.as_ref().is_some_and(|sender| !addresses.contains(&sender.peer_addr())) {
                self.sender = None;
                self.next = 0;
            }
            self.addresses = addresses;
        }
    }

    pub(super) fn resolve(&mut self) -> Result<Vec<SocketAddr>, ResolveError> {
        self.looked_up = Instant::now();
        resolve(&self.endpoint, self.options.bind.map(|bind| bind.ip()))
    }
}

/// The addresses that can be sent to from `bind`; at least one.
fn resolve(endpoint: &Endpoint, bind: Option<IpAddr>) -> Result<Vec<SocketAddr>, ResolveError> {
    let mut addresses = endpoint.resolve()?;
    if let Some(bind) = bind {
        addresses.retain(|address| address.is_ipv4() == bind.is_ipv4());
    }
    if addresses.is_empty() {
        let reason = "it has no address of the family of the address to send from".to_owned();
        return Err(ResolveError::NotKnown { host: endpoint.host().to_owned(), reason });
    }
    Ok(addresses)
}
