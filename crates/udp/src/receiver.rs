//! Receiving from several sockets at once.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::batch_mut::BatchMut;
use crate::error::{BindError, OpenError, RecvError};
use crate::listen::Listen;
use crate::slots::{Batch, MAX_DATAGRAM_SIZE, Received, Slots};
use crate::sys::{self, Calls};
use crate::waker::{Wakeable, Waker};

/// The receive buffer asked for where nothing else is said, in bytes.
pub const DEFAULT_BUFFER_SIZE: usize = 8 << 20;

/// How long a socket rests after an error, so that one that lasts does not keep a processor busy.
const REST: Duration = Duration::from_millis(50);

/// Receives datagrams on a set of addresses.
#[derive(Debug)]
pub struct Receiver {
    sockets: Vec<Bound>,
    failures: Vec<OpenError>,
    slots: Slots,
    calls: Calls,
    /// The wake-up first, then each socket in order.
    fds: Vec<libc::pollfd>,
    /// The sockets below this index had their turn since the last poll.
    turn: usize,
    wakeable: Wakeable,
}

/// Collects what a [`Receiver`] listens on.
#[derive(Clone, Debug)]
pub struct Builder {
    listens: Vec<Listen>,
    buffer_size: usize,
    max_datagram_size: usize,
    batched: bool,
    timestamps: bool,
}

#[derive(Debug)]
struct Bound {
    socket: UdpSocket,
    wish: Listen,
    listen: usize,
    local: SocketAddr,
    granted: usize,
    /// The kernel's count when it was last read, and the sum since the start, which does not wrap.
    drops: (u32, u64),
    resting_until: Option<Instant>,
}

