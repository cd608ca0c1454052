//! Sending to one address.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use socket2::Socket;

use crate::error::{OpenError, SendError};
use crate::interface::{Interface, scoped};
use crate::listen::{MAX_BUFFER_SIZE, Opening};
use crate::sys::{self, Calls};

/// How often in a row one datagram may meet a refusal of earlier ones.
const MAX_REFUSALS: u32 = 8;

/// A socket connected to one address.
#[derive(Debug)]
pub struct Sender {
    socket: UdpSocket,
    peer: SocketAddr,
    calls: Calls,
    timeout: Duration,
}

/// How a [`Sender`] sends. The default leaves everything to the system.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// How many hops a datagram may take. Without it the system's default: 1 for groups, which
    /// keeps them on the local network.
    pub ttl: Option<u8>,
    /// The interface through which datagrams leave. To a group this is a choice of
    /// route; to a single address the socket is bound to the interface (Linux only).
    pub interface: Option<Interface>,
    /// The address to send from, of the same family; port 0 is any free one.
    pub bind: Option<SocketAddr>,
    /// Size of the send buffer to ask for, in bytes. The system may give less.
    pub buffer_size: Option<usize>,
    /// How long one call may wait in all for room in the send buffer; 1 second by default.
    /// [`Duration::MAX`] is for ever.
    pub timeout: Duration,
    /// False: one system call per datagram, as on systems without `sendmmsg`. Only the speed
    /// differs; this is for comparison.
    pub batched: bool,
}

impl Default for SendOptions {
    fn default() -> Self {
        SendOptions {
            ttl: None,
            interface: None,
            bind: None,
            buffer_size: None,
            timeout: Duration::from_secs(1),
            batched: true,
        }
    }
}

/// A batch that went out whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How many datagrams it held.
    pub datagrams: usize,
    /// Whether the receiver's machine has reported since the last call that nobody listens on the
    /// port. The datagrams go out all the same, and arrive as soon as somebody does.
    pub refused: bool,
}

/// Whether this system sends many packets of one length in one piece, so that it pays to make them so.
#[must_use]
pub fn sends_segments() -> bool {
    static KNOWN: OnceLock<bool> = OnceLock::new();
    *KNOWN.get_or_init(|| {
        // Any socket will do: it is a matter of the kernel's age.
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).or_else(|_| UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)));
        socket.is_ok_and(|socket| Calls::of_sender(true, &socket) != Calls::new(true))
    })
}

