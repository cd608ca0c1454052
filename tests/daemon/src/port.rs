//! Ports of this machine: one that stays free until a daemon takes it, and what waits at one.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{self, Ipv4Addr, TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::wait::wait_until;

/// A UDP port of 127.0.0.1 that nobody has, and that nobody gets either until somebody asks for it by its number: the
/// system gives it to no socket that wants any port, and no other test of this machine is given it while this one runs.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn free_udp_port() -> u16 {
    free_port(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).and_then(|socket| socket.local_addr()))
}

/// The same of TCP.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn free_tcp_port() -> u16 {
    free_port(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|socket| socket.local_addr()))
}

fn free_port(bind: impl Fn(u16) -> io::Result<net::SocketAddr>) -> u16 {
    static CLAIMS: Mutex<Vec<UnixDatagram>> = Mutex::new(Vec::new());
    wait_until("a free port", Duration::from_secs(10), || {
        let port = bind(any_of(&quiet_ports())).ok()?.port();
        let claim = claim(port)?;
        CLAIMS.lock().unwrap_or_else(PoisonError::into_inner).push(claim);
        Some(port)
    })
}

/// How many bytes wait at each UDP socket that is bound to this port, whatever its address.
///
/// # Panics
///
/// When the system does not say.
#[must_use]
pub fn udp_queues(port: u16) -> Vec<u64> {
    let port = format!("{port:04X}");
    let of_line = |line: &str| {
        // Number, address and port, those of the other end, state, bytes to be sent and bytes received.
        let mut words = line.split_whitespace().skip(1);
        words.next().and_then(|local| local.rsplit_once(':')).filter(|(_, of_socket)| *of_socket == port)?;
        u64::from_str_radix(words.nth(2)?.split_once(':')?.1, 16).ok()
    };
    let read = |file| fs::read_to_string(file).expect("Linux has it");
    let queues = || (read("/proc/net/udp") + &read("/proc/net/udp6")).lines().filter_map(of_line).collect::<Vec<_>>();
    // Of a long list the kernel passes over one when another ends meanwhile: as many as any of some looks has.
    (0..5).map(|_| queues()).max_by_key(Vec::len).unwrap_or_default()
}

/// Those that the system gives to nobody who does not ask for them.
fn quiet_ports() -> RangeInclusive<u16> {
    const ENOUGH: u16 = 1000;
    let given = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut ends = given.split_whitespace().filter_map(|end| end.parse().ok());
    let (first, last): (u16, u16) = (ends.next().unwrap_or(32_768), ends.next().unwrap_or(60_999));
    if first > 10_000 + ENOUGH {
        10_000..=first - 1
    } else if last < u16::MAX - ENOUGH {
        last + 1..=u16::MAX
    } else {
        // All of them, so the system may as well choose.
        0..=0
    }
}

fn any_of(ports: &RangeInclusive<u16>) -> u16 {
    let random = RandomState::new().build_hasher().finish();
    let count = u64::from(ports.end() - ports.start()) + 1;
    ports.start() + u16::try_from(random % count).expect("less than there are")
}

/// Nobody else has it as long as this is there: such names are, as ports are, those of one network.
fn claim(port: u16) -> Option<UnixDatagram> {
    let name = SocketAddr::from_abstract_name(format!("collectd-test-port-{port}")).ok()?;
    UnixDatagram::bind_addr(&name).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_port_is_given_twice_nor_by_the_system() {
        let ports: BTreeSet<_> = (0..100).map(|_| free_udp_port()).collect();
        assert_eq!(ports.len(), 100);
        let quiet = quiet_ports();
        assert!(ports.iter().all(|port| quiet.contains(port) || quiet == (0..=0)), "{ports:?}");
        for port in ports {
            assert!(claim(port).is_none(), "{port} is still there for others");
            UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).expect("nobody has it");
        }
    }

    #[test]
    fn what_waits_at_a_socket_is_told() {
        let port = free_udp_port();
        assert!(udp_queues(port).is_empty());
        let sockets = ["127.0.0.1", "127.0.0.2"].map(|host| UdpSocket::bind((host, port)).expect("nobody has it"));
        assert_eq!(udp_queues(port), [0, 0]);
        let sender = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        sender.send_to(b"text", ("127.0.0.2", port)).expect("loopback takes it");
        let mut queues = udp_queues(port);
        queues.sort_unstable();
        assert!(queues[0] == 0 && queues[1] > 0, "{queues:?}");
        assert_eq!(sockets[1].recv(&mut [0; 9]).expect("it is there"), 4);
        assert_eq!(udp_queues(port), [0, 0]);
    }
}
