//! One datagram a call, with what std has: for every Unix.

use std::io;
use std::net::UdpSocket;

use crate::slots::Slots;

pub(super) fn send<P: AsRef<[u8]>>(socket: &UdpSocket, packets: &[P]) -> io::Result<usize> {
    for (sent, packet) in packets.iter().enumerate() {
        match socket.send(packet.as_ref()) {
            Ok(_) => {}
            Err(e) if sent == 0 => return Err(e),
            // Of a datagram that is the first of the next call, which will tell.
            Err(_) => return Ok(sent),
        }
    }
    Ok(packets.len())
}

pub(super) fn recv(socket: &UdpSocket, slots: &mut Slots) -> io::Result<usize> {
    for received in 0..slots.len() {
        match socket.recv_from(slots.buffer(received)) {
            Ok((len, from)) => slots.fill(received, len, from, None),
            Err(e) if received == 0 => return Err(e),
            // Most often there is just no more; what lasts is met again by the next call.
            Err(_) => return Ok(received),
        }
    }
    Ok(slots.len())
}
