//! One address to listen on, and the socket for it.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::error::OpenError;
use crate::interface::{Interface, scoped};
use crate::sys;

/// The system takes the sizes of buffers as an `int`, and doubles it.
pub(crate) const MAX_BUFFER_SIZE: usize = (i32::MAX / 2) as usize;

/// An address to listen on.
///
/// * A group is joined, and the socket is bound to it: other traffic to its port stays out. Other
///   programs may listen to the same group and port.
/// * Of any other address and port there is one socket: a second is refused, unless both ask for
///   [`reuse_port`](Self::reuse_port) or [`reuse_address`](Self::reuse_address).
/// * `[::]` takes IPv4 too, unless the same receiver also listens on `0.0.0.0` with this port.
#[derive(Clone, Debug)]
pub struct Listen {
    pub(crate) addr: SocketAddr,
    interface: Option<Interface>,
    reuse_address: bool,
    reuse_port: bool,
    claim_port: bool,
    only_v6: bool,
}

impl Listen {
    /// Listens on this address; port 0 is any free one.
    #[must_use]
    pub fn new(addr: SocketAddr) -> Self {
        Listen {
            addr,
            interface: None,
            reuse_address: addr.ip().is_multicast(),
            reuse_port: false,
            claim_port: false,
            only_v6: false,
        }
    }

    /// Joins the group on this interface, and takes what arrives there only. Without it the kernel
    /// chooses one by its routes. For an address that is no group the socket is bound to the
    /// interface (`SO_BINDTODEVICE`, Linux only).
    #[must_use]
    pub fn interface(mut self, interface: Option<Interface>) -> Self {
        self.interface = interface;
        self
    }

    /// Lets other programs that ask for it, too, listen on the address (`SO_REUSEADDR`). True for
    /// groups if not set, of which each gets every datagram. Of other addresses, on Linux, the
    /// program that came last gets them all; the others are not told.
    #[must_use]
    pub fn reuse_address(mut self, reuse_address: bool) -> Self {
        self.reuse_address = reuse_address;
        self
    }

    /// Lets several sockets of one user share the address; the kernel spreads senders over them
    /// (`SO_REUSEPORT`), for several receiving threads. Of a group each gets every datagram.
    #[must_use]
    pub fn reuse_port(mut self, reuse_port: bool) -> Self {
        self.reuse_port = reuse_port;
        self
    }

    /// Refuses to be the first of several sockets with [`reuse_port`](Self::reuse_port) if the address is somebody
    /// else's already: another program of this user that shares it would lose a part of what it gets, without a
    /// word.
    #[must_use]
    pub fn claim_port(mut self, claim_port: bool) -> Self {
        self.claim_port = claim_port;
        self
    }

    /// Whether `::` leaves IPv4 to a socket of its own; without it, it takes IPv4 too, unless the same
    /// [`Receiver`](crate::Receiver) listens on 0.0.0.0.
    #[must_use]
    pub fn only_v6(mut self, only_v6: bool) -> Self {
        self.only_v6 = only_v6;
        self
    }

    /// An open, non-blocking socket, and the size of its receive buffer.
    pub(crate) fn open(&self, buffer_size: usize, only_v6: bool) -> Result<(UdpSocket, usize), OpenError> {
        let opening = Opening { addr: self.addr };
        let socket = opening.socket()?;
        // Before bind: from then on datagrams come in.
        let granted = opening.step("set the receive buffer size", || grow(&socket, buffer_size))?;
        let group = self.addr.ip().is_multicast();
        if self.reuse_address {
            opening.step("share the port", || socket.set_reuse_address(true))?;
        }
        let share = || opening.step("share the port", || socket.set_reuse_port(self.reuse_port));
        if !self.claim_port {
            share()?;
        }
        if self.addr.is_ipv6() {
            let only_v6 = only_v6 || self.only_v6 || !self.addr.ip().is_unspecified();
            opening.step("choose the families", || socket.set_only_v6(only_v6))?;
        }
        match &self.interface {
            Some(interface) if !group => {
                opening.step("bind to the interface", || sys::bind_device(&socket, interface))?;
            }
            _ => {}
        }
        let addr = self.interface.as_ref().map_or(self.addr, |interface| scoped(self.addr, interface.index()));
        opening.step("bind", || socket.bind(&addr.into()))?;
        if self.claim_port {
            share()?;
        }
        if group {
            opening.step("join the group", || self.join(&socket))?;
        }
        Ok((socket.into(), granted))
    }

    /// Whether the interface of the open socket is gone, or was made anew.
    pub(crate) fn is_deaf(&self, socket: &UdpSocket) -> bool {
        if let Some(interface) = &self.interface {
            return Interface::named(interface.name()).ok().as_ref() != Some(interface);
        }
        match self.addr.ip() {
            IpAddr::V4(group) if group.is_multicast() => {
                // The kernel refuses to join twice, and what can be joined was not.
                self.request(&SockRef::from(socket)).is_ok()
            }
            IpAddr::V6(group) if group.is_multicast() => sys::is_joined(group) == Some(false),
            _ => false,
        }
    }

    fn join(&self, socket: &Socket) -> io::Result<()> {
        self.request(socket)?;
        if self.interface.is_some() {
            self.only_own_membership(socket);
        }
        Ok(())
    }

    /// Asks for the group.
    fn request(&self, socket: &Socket) -> io::Result<()> {
        match self.addr {
            SocketAddr::V4(group) => {
                let index = self.interface.as_ref().map_or(0, Interface::index);
                let interface = socket2::InterfaceIndexOrAddress::Index(index);
                socket.join_multicast_v4_n(group.ip(), &interface)
            }
            SocketAddr::V6(group) => {
                let index = self.interface.as_ref().map_or(group.scope_id(), Interface::index);
                socket.join_multicast_v6(group.ip(), index)
            }
        }
    }

    /// Keeps out what arrives through memberships of other sockets on other interfaces. Linux
    /// delivers that too by default. IPv6 has this since Linux 4.20; older ones deliver more.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn only_own_membership(&self, socket: &Socket) {
        let _ = match self.addr {
            SocketAddr::V4(_) => socket.set_multicast_all_v4(false),
            SocketAddr::V6(_) => socket.set_multicast_all_v6(false),
        };
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn only_own_membership(&self, _: &Socket) {}
}

/// Asks for a receive buffer and returns what the kernel gave, both in bytes as one asks for
/// them: Linux doubles the number for its own overhead, and tells the double.
fn grow(socket: &Socket, size: usize) -> io::Result<usize> {
    let size = size.min(MAX_BUFFER_SIZE);
    if sys::force_recv_buffer_size(socket, size).is_err() {
        // Linux gives what its limit allows. BSD refuses what is too much: then the default stays.
        let _ = socket.set_recv_buffer_size(size);
    }
    let told = socket.recv_buffer_size()?;
    Ok(if cfg!(any(target_os = "linux", target_os = "android")) { told / 2 } else { told })
}

/// Names the address and the step in errors of opening a socket.
#[derive(Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) addr: SocketAddr,
}

impl Opening {
    /// A non-blocking UDP socket of the address's family.
    pub(crate) fn socket(self) -> Result<Socket, OpenError> {
        self.step("open a socket", || {
            let domain = Domain::for_address(self.addr);
            let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        })
    }

    pub(crate) fn step<T>(self, step: &'static str, act: impl FnOnce() -> io::Result<T>) -> Result<T, OpenError> {
        act().map_err(|error| OpenError { addr: self.addr, step, error })
    }
}
