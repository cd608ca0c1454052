//! Several datagrams at once: one system call where there is one for it, else a loop.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod arrival;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod segments;
mod single;

use std::io;
use std::net::UdpSocket;

use crate::slots::Slots;

/// How many datagrams one system call takes at most.
pub const BATCH_SIZE: usize = 64;

/// Which calls a socket uses. Starts with the best that the system may have, and steps down for
/// good when the kernel turns out to lack it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calls {
    /// As `Batched`, and what is of one length in one piece.
    Segmented,
    Batched,
    Single,
}

impl Calls {
    pub(crate) fn new(batched: bool) -> Self {
        if batched && cfg!(any(target_os = "linux", target_os = "android")) { Calls::Batched } else { Calls::Single }
    }

    /// The same for a socket to send on.
    pub(crate) fn of_sender(batched: bool, socket: &UdpSocket) -> Self {
        match Calls::new(batched) {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Calls::Batched if segments::is_known(socket) => Calls::Segmented,
            calls => calls,
        }
    }

    /// Sends the first of `packets` on a connected, non-blocking socket, as many as go without
    /// waiting and up to [`BATCH_SIZE`]. An error is that of the first one: none was sent.
    pub(crate) fn send<P: AsRef<[u8]>>(&mut self, socket: &UdpSocket, packets: &[P]) -> io::Result<usize> {
        let packets = &packets[..packets.len().min(BATCH_SIZE)];
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if *self == Calls::Segmented {
            let run = segments::run(packets);
            if run > 1 {
                match segments::send(socket, &packets[..run]) {
                    Err(e) if segments::is_refused(&e) => *self = Calls::Batched,
                    result => return result.map(|()| run),
                }
            }
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if *self != Calls::Single {
            match linux::send(socket, packets) {
                Err(e) if e.raw_os_error() == Some(libc::ENOSYS) => *self = Calls::Single,
                result => return result,
            }
        }
        single::send(socket, packets)
    }

    /// Fills the slots from a non-blocking socket with what there is, up to [`BATCH_SIZE`], and
    /// returns how many; 0 if there is nothing.
    pub(crate) fn recv(&mut self, socket: &UdpSocket, slots: &mut Slots) -> io::Result<usize> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if *self != Calls::Single {
            match linux::recv(socket, slots) {
                Err(e) if e.raw_os_error() == Some(libc::ENOSYS) => *self = Calls::Single,
                result => return nothing_as_zero(result),
            }
        }
        nothing_as_zero(single::recv(socket, slots))
    }
}

fn nothing_as_zero(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(0),
        result => result,
    }
}
