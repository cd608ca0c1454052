//! Packets made by hand, and their sender.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use collectd_test_daemon::{free_udp_port, udp_queues};

const HOST: u16 = 0;
const PLUGIN: u16 = 2;
const TYPE: u16 = 4;
const TYPE_INSTANCE: u16 = 5;
const TIME: u16 = 1;

/// 2025-06-06.
const START: u64 = 1_749_238_000;

/// A part of this type, as long as it is.
pub(crate) fn part(code: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 4).expect("it fits");
    [&code.to_be_bytes()[..], &length.to_be_bytes(), payload].concat()
}

pub(crate) fn text(code: u16, text: &str) -> Vec<u8> {
    part(code, &[text.as_bytes(), &[0]].concat())
}

pub(crate) fn host(name: &str) -> Vec<u8> {
    text(HOST, name)
}

pub(crate) fn type_instance(name: &str) -> Vec<u8> {
    text(TYPE_INSTANCE, name)
}

/// A time so many seconds after the others, with something behind the number.
pub(crate) fn time(seconds: u64, more: &[u8]) -> Vec<u8> {
    part(TIME, &[&(START + seconds).to_be_bytes()[..], more].concat())
}

/// One value of the kind with this code.
pub(crate) fn value(kind: u8, bits: u64) -> Vec<u8> {
    part(6, &[&[0, 1, kind][..], &bits.to_be_bytes()].concat())
}

/// All that a gauge needs but its value: host, plugin and type.
pub(crate) fn head(host: &str) -> Vec<u8> {
    [self::host(host), text(PLUGIN, "p"), text(TYPE, "gauge"), time(0, &[])].concat()
}

/// What [`head`] begins with another type.
pub(crate) fn head_of_type(host: &str, type_: &str) -> Vec<u8> {
    [head(host), text(TYPE, type_)].concat()
}

/// A value list of its own: a gauge of this host, with this instance.
pub(crate) fn gauge(host: &str, instance: &str) -> Vec<u8> {
    [head(host), type_instance(instance), value(1, 1.0f64.to_bits().swap_bytes())].concat()
}

/// Sends to a port of this machine.
pub(crate) struct Peer {
    socket: UdpSocket,
}

impl Peer {
    /// A sender, and the port to listen on.
    pub(crate) fn new() -> (Peer, u16) {
        let port = free_udp_port();
        (Peer::to((Ipv4Addr::LOCALHOST, port).into()), port)
    }

    pub(crate) fn to(address: SocketAddr) -> Peer {
        let any = if address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        let socket = UdpSocket::bind(any).expect("a port of this machine");
        socket.connect(address).expect("an address of this machine");
        Peer { socket }
    }

    /// Sends one packet. That nobody listened to an earlier one is no matter.
    pub(crate) fn send(&self, packet: &[u8]) {
        while self.socket.send(packet).is_err() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until all that was sent is taken off the listener's sockets, of whom the system keeps but little.
    pub(crate) fn wait_until_taken(&self) {
        let port = self.socket.peer_addr().expect("it is connected").port();
        let start = Instant::now();
        while udp_queues(port).iter().any(|&bytes| bytes > 0) {
            assert!(start.elapsed() < super::PATIENCE, "nobody receives what was sent to {port}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Has the C plugin give out what it received and keeps until more comes.
    pub(crate) fn nudge(&self) {
        self.send(&[]);
    }
}
