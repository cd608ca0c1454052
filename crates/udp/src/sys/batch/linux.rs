//! `sendmmsg` and `recvmmsg`.

use std::array;
use std::io;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr;

use super::BATCH_SIZE;
use super::arrival::Control;
use crate::slots::Slots;
use crate::sys::length_of;

pub(super) fn send<P: AsRef<[u8]>>(socket: &UdpSocket, packets: &[P]) -> io::Result<usize> {
    let mut vectors: [libc::iovec; BATCH_SIZE] = array::from_fn(|i| {
        let bytes = packets.get(i).map_or(&[][..], AsRef::as_ref);
        libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() }
    });
    let mut headers = empty_headers();
    for (header, vector) in headers.iter_mut().zip(&mut vectors) {
        header.msg_hdr.msg_iov = vector;
        header.msg_hdr.msg_iovlen = 1;
    }
    let count = count(packets.len());
    // SAFETY: the first `count` headers each point to one iovec, which describes bytes borrowed
    // through `packets`; the kernel only reads these, whatever the type of iov_base says. All
    // other pointers are NULL with length 0.
    let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count, 0) };
    // Negative means an error; 0 cannot be, for a count above 0.
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

pub(super) fn recv(socket: &UdpSocket, slots: &mut Slots) -> io::Result<usize> {
    let mut names = [EMPTY_NAME; BATCH_SIZE];
    let mut controls = slots.wants_times().then_some([Control::EMPTY; BATCH_SIZE]);
    let mut buffers = slots.buffers();
    let mut vectors: [libc::iovec; BATCH_SIZE] = array::from_fn(|_| {
        let buffer = buffers.next().unwrap_or_default();
        libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() }
    });
    let mut headers = empty_headers();
    for ((header, vector), name) in headers.iter_mut().zip(&mut vectors).zip(&mut names) {
        header.msg_hdr.msg_iov = vector;
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_name = ptr::from_mut(name).cast();
        header.msg_hdr.msg_namelen = length_of::<libc::sockaddr_in6>();
    }
    for (header, control) in headers.iter_mut().zip(controls.iter_mut().flatten()) {
        header.msg_hdr.msg_control = ptr::from_mut(control).cast();
        header.msg_hdr.msg_controllen = length_of::<Control>() as _;
    }
    // SAFETY: each header points to one iovec over a buffer of its own inside `slots`, which is
    // exclusively borrowed, and to a name, and a control buffer or NULL, of its own with the length given.
    let received =
        unsafe { libc::recvmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count(BATCH_SIZE), 0, ptr::null_mut()) };
    drop(buffers);
    let received = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
    for (i, (header, name)) in headers.iter().zip(&names).take(received).enumerate() {
        let arrived = controls.as_ref().and_then(|controls| controls[i].time());
        slots.fill(i, header.msg_len as usize, address(name), arrived);
    }
    Ok(received)
}

fn empty_headers() -> [libc::mmsghdr; BATCH_SIZE] {
    // SAFETY: mmsghdr is a C struct of integers and pointers: all zeros are a value of it.
    unsafe { mem::zeroed() }
}

/// A number of headers, as the calls take it.
#[expect(clippy::cast_possible_truncation, reason = "at most BATCH_SIZE")]
fn count(headers: usize) -> libc::c_uint {
    headers.min(BATCH_SIZE) as libc::c_uint
}

const EMPTY_NAME: libc::sockaddr_in6 = libc::sockaddr_in6 {
    sin6_family: 0,
    sin6_port: 0,
    sin6_flowinfo: 0,
    sin6_addr: libc::in6_addr { s6_addr: [0; 16] },
    sin6_scope_id: 0,
};

/// A UDP socket's peer is a `sockaddr_in` or the longer `sockaddr_in6`. On Linux they begin with the
/// same family and port, and what is the flow label in the one is the address in the other.
fn address(name: &libc::sockaddr_in6) -> SocketAddr {
    let port = u16::from_be(name.sin6_port);
    if libc::c_int::from(name.sin6_family) == libc::AF_INET6 {
        let ip = Ipv6Addr::from(name.sin6_addr.s6_addr);
        SocketAddrV6::new(ip, port, 0, name.sin6_scope_id).into()
    } else {
        SocketAddrV4::new(Ipv4Addr::from(u32::from_be(name.sin6_flowinfo)), port).into()
    }
}

const _: () = {
    use mem::{offset_of, size_of};
    assert!(offset_of!(libc::sockaddr_in, sin_family) == offset_of!(libc::sockaddr_in6, sin6_family));
    assert!(offset_of!(libc::sockaddr_in, sin_port) == offset_of!(libc::sockaddr_in6, sin6_port));
    assert!(offset_of!(libc::sockaddr_in, sin_addr) == offset_of!(libc::sockaddr_in6, sin6_flowinfo));
    assert!(size_of::<libc::sockaddr_in>() <= size_of::<libc::sockaddr_in6>());
};
