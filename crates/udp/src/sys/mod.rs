//! The system calls that std and socket2 do not offer. All of the crate's `unsafe` is in here.

mod batch;
mod lookup;
mod options;

use std::ffi::CStr;
use std::io;
use std::net::Ipv6Addr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

pub use batch::BATCH_SIZE;
pub(crate) use batch::Calls;
pub(crate) use lookup::{LookupError, lookup};
pub(crate) use options::{bind_device, drops, force_recv_buffer_size, note_arrivals, set_multicast_if_v4};

/// Waits until one of `fds` has an event or the deadline passes; without a deadline, for ever.
/// False if nothing happened. A deadline in the past makes it a look without waiting.
pub(crate) fn poll(fds: &mut [libc::pollfd], deadline: Option<Instant>) -> io::Result<bool> {
    loop {
        let timeout = deadline.map_or(-1, |deadline| millis(deadline.saturating_duration_since(Instant::now())));
        // At most the open sockets of one receiver, far from the type's limit on any system.
        let count = libc::nfds_t::try_from(fds.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: the pointer and the count describe one live, exclusively borrowed slice.
        let ready = unsafe { libc::poll(fds.as_mut_ptr(), count, timeout) };
        match ready {
            0 if timeout == libc::c_int::MAX => {}
            0 => return Ok(false),
            1.. => return Ok(true),
            _ => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}

/// The index of the interface with this name.
pub(crate) fn interface_index(name: &CStr) -> io::Result<NonZeroU32> {
    // SAFETY: the argument is a NUL-terminated string that lives through the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    NonZeroU32::new(index).ok_or_else(io::Error::last_os_error)
}

/// Whether a socket of this machine has joined the group, on whatever interface; nothing if the system does not tell.
pub(crate) fn is_joined(group: Ipv6Addr) -> Option<bool> {
    // Of the network that the thread lives in.
    let joined = std::fs::read_to_string("/proc/thread-self/net/igmp6").ok()?;
    let address: String = group.octets().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(joined.split_whitespace().any(|word| word == address))
}

/// The size of a C type, as system calls take it.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(clippy::cast_possible_truncation, reason = "no type of the system's is that large")]
const fn length_of<T>() -> libc::socklen_t {
    std::mem::size_of::<T>() as libc::socklen_t
}

/// Rounded up, so that a wait never ends just before its deadline and spins.
fn millis(duration: Duration) -> libc::c_int {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    libc::c_int::try_from(millis).unwrap_or(libc::c_int::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millis_round_up_and_saturate() {
        assert_eq!(millis(Duration::ZERO), 0);
        assert_eq!(millis(Duration::from_nanos(1)), 1);
        assert_eq!(millis(Duration::from_micros(1001)), 2);
        assert_eq!(millis(Duration::MAX), libc::c_int::MAX);
    }

    #[test]
    fn poll_keeps_its_deadline() {
        let start = Instant::now();
        let deadline = start + Duration::from_millis(20);
        assert!(!poll(&mut [], Some(deadline)).unwrap());
        assert!(start.elapsed() >= Duration::from_millis(20));
        assert!(!poll(&mut [], Some(start)).unwrap());
    }
}