impl Receiver {
    /// Starts to collect what to listen on.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            listens: Vec::new(),
            buffer_size: DEFAULT_BUFFER_SIZE,
            max_datagram_size: MAX_DATAGRAM_SIZE,
            batched: true,
            timestamps: false,
        }
    }

    /// Waits until datagrams are there and returns some of one socket, at most
    /// [`BATCH_SIZE`](crate::BATCH_SIZE); sockets take turns. The batch is empty if none came
    /// within `timeout` (`None`: for ever; zero: a look without waiting), or if the receiver was
    /// woken. Signals do not end the wait: to end it early there is [`waker`](Self::waker).
    ///
    /// # Errors
    ///
    /// One socket failed. Nothing is lost: call again, the others go on, and so does this one.
    pub fn recv_batch(&mut self, timeout: Option<Duration>) -> Result<Batch<'_>, RecvError> {
        let received = self.receive(timeout)?;
        Ok(Batch::new(&self.slots, received))
    }

    /// The same, with datagrams that can be changed where they lie: decrypted without a copy, say.
    ///
    /// # Errors
    ///
    /// As [`recv_batch`](Self::recv_batch).
    pub fn recv_batch_mut(&mut self, timeout: Option<Duration>) -> Result<BatchMut<'_>, RecvError> {
        let received = self.receive(timeout)?;
        Ok(BatchMut::new(&mut self.slots, received))
    }

    /// The descriptors to wait on together with others: while one of them is readable, or has an error,
    /// [`recv_batch`](Self::recv_batch) has something to do. The first is that of the [`waker`](Self::waker).
    pub fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        std::iter::once(self.wakeable.as_fd()).chain(self.sockets.iter().map(|bound| bound.socket.as_fd()))
    }

    /// A handle to end a wait in [`recv_batch`](Self::recv_batch) from another thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.wakeable.waker()
    }

    /// The addresses that could not be listened on, while others could.
    #[must_use]
    pub fn failures(&self) -> &[OpenError] {
        &self.failures
    }

    /// The addresses that the sockets are bound to, with the ports that were chosen for 0.
    #[must_use]
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.sockets.iter().map(|bound| bound.local).collect()
    }

    /// The size of the smallest receive buffer in bytes, to compare with the size asked for. On
    /// Linux it is limited by `net.core.rmem_max` unless the process has `CAP_NET_ADMIN`.
    #[must_use]
    pub fn granted(&self) -> usize {
        self.sockets.iter().map(|bound| bound.granted).min().unwrap_or(0)
    }

    /// How many datagrams the kernel dropped on these sockets until now, most because their receive
    /// buffers were full. `None` where the kernel does not tell (Linux tells since 4.12). Each
    /// socket's count wraps in the kernel at 2³², so look once per that many.
    #[must_use]
    pub fn dropped(&mut self) -> Option<u64> {
        self.sockets.iter_mut().map(Bound::dropped).sum()
    }

    /// Whether a socket hears nothing any more, because its interface is gone, and may be there again under another
    /// number. A new receiver helps, as soon as there is an interface.
    #[must_use]
    pub fn is_deaf(&self) -> bool {
        self.sockets.iter().any(|bound| bound.wish.is_deaf(&bound.socket))
    }

    fn receive(&mut self, timeout: Option<Duration>) -> Result<Received, RecvError> {
        // A time too far to express is for ever.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            while let Some(index) = self.next_ready() {
                let bound = &mut self.sockets[index];
                match self.calls.recv(&bound.socket, &mut self.slots) {
                    // Gone meanwhile, as a datagram with a wrong checksum is.
                    Ok(0) => {}
                    Ok(count) => {
                        let local = Some(bound.local);
                        return Ok(Received { count, listen: bound.listen, local, woken: false });
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => self.turn -= 1,
                    Err(error) => return Err(bound.failed(error)),
                }
            }
            match self.wait(deadline) {
                Ok(Waited::Ready) => {}
                Ok(Waited::Woken) => return Ok(Received { woken: true, ..Received::default() }),
                Ok(Waited::TimedOut) => return Ok(Received::default()),
                // Memory for the poll: of no socket in particular.
                Err(error) => return Err(self.sockets[0].failed(error)),
            }
        }
    }

    /// The next socket that the last poll found something on and that had no turn since.
    fn next_ready(&mut self) -> Option<usize> {
        while self.turn < self.sockets.len() {
            let index = self.turn;
            self.turn += 1;
            // Any event, not only input: a pending error is cleared by receiving it.
            if self.fds[index + 1].revents != 0 {
                return Some(index);
            }
        }
        None
    }

    fn wait(&mut self, deadline: Option<Instant>) -> io::Result<Waited> {
        let mut until = deadline;
        for (bound, fd) in self.sockets.iter_mut().zip(&mut self.fds[1..]) {
            let resting = bound.rest_left();
            // poll passes over negative descriptors.
            fd.fd = if resting.is_some() { -1 } else { bound.socket.as_raw_fd() };
            until = earliest(until, resting);
        }
        let any = sys::poll(&mut self.fds, until)?;
        self.turn = 0;
        if self.fds[0].revents != 0 {
            self.wakeable.clear();
            // What else is ready shows again in the next poll.
            self.turn = self.sockets.len();
            return Ok(Waited::Woken);
        }
        let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        Ok(if !any && late { Waited::TimedOut } else { Waited::Ready })
    }
}

enum Waited {
    Ready,
    Woken,
    TimedOut,
}

fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    a.into_iter().chain(b).min()
}

impl Bound {
    fn failed(&mut self, error: io::Error) -> RecvError {
        self.resting_until = Some(Instant::now() + REST);
        RecvError { local: self.local, error }
    }

    fn rest_left(&mut self) -> Option<Instant> {
        self.resting_until = self.resting_until.filter(|&until| Instant::now() < until);
        self.resting_until
    }

    fn dropped(&mut self) -> Option<u64> {
        let now = sys::drops(&self.socket)?;
        let (before, sum) = self.drops;
        let sum = sum + u64::from(now.wrapping_sub(before));
        self.drops = (now, sum);
        Some(sum)
    }
}

impl Builder {
    /// Listens on one more address.
    #[must_use]
    pub fn listen(mut self, listen: Listen) -> Self {
        self.listens.push(listen);
        self
    }

    /// The receive buffer to ask for, per socket, in bytes; [`DEFAULT_BUFFER_SIZE`] if not set.
    /// Compare with [`Receiver::granted`].
    #[must_use]
    pub fn buffer_size(mut self, bytes: usize) -> Self {
        self.buffer_size = bytes;
        self
    }

    /// Cuts datagrams that are longer than this, in bytes; [`MAX_DATAGRAM_SIZE`] if not set, with
    /// which none is. The receiver reserves 64 times this, but uses the memory only that
    /// the datagrams need.
    #[must_use]
    pub fn max_datagram_size(mut self, bytes: usize) -> Self {
        self.max_datagram_size = bytes;
        self
    }

