//! `UDP_SEGMENT`: one long send that the kernel cuts into datagrams of one length.

use std::array;
use std::io;
use std::mem;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::ptr;

use super::BATCH_SIZE;
use crate::sys::length_of;

/// The most bytes that the kernel takes, less the headers of IPv6 and UDP with some room.
const MOST_BYTES: usize = 65_000;

/// Whether the kernel knows it. One that does not would pass over the request, and send it all as one datagram.
pub(super) fn is_known(socket: &UdpSocket) -> bool {
    let mut value: libc::c_int = 0;
    let mut len = length_of::<libc::c_int>();
    let (level, option) = (libc::SOL_UDP, libc::UDP_SEGMENT);
    // SAFETY: the pointers are to a variable of the given length, and to that length.
    let status = unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, option, ptr::from_mut(&mut value).cast(), ptr::from_mut(&mut len))
    };
    status == 0
}

/// How many of the first packets go as one send: all of one length, but for the last, which may be shorter.
pub(super) fn run<P: AsRef<[u8]>>(packets: &[P]) -> usize {
    let Some(size) = packets.first().map(|packet| packet.as_ref().len()).filter(|&size| size > 0) else { return 0 };
    let most = BATCH_SIZE.min(MOST_BYTES / size).min(packets.len());
    let same = packets[..most].iter().take_while(|packet| packet.as_ref().len() == size).count();
    let has_last = packets[..most].get(same).is_some_and(|last| (1..size).contains(&last.as_ref().len()));
    same + usize::from(has_last)
}

/// Sends packets that are a [`run`].
pub(super) fn send<P: AsRef<[u8]>>(socket: &UdpSocket, packets: &[P]) -> io::Result<()> {
    let size = packets.first().map_or(0, |packet| packet.as_ref().len());
    let mut vectors: [libc::iovec; BATCH_SIZE] = array::from_fn(|i| {
        let bytes = packets.get(i).map_or(&[][..], AsRef::as_ref);
        libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() }
    });
    let mut control = Control::new(u16::try_from(size).map_err(|_| io::ErrorKind::InvalidInput)?);
    // SAFETY: msghdr is a C struct of integers and pointers: all zeros are a value of it.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = vectors.as_mut_ptr();
    header.msg_iovlen = packets.len().min(BATCH_SIZE) as _;
    header.msg_control = ptr::from_mut(&mut control).cast();
    header.msg_controllen = mem::size_of::<Control>() as _;
    // SAFETY: the header points to that many iovecs, which describe bytes borrowed through `packets` that the kernel
    // only reads, and to one control message of the given length.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, 0) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A control message with the length of the datagrams, laid out and padded as `CMSG_SPACE` wants it. The padding is
/// named, so that the kernel gets no byte that nobody wrote.
#[repr(C, align(8))]
struct Control {
    header: libc::cmsghdr,
    size: u16,
    rest: [u16; REST],
}

/// Up to 24 bytes, after the size.
const REST: usize = (24 - mem::size_of::<libc::cmsghdr>()) / 2 - 1;

impl Control {
    fn new(size: u16) -> Self {
        let header = libc::cmsghdr {
            cmsg_len: (mem::size_of::<libc::cmsghdr>() + mem::size_of::<u16>()) as _,
            cmsg_level: libc::SOL_UDP,
            cmsg_type: libc::UDP_SEGMENT,
        };
        Control { header, size, rest: [0; REST] }
    }
}

const _: () = {
    assert!(mem::offset_of!(Control, size) == mem::size_of::<libc::cmsghdr>());
    assert!(mem::size_of::<Control>() == 24);
    assert!(mem::size_of::<libc::cmsghdr>().is_multiple_of(mem::align_of::<usize>()));
};

/// Whether an error says that this socket, or what it sends through, does not do it.
pub(super) fn is_refused(error: &io::Error) -> bool {
    // EMSGSIZE: longer than the interface takes in one piece, which a plain send is cut up for.
    let refusals = [libc::EINVAL, libc::EIO, libc::EMSGSIZE, libc::EOPNOTSUPP, libc::ENOPROTOOPT, libc::ENOSYS];
    error.raw_os_error().is_some_and(|code| refusals.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(lengths: &[usize]) -> usize {
        let packets: Vec<Vec<u8>> = lengths.iter().map(|&length| vec![0; length]).collect();
        run(&packets)
    }

    #[test]
    fn runs_are_of_one_length_with_a_shorter_end() {
        for (packets, expected) in [
            (&[][..], 0),
            (&[0, 0], 0),
            (&[10], 1),
            (&[10, 10, 10], 3),
            (&[10, 10, 5, 10], 3),
            (&[10, 10, 0], 2),
            (&[10, 20], 1),
            (&[10, 5, 5], 2),
        ] {
            assert_eq!(lengths(packets), expected, "{packets:?}");
        }
        assert_eq!(lengths(&[1452; 64]), 44);
        assert_eq!(lengths(&[10; 100]), BATCH_SIZE);
        assert_eq!(lengths(&[65_507; 2]), 0);
    }

    #[test]
    fn they_arrive_as_they_are() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(receiver.local_addr().unwrap()).unwrap();
        assert!(is_known(&sender), "a kernel of these years");
        let packets: Vec<Vec<u8>> = (1..=9_u8).map(|byte| vec![byte; if byte == 9 { 7 } else { 1000 }]).collect();
        assert_eq!(run(&packets), 9);
        send(&sender, &packets).unwrap();
        let mut buffer = [0; 2000];
        for packet in &packets {
            let len = receiver.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..len], packet);
        }
    }
}