impl Sender {
    /// Opens a socket to `peer`, which may be a group.
    ///
    /// # Errors
    ///
    /// The system refuses a step: there is no route, an option is not to be had, or the address
    /// to bind is not one of this machine's, or of the other family.
    pub fn connect(peer: SocketAddr, options: &SendOptions) -> Result<Self, OpenError> {
        let opening = Opening { addr: peer };
        let socket = opening.socket()?;
        if let Some(size) = options.buffer_size {
            let size = size.min(MAX_BUFFER_SIZE);
            opening.step("set the send buffer size", || socket.set_send_buffer_size(size))?;
        }
        if let Some(ttl) = options.ttl {
            opening.step("set the time to live", || set_ttl(&socket, peer, ttl.into()))?;
        }
        if let Some(interface) = &options.interface {
            opening.step("choose the interface", || set_interface(&socket, peer, interface))?;
        }
        let interface = options.interface.as_ref().map_or(0, Interface::index);
        let to = scoped(peer, interface);
        if let Some(local) = options.bind {
            let local = scoped(local, scope(to).max(interface));
            opening.step("bind", || {
                if local.is_ipv4() != peer.is_ipv4() {
                    let text = format!("{local} is of the other address family");
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
                }
                let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", local.ip()));
                socket.bind(&local.into()).map_err(named)
            })?;
        }
        opening.step("connect", || {
            // The system takes it, and fails each send.
            if peer.port() == 0 {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "nobody has port 0"));
            }
            socket.connect(&to.into())
        })?;
        let socket = socket.into();
        let calls = Calls::of_sender(options.batched, &socket);
        Ok(Sender { socket, peer, calls, timeout: options.timeout })
    }

    /// Sends each packet as one datagram, in order. Waits for room in the send buffer if it must,
    /// but no longer than [`SendOptions::timeout`].
    ///
    /// # Errors
    ///
    /// A datagram cannot be sent; [`SendError::sent`] is its index. To go on, send the rest, without
    /// it if the error is its own, as a size the network cannot take. If the errors
    /// stay, a new [`Sender`] may help: this one keeps the local address it started with.
    pub fn send_batch<P: AsRef<[u8]>>(&mut self, packets: &[P]) -> Result<Sent, SendError> {
        let mut refused = false;
        // A time too far to express is for ever.
        let deadline = Instant::now().checked_add(self.timeout);
        let mut sent = 0;
        let mut tries = 0;
        while sent < packets.len() {
            match self.calls.send(&self.socket, &packets[sent..]) {
                Ok(count) => {
                    sent += count;
                    tries = 0;
                }
                Err(error) => {
                    refused |= error.kind() == io::ErrorKind::ConnectionRefused;
                    self.recover(error, &mut tries, deadline).map_err(|error| SendError {
                        to: self.peer,
                        sent,
                        refused,
                        error,
                    })?;
                }
            }
        }
        Ok(Sent { datagrams: sent, refused })
    }

    /// The error that the system has yet to report, such as that nobody listens on the port: of datagrams that went
    /// out together only what the first ones met is in [`Sent`].
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }

    /// The address that it sends to.
    #[must_use]
    pub fn peer_addr(&self) -> SocketAddr {
        self.peer
    }

    /// The address that it sends from.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Ok if the datagram is to be tried again; `tries` counts that for reasons which may last.
    fn recover(&self, error: io::Error, tries: &mut u32, deadline: Option<Instant>) -> io::Result<()> {
        match error.raw_os_error() {
            Some(libc::EINTR) => return Ok(()),
            Some(libc::EAGAIN) => return self.wait_for_room(deadline),
            // The queue of the interface is full, which poll does not look at.
            Some(libc::ENOBUFS) if deadline.is_none_or(|deadline| Instant::now() < deadline) => {
                thread::sleep(Duration::from_millis(1));
                return Ok(());
            }
            _ => *tries += 1,
        }
        // What an ICMP packet reported is of an earlier datagram: the system gives it to the next
        // send instead of sending. An error that is this datagram's own comes again.
        let limit = match error.raw_os_error() {
            Some(libc::ECONNREFUSED) => MAX_REFUSALS,
            _ => 1,
        };
        if *tries <= limit { Ok(()) } else { Err(error) }
    }

    fn wait_for_room(&self, deadline: Option<Instant>) -> io::Result<()> {
        let fd = self.socket.as_raw_fd();
        let mut fds = [libc::pollfd { fd, events: libc::POLLOUT, revents: 0 }];
        sys::poll(&mut fds, deadline)?;
        // Also if poll sees room: a system whose send does not would keep this going for ever.
        if deadline.is_none_or(|deadline| Instant::now() < deadline) {
            return Ok(());
        }
        let text = format!("no room in the send buffer for {:?}", self.timeout);
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    }
}

/// The number of the interface that an address is of; 0 if of none.
fn scope(addr: SocketAddr) -> u32 {
    match addr {
        SocketAddr::V6(addr) => addr.scope_id(),
        SocketAddr::V4(_) => 0,
    }
}

fn set_ttl(socket: &Socket, peer: SocketAddr, ttl: u32) -> io::Result<()> {
    match (peer.is_ipv4(), peer.ip().is_multicast()) {
        (true, false) => socket.set_ttl_v4(ttl),
        (true, true) => socket.set_multicast_ttl_v4(ttl),
        (false, false) => socket.set_unicast_hops_v6(ttl),
        (false, true) => socket.set_multicast_hops_v6(ttl),
    }
}

fn set_interface(socket: &Socket, peer: SocketAddr, interface: &Interface) -> io::Result<()> {
    if !peer.ip().is_multicast() {
        sys::bind_device(socket, interface)
    } else if peer.is_ipv4() {
        sys::set_multicast_if_v4(socket, interface)
    } else {
        socket.set_multicast_if_v6(interface.index())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender() -> (Sender, UdpSocket) {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let peer = receiver.local_addr().unwrap();
        (Sender::connect(peer, &SendOptions::default()).unwrap(), receiver)
    }

    /// Loopback never lacks room, so what a send reports is made up here.
    #[test]
    fn errors_are_tried_again_within_bounds() {
        let (sender, _receiver) = sender();
        let retries = |code, deadline: Option<Instant>| {
            let mut tries = 0;
            let error = || io::Error::from_raw_os_error(code);
            (0..100).take_while(|_| sender.recover(error(), &mut tries, deadline).is_ok()).count()
        };
        let past = Some(Instant::now());
        let future = past.map(|now| now + Duration::from_secs(3600));
        for (code, in_time, too_late) in [
            (libc::EINTR, 100, 100),
            (libc::EAGAIN, 100, 0),
            (libc::ENOBUFS, 100, 1),
            (libc::ECONNREFUSED, 8, 8),
            (libc::EMSGSIZE, 1, 1),
            (libc::EPERM, 1, 1),
        ] {
            assert_eq!((retries(code, future), retries(code, past)), (in_time, too_late), "{code}");
        }
        let error = sender.wait_for_room(past).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("1s"), "{error}");
    }
}