    /// False: one system call per datagram, as on systems without `recvmmsg`. Only the speed
    /// differs; this is for comparison.
    #[must_use]
    pub fn batched(mut self, batched: bool) -> Self {
        self.batched = batched;
        self
    }

    /// Has the kernel note when each datagram arrives, see [`Datagram::arrived`](crate::Datagram::arrived): also of
    /// those that wait for being received. On Linux, with batches. The kernel begins a moment after it was asked, unless
    /// somebody else has asked before; until then it is the time of receiving.
    #[must_use]
    pub fn timestamps(mut self, timestamps: bool) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// Opens, binds and joins all addresses. Those that fail are listed by
    /// [`Receiver::failures`], so that a machine with one family only can listen on that.
    ///
    /// # Errors
    ///
    /// None of the addresses works, or there are none.
    pub fn bind(self) -> Result<Receiver, BindError> {
        let mut sockets = Vec::new();
        let mut failures = Vec::new();
        for (index, listen) in self.listens.iter().enumerate() {
            match self.open(index, listen) {
                Ok(bound) => sockets.push(bound),
                Err(failure) => failures.push(failure),
            }
        }
        let Some(first) = sockets.first() else { return Err(BindError::new(failures)) };
        let wakeable = match Wakeable::new() {
            Ok(wakeable) => wakeable,
            Err(error) => {
                failures.push(OpenError { addr: first.local, step: "make a waker", error });
                return Err(BindError::new(failures));
            }
        };
        let descriptors = sockets.iter().map(|bound| bound.socket.as_raw_fd());
        let fds = std::iter::once(wakeable.raw_fd()).chain(descriptors).map(readable).collect();
        Ok(Receiver {
            turn: sockets.len(),
            sockets,
            failures,
            slots: Slots::new(self.max_datagram_size, self.timestamps),
            calls: Calls::new(self.batched),
            fds,
            wakeable,
        })
    }

    fn open(&self, index: usize, listen: &Listen) -> Result<Bound, OpenError> {
        let (socket, granted) = listen.open(self.buffer_size, self.has_v4_twin(listen))?;
        let local =
            socket.local_addr().map_err(|error| OpenError { addr: listen.addr, step: "tell its port", error })?;
        if self.timestamps {
            // Who asks for it can do without it.
            let _ = sys::note_arrivals(&socket);
        }
        let drops = (sys::drops(&socket).unwrap_or(0), 0);
        Ok(Bound { socket, wish: listen.clone(), listen: index, local, granted, drops, resting_until: None })
    }

    /// Whether the IPv4 wildcard with the same port is listened on, too.
    fn has_v4_twin(&self, listen: &Listen) -> bool {
        let twin = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), listen.addr.port());
        self.listens.iter().any(|other| other.addr == twin)
    }
}

fn readable(fd: libc::c_int) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sockets of a receiver meet no ICMP errors; one that is connected does.
    #[test]
    fn an_error_of_one_socket_does_not_lose_the_others() {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let builder = Receiver::builder().listen(Listen::new(any)).listen(Listen::new(any));
        let mut receiver = builder.bind().unwrap();
        let [bad, good] = receiver.local_addrs()[..] else { panic!("two sockets") };
        let peer = UdpSocket::bind(any).unwrap();
        let closed = UdpSocket::bind(any).unwrap().local_addr().unwrap();
        receiver.sockets[0].socket.connect(closed).unwrap();
        receiver.sockets[0].socket.send(b"to nobody").unwrap();
        peer.send_to(b"good", good).unwrap();

        let patience = Some(Duration::from_secs(20));
        let error = receiver.recv_batch(patience).unwrap_err();
        assert_eq!((error.local, error.error.kind()), (bad, io::ErrorKind::ConnectionRefused));
        let batch = receiver.recv_batch(patience).unwrap();
        assert_eq!((batch.listen_index(), batch.iter().next().unwrap().data), (1, &b"good"[..]));

        receiver.sockets[0].socket.connect(peer.local_addr().unwrap()).unwrap();
        peer.send_to(b"after its rest", bad).unwrap();
        let batch = receiver.recv_batch(patience).unwrap();
        assert_eq!(batch.iter().next().unwrap().data, b"after its rest");
    }
}
