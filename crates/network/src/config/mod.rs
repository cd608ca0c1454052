//! The configuration: that of collectd's `network` plugin, with some options of our own.

mod fields;
mod listen;
mod server;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use collectd::config::Block;
use serde::Deserialize;

use fields::{Bytes, DEFAULT_SERVICE, Host, Line, Number, Seconds, Service, last};
pub(crate) use listen::Listen;
pub(crate) use server::Server;

/// The keys of `<Plugin rust_network>` and `<Plugin network>` blocks. Like the original, a global option
/// that is given several times has its last value.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    server: Vec<Server>,
    #[serde(default)]
    listen: Vec<Listen>,
    #[serde(default)]
    max_packet_size: Vec<Line<PacketSize>>,
    #[serde(default)]
    time_to_live: Vec<Line<Number<1, 255>>>,
    #[serde(default)]
    forward: Vec<Line<bool>>,
    #[serde(default)]
    report_stats: Vec<Line<bool>>,

    /// Of collectd 4: it is in the collectd.conf of collectd 5 still, and does nothing there.
    #[serde(default)]
    cache_flush: Vec<Block>,

    #[serde(default)]
    linger: Vec<Line<Seconds<0, 3600>>>,
    #[serde(default)]
    queue_limit: Vec<Line<Bytes<{ 64 << 10 }, { 4 << 30 }>>>,
    #[serde(default)]
    receive_threads: Vec<Line<Number<1, 64>>>,
    #[serde(default)]
    receive_buffer: Vec<Line<ReceiveBuffer>>,
    #[serde(default)]
    duplicate_window: Vec<Line<Seconds<0, 3600>>>,
}

type PacketSize = Number<1024, 65535>;
type ReceiveBuffer = Bytes<{ 64 << 10 }, { 1 << 30 }>;

/// An Ethernet frame, less the headers of IPv6 and UDP.
const DEFAULT_PACKET_SIZE: usize = 1452;
/// What IPv4 can carry, less its own header and that of UDP.
const LARGEST_PACKET_SIZE: usize = 65_535 - 20 - 8;
const DEFAULT_LINGER: Duration = Duration::from_secs(1);
const DEFAULT_QUEUE_LIMIT: usize = 16 << 20;
const DEFAULT_RECEIVE_BUFFER: usize = 8 << 20;

impl Config {
    /// Where to send to.
    pub fn servers(&self) -> &[Server] {
        &self.server
    }

    /// Where to receive.
    pub fn listens(&self) -> &[Listen] {
        &self.listen
    }

    /// The largest packet to send to a server, in bytes. At most what a datagram can have: the original takes more, and
    /// then fails to send full packets.
    pub fn packet_size_to(&self, server: &Server) -> usize {
        server.max_packet_size().unwrap_or_else(|| self.max_packet_size()).min(LARGEST_PACKET_SIZE)
    }

    /// The largest packet to receive, in bytes; what is longer is cut.
    pub fn packet_size_from(&self, listen: &Listen) -> usize {
        listen.max_packet_size().unwrap_or_else(|| self.max_packet_size())
    }

    fn max_packet_size(&self) -> usize {
        last(&self.max_packet_size).map_or(DEFAULT_PACKET_SIZE, |size| usize::from(size.0))
    }

    /// How many routers a packet may pass; without it the system decides.
    pub fn time_to_live(&self) -> Option<u8> {
        last(&self.time_to_live).and_then(|ttl| u8::try_from(ttl.0).ok())
    }

    /// Whether to send on what came from the network.
    pub fn forwards(&self) -> bool {
        last(&self.forward).copied().unwrap_or(false)
    }

    /// Whether to dispatch statistics.
    pub fn reports_stats(&self) -> bool {
        last(&self.report_stats).copied().unwrap_or(false)
    }

    /// How long a value may wait for others before its packet is sent.
    pub fn linger(&self) -> Duration {
        last(&self.linger).map_or(DEFAULT_LINGER, |linger| linger.0)
    }

    /// How many bytes of packets may wait for a server.
    pub fn queue_limit(&self) -> usize {
        last(&self.queue_limit).map_or(DEFAULT_QUEUE_LIMIT, |limit| limit.0)
    }

    /// On how many threads each unicast address is received.
    pub fn receive_threads(&self, listen: &Listen) -> usize {
        let threads = listen.receive_threads().or_else(|| last(&self.receive_threads).map(|threads| threads.0));
        threads.map_or(1, usize::from)
    }

    /// How many bytes of datagrams the kernel may keep for each socket.
    pub fn receive_buffer(&self, listen: &Listen) -> usize {
        let buffer = listen.receive_buffer().or_else(|| last(&self.receive_buffer).map(|buffer| buffer.0));
        buffer.unwrap_or(DEFAULT_RECEIVE_BUFFER)
    }

    /// For how long a value list is remembered, to drop its exact duplicates; zero for not at all, as
    /// the original.
    pub fn duplicate_window(&self) -> Duration {
        last(&self.duplicate_window).map_or(Duration::ZERO, |window| window.0)
    }

    /// What is no mistake, but hardly meant.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.server.is_empty() && self.listen.is_empty() {
            let text = "there is neither a Server nor a Listen in the configuration: nothing will be sent or received";
            warnings.push(text.to_owned());
        }
        if !self.cache_flush.is_empty() {
            warnings.push("CacheFlush has no effect: it is an option of collectd 4".to_owned());
        }
        let telling = self.server.iter().filter(|server| server.tells_password());
        warnings
            .extend(telling.map(|server| format!("<{server}>: PasswordFile: everybody on this machine can read it")));
        for listen in &self.listen {
            warnings.extend(listen.warnings().iter().map(|warning| format!("<{listen}>: {warning}")));
        }
        warnings
    }

    /// Whether another `Listen` may want an address of this one, as 0.0.0.0 and a group on the same port.
    pub(crate) fn overlaps(&self, listen: &Listen) -> bool {
        let others = self.listen.iter().filter(|other| !std::ptr::eq(*other, listen));
        others.filter(|other| other.port() == listen.port()).any(|other| {
            match (other.host().parse::<IpAddr>(), listen.host().parse::<IpAddr>()) {
                (Ok(one), Ok(other)) => one == other || one.is_unspecified() || other.is_unspecified(),
                // `*`, and names, of which nobody knows.
                _ => true,
            }
        })
    }

    /// Checks what the types alone do not.
    ///
    /// # Errors
    ///
    /// The path of the key that is wrong, and what is.
    pub fn check(&self) -> Result<(), String> {
        let check = |server: &Server| server.check(self.packet_size_to(server));
        self.server.iter().try_for_each(|server| check(server).map_err(|error| format!("<{server}>: {error}")))?;
        self.listen.iter().try_for_each(|listen| listen.check().map_err(|error| format!("<{listen}>: {error}")))
    }
}

/// `"host" ["port"]`, the arguments of both kinds of blocks.
#[derive(Deserialize, Debug)]
struct Address(Host, #[serde(default)] Option<Service>);

impl Address {
    fn host(&self) -> &str {
        &self.0.0
    }

    fn service(&self) -> &str {
        self.1.as_ref().map_or(DEFAULT_SERVICE, |service| &service.0)
    }

    /// The number of that port.
    fn port(&self) -> Option<u16> {
        let found = collectd_udp::resolve("127.0.0.1", self.service()).ok()?;
        found.first().map(SocketAddr::port)
    }
}

#[cfg(test)]
mod tests;
