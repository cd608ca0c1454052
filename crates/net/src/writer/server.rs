//! Whom to send to, and how.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use collectd_wire::{SealError, Sealer, SecurityLevel};

use crate::address::{Address, InterfaceId};

/// One server that a [`Writer`](crate::Writer) sends to: a host, or a multicast group.
///
/// ```
/// use collectd_net::Server;
///
/// let server = Server::new("collectd.example.org").encrypt("alice", "w0nderl4nd").ttl(8);
/// ```
///
/// An address as text is a server, too.
pub struct Server {
    pub(super) address: Address,
    /// Made at once, so that the password is not kept.
    pub(super) sealer: Result<Sealer, SealError>,
    pub(super) ttl: Option<u8>,
    pub(super) interface: Option<InterfaceId>,
    pub(super) bind: Option<IpAddr>,
    pub(super) resolve_interval: Option<Duration>,
}

impl Server {
    /// A server that gets plain packets, sent as the system's defaults are.
    pub fn new(address: impl Into<Address>) -> Server {
        Server {
            address: address.into(),
            sealer: Ok(Sealer::none()),
            ttl: None,
            interface: None,
            bind: None,
            resolve_interval: None,
        }
    }

    /// Signs what it gets.
    #[must_use]
    pub fn sign(self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        self.security(SecurityLevel::Sign, user, password)
    }

    /// Encrypts what it gets.
    #[must_use]
    pub fn encrypt(self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        self.security(SecurityLevel::Encrypt, user, password)
    }

    /// Signs, encrypts, or neither, as the level says.
    #[must_use]
    pub fn security(mut self, level: SecurityLevel, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        self.sealer = Sealer::new(level, user.as_ref(), password.as_ref());
        self
    }

    /// Does to what it gets what this sealer does.
    #[must_use]
    pub fn sealed(self, sealer: Sealer) -> Self {
        Server { sealer: Ok(sealer), ..self }
    }

    /// How many hops packets may take. Without it the system's default, which is 1 for groups: they stay on the
    /// local network.
    #[must_use]
    pub fn ttl(mut self, ttl: u8) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// The interface, by name or by number, through which packets leave.
    #[must_use]
    pub fn interface(mut self, interface: impl Into<InterfaceId>) -> Self {
        self.interface = Some(interface.into());
        self
    }

    /// The address of this machine to send from. Of the server's addresses only those of its family are used.
    #[must_use]
    pub fn bind(mut self, address: impl Into<IpAddr>) -> Self {
        self.bind = Some(address.into());
        self
    }

    /// Looks the name up again when this time has passed, at the next sending, which waits for it. If that fails
    /// the addresses stay. Without this a name is looked up again only when sending fails.
    #[must_use]
    pub fn resolve_interval(mut self, interval: Duration) -> Self {
        self.resolve_interval = Some(interval);
        self
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).field("sealer", &self.sealer).finish_non_exhaustive()
    }
}

impl<A: Into<Address>> From<A> for Server {
    fn from(address: A) -> Self {
        Server::new(address)
    }
}
