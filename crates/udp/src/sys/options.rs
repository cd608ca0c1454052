//! Socket options.

use std::io;

use socket2::Socket;

use crate::interface::Interface;

/// Restricts a socket to one interface, for unicast addresses.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
pub(crate) fn bind_device(socket: &Socket, interface: &Interface) -> io::Result<()> {
    socket.bind_device(Some(interface.name().as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "fuchsia")))]
pub(crate) fn bind_device(_: &Socket, _: &Interface) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::{drops, force_recv_buffer_size, note_arrivals, set_multicast_if_v4};

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use other::{drops, force_recv_buffer_size, note_arrivals, set_multicast_if_v4};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::io;
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd;

    use socket2::{SockRef, Socket};

    use crate::interface::Interface;
    use crate::sys::length_of;

    /// The interface through which datagrams to an IPv4 group leave.
    pub(crate) fn set_multicast_if_v4(socket: &Socket, interface: &Interface) -> io::Result<()> {
        let request = libc::ip_mreqn {
            imr_multiaddr: libc::in_addr { s_addr: 0 },
            imr_address: libc::in_addr { s_addr: 0 },
            // Indices are small positive numbers; the kernel's own type for them is int.
            imr_ifindex: i32::try_from(interface.index()).map_err(io::Error::other)?,
        };
        set(socket, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &request)
    }

    /// Sets the receive buffer's size beyond the system's limit, which needs `CAP_NET_ADMIN`.
    pub(crate) fn force_recv_buffer_size(socket: &Socket, bytes: usize) -> io::Result<()> {
        let bytes = libc::c_int::try_from(bytes).map_err(io::Error::other)?;
        set(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &bytes)
    }

    /// Lets each datagram come with the time of its arrival.
    pub(crate) fn note_arrivals(socket: &UdpSocket) -> io::Result<()> {
        let on: libc::c_int = 1;
        set(&SockRef::from(socket), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &on)
    }

    /// How many datagrams the kernel dropped on this socket, modulo 2³², most for lack of room.
    ///
    /// `SO_RXQ_OVFL` tells the number as it was when a datagram was queued, so never of the
    /// drops after the last one, and costs a control message each. `SO_MEMINFO` (Linux 4.12)
    /// tells the number as it is now.
    pub(crate) fn drops(socket: &impl AsRawFd) -> Option<u32> {
        const DROPS: usize = libc::SK_MEMINFO_DROPS as usize;
        let mut info = [0_u32; DROPS + 1];
        let mut len = length_of::<[u32; DROPS + 1]>();
        // SAFETY: the pointer and the length describe one array of plain integers; the kernel
        // writes at most that many bytes, and the length it had to write.
        let status = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_MEMINFO,
                (&raw mut info).cast(),
                &raw mut len,
            )
        };
        (status == 0 && len >= length_of::<[u32; DROPS + 1]>()).then_some(info[DROPS])
    }

    /// `T` must be the plain C type that the option takes.
    fn set<T: Copy>(socket: &Socket, level: libc::c_int, option: libc::c_int, value: &T) -> io::Result<()> {
        let pointer = std::ptr::from_ref(value).cast();
        let len = length_of::<T>();
        // SAFETY: the pointer and the length describe one live value, which the kernel only reads;
        // a value of the wrong size it refuses.
        match unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, pointer, len) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other {
    use std::io;
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd;

    use socket2::Socket;

    use crate::interface::Interface;

    pub(crate) fn set_multicast_if_v4(_: &Socket, _: &Interface) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn force_recv_buffer_size(_: &Socket, _: usize) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn note_arrivals(_: &UdpSocket) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn drops(_: &impl AsRawFd) -> Option<u32> {
        None
    }
}
