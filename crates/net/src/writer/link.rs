//! The way to one server.

use std::fmt;
use std::io;
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use collectd_udp::{Endpoint, Interface, OpenError, ResolveError, SendError, SendOptions, Sender};
use collectd_wire::{Sealer, SecurityLevel};
use rustix::io::Errno;

use super::error::{OpenWriterError, ServerReason};
use super::lookup::{self, Lookup};
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

    /// Sends, to the next address if one fails, until each had its turn.
    fn deliver<P: AsRef<[u8]>>(&mut self, packets: &[P]) -> Result<(), Unsent> {
        let mut unfit = None;
        let result = self.deliver_fit(packets, &mut unfit);
        match (result, unfit) {
            (result, None) => result,
            (Ok(()), Some((error, unfit))) => Err(Unsent { reason: error.into(), unfit, left: 0 }),
            (Err(unsent), Some((_, unfit))) => Err(Unsent { unfit, ..unsent }),
        }
    }

    fn deliver_fit<P: AsRef<[u8]>>(
        &mut self,
        packets: &[P],
        unfit: &mut Option<(SendError, usize)>,
    ) -> Result<(), Unsent> {
        let (mut from, mut failures, mut refusing) = (0, 0, None);
        loop {
            let sender = match self.connected() {
                Ok(sender) => sender,
                Err(reason) => return Err(self.rest(reason, packets.len() - from)),
            };
            let peer = sender.peer_addr();
            match sender.send_batch(&packets[from..]) {
                Ok(sent) if sent.refused => {
                    self.statistics.refused += 1;
                    self.refused_in_row += 1;
                    if self.addresses.len() > 1 && refusing.is_none() {
                        // As with a name that means ::1 and 127.0.0.1, of which the daemon listens on one.
                        (from, *unfit) = (0, None);
                        self.next_address();
                        refusing = Some(peer);
                        continue;
                    }
                    refusing = Some(peer);
                }
                Ok(_) if refusing.is_none() => self.refused_in_row = 0,
                Ok(_) => {}
                Err(error) => {
                    self.count(&packets[from..from + error.sent]);
                    from += error.sent;
                    if is_about_the_packet(&error) {
                        from += 1;
                        let before = unfit.take().map_or(0, |(_, count)| count);
                        *unfit = Some((error, before + 1));
                    } else if error.error.kind() == io::ErrorKind::TimedOut {
                        // No room in this machine's own queue, whatever the address.
                        return Err(Unsent::left(error, packets.len() - from));
                    } else {
                        failures += 1;
                        self.next_address();
                        if failures >= self.addresses.len() {
                            self.addresses.clear();
                            return Err(self.rest(error.into(), packets.len() - from));
                        }
                    }
                    continue;
                }
            }
            self.pause = FIRST_PAUSE;
            self.count(&packets[from..]);
            return match refusing {
                // If there is an address of which that is not known, somebody may listen there.
                Some(peer) if self.refused_in_row >= self.addresses.len() => {
                    Err(Unsent::left(ServerReason::Refused(peer), 0))
                }
                _ => Ok(()),
            };
        }
    }

    fn count<P: AsRef<[u8]>>(&mut self, packets: &[P]) {
        self.statistics.packets += packets.len() as u64;
        self.statistics.bytes += packets.iter().map(|packet| packet.as_ref().len() as u64).sum::<u64>();
    }

    /// The socket, opened to the first address from the current one on that allows it.
    fn connected(&mut self) -> Result<&mut Sender, ServerReason> {
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
                    if let (Some(tell), Ok(local)) = (&self.opened.0, sender.local_addr()) {
                        tell(local);
                    }
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

    fn open(&mut self, address: SocketAddr) -> Result<Sender, OpenError> {
        // An interface that was made anew has another number.
        if let Some(interface) = &mut self.options.interface
            && let Ok(now) = Interface::named(interface.name())
        {
            *interface = now;
        }
        Sender::connect(address, &self.options)
    }

    fn next_address(&mut self) {
        self.sender = None;
        self.next += 1;
    }

    /// Not to be tried again for some time.
    fn rest(&mut self, reason: ServerReason, left: usize) -> Unsent {
        self.resting = Some(Resting { until: Instant::now() + self.pause, reason: reason.to_string() });
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        Unsent::left(reason, left)
    }

    /// Looks the name up if it is time, and moves if it has other addresses now. Does not wait for a resolver that does
    /// not answer: there is an address that works.
    fn look_again(&mut self) {
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

    fn resolve(&mut self) -> Result<Vec<SocketAddr>, ResolveError> {
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

/// Whether another packet may succeed where this one failed: it is longer than the protocol or the
/// interface takes.
fn is_about_the_packet(error: &SendError) -> bool {
    error.error.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn socket() -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// A link to a host with these addresses.
    fn link(addresses: &[SocketAddr]) -> Link {
        let link = Link::new(Server::new("127.0.0.1:9").encrypt("u", "pw")).unwrap();
        Link { addresses: addresses.to_vec(), ..link }
    }

    fn packets() -> [Vec<u8>; 2] {
        [vec![1; 100], vec![2; 100]]
    }

    #[test]
    fn where_nobody_listens_the_next_address_gets_the_packets() {
        let (dead, alive) = (socket().local_addr().unwrap(), socket());
        let mut link = link(&[dead, alive.local_addr().unwrap()]);
        // That nobody listens shows afterwards.
        link.send(&packets()[..1]).unwrap();
        assert_eq!(link.statistics.address, Some(dead));
        link.send(&packets()).unwrap();
        assert_eq!(link.statistics.address, Some(alive.local_addr().unwrap()));
        let mut bytes = [0; 1000];
        for _ in packets() {
            assert!(alive.recv(&mut bytes).unwrap() > 100);
        }
        assert_eq!((link.statistics.packets, link.statistics.refused, link.statistics.lost), (3, 1, 0));
        link.send(&packets()).unwrap();
        assert_eq!(link.statistics.packets, 5);
    }

    #[test]
    fn that_nobody_listens_on_any_address_is_told() {
        let sockets = [socket(), socket()];
        let dead = sockets.map(|socket| socket.local_addr().unwrap());
        let mut link = link(&dead);
        let results: Vec<_> = (0..5).map(|_| link.send(&packets()).is_err()).collect();
        // It shows afterwards, and of one address after the other.
        assert_eq!(results, [false, false, true, true, true]);
        let Unsent { reason, left, .. } = link.send(&packets()).unwrap_err();
        assert!(matches!(reason, ServerReason::Refused(peer) if dead.contains(&peer)), "{reason:?}");
        assert_eq!(left, 0);

        let _alive = UdpSocket::bind(dead[0]).unwrap();
        let results: Vec<_> = (0..5).map(|_| link.send(&packets()).is_err()).collect();
        assert_eq!(results[2..], [false; 3], "{results:?}");
        assert_eq!(link.statistics.address, Some(dead[0]));
    }

    /// A daemon that starts anew now and then is not away for good.
    #[test]
    fn refusals_with_success_between_them_do_not_add_up() {
        let alive = socket();
        let alive_addr = alive.local_addr().unwrap();
        let mut link = link(&[alive_addr, socket().local_addr().unwrap()]);
        for _ in 0..3 {
            (link.sender, link.next) = (None, 1);
            // To the dead one; again, which shows that it is, so to the other one; to that.
            (0..3).for_each(|_| link.send(&packets()).unwrap());
            assert_eq!((link.statistics.address, link.refused_in_row), (Some(alive_addr), 0));
        }
    }

    #[test]
    fn an_address_that_cannot_be_sent_to_is_passed_over() {
        let alive = socket();
        let nowhere = SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0));
        let mut link = link(&[nowhere, alive.local_addr().unwrap()]);
        link.send(&packets()).unwrap();
        assert_eq!(link.statistics.address, Some(alive.local_addr().unwrap()));

        link.sender = None;
        link.addresses = vec![nowhere, nowhere];
        let Unsent { reason, left, .. } = link.send(&packets()).unwrap_err();
        assert!(matches!(reason, ServerReason::Open(_)), "{reason:?}");
        assert_eq!((left, link.addresses.len()), (2, 0));
        let Unsent { reason, left, .. } = link.send(&packets()).unwrap_err();
        assert!(matches!(reason, ServerReason::Waiting(_)), "{reason:?}");
        assert_eq!((left, link.statistics.lost), (2, 0));
    }

    #[test]
    fn where_packets_come_from_is_told_before_they_do() {
        let (dead, alive) = (socket().local_addr().unwrap(), socket());
        let (tell, told) = std::sync::mpsc::channel();
        let mut link = link(&[dead, alive.local_addr().unwrap()]).tell_opened(move |local| tell.send(local).unwrap());
        assert!(told.try_recv().is_err());
        link.send(&packets()[..1]).unwrap();
        let first = told.try_recv().unwrap();
        link.send(&packets()).unwrap();
        let second = told.try_recv().unwrap();
        assert_ne!(first, second, "each address has a socket of its own");
        assert_eq!(alive.recv_from(&mut [0; 1000]).unwrap().1, second);
        link.send(&packets()).unwrap();
        assert!(told.try_recv().is_err(), "it is the same socket");
    }

    #[test]
    fn rests_get_longer_and_end() {
        let mut link = link(&[]);
        let pauses: Vec<_> = (0..7)
            .map(|_| {
                let _ = link.rest(ServerReason::Refused(([127, 0, 0, 1], 9).into()), 0);
                link.resting.as_ref().unwrap().until.saturating_duration_since(Instant::now()).as_secs_f64().round()
            })
            .collect();
        assert_eq!(pauses[1..], [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]);
        // Then the name is looked up again.
        let receiver = socket();
        link.endpoint = receiver.local_addr().unwrap().into();
        link.resting.as_mut().unwrap().until = Instant::now();
        link.send(&packets()).unwrap();
        assert_eq!((link.addresses.len(), link.resting.is_none(), link.pause), (1, true, FIRST_PAUSE));
    }

    #[test]
    fn a_packet_that_is_too_long_for_the_network_does_not_stop_the_others() {
        let receiver = socket();
        let mut link = link(&[receiver.local_addr().unwrap()]);
        let [first, last] = packets();
        let Unsent { reason, unfit, left } = link.send(&[first, vec![0; 65_480], last]).unwrap_err();
        assert!(matches!(&reason, ServerReason::Send(error) if is_about_the_packet(error)), "{reason:?}");
        assert_eq!((unfit, left, link.statistics.packets, link.statistics.lost), (1, 0, 2, 1));
        assert!(link.resting.is_none() && link.sender.is_some());
    }

    #[test]
    fn a_name_that_moved_is_followed_when_it_is_time() {
        let (old, new) = (socket(), socket());
        let mut link = link(&[old.local_addr().unwrap()]);
        link.send(&packets()).unwrap();
        link.endpoint = new.local_addr().unwrap().into();
        link.send(&packets()).unwrap();
        assert_eq!(link.statistics.address, Some(old.local_addr().unwrap()));
        link.resolve_interval = Some(Duration::ZERO);
        link.send(&packets()).unwrap();
        assert_eq!(link.statistics.address, Some(new.local_addr().unwrap()));
        // If the name cannot be looked up any more, the address stays.
        link.endpoint = "host.invalid".parse().unwrap();
        link.send(&packets()).unwrap();
        assert_eq!(link.statistics.address, Some(new.local_addr().unwrap()));
    }
}
