//! What the tests share.

#![allow(dead_code, reason = "each test program uses its part")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use collectd_udp::{Listen, Receiver, SendOptions};

/// Any free port of the loopback address.
pub(crate) const ANY_V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
pub(crate) const ANY_V6: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0);

/// With one call per batch, and with one per datagram.
pub(crate) const BOTH_WAYS: [bool; 2] = [true, false];

/// No wait of a test that works takes nearly as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Listens with a buffer as small as a user gets who may not ask for more, on any system.
pub(crate) fn listen(addr: SocketAddr, batched: bool) -> Receiver {
    let builder = Receiver::builder().listen(Listen::new(addr)).buffer_size(200_000);
    builder.batched(batched).bind().expect("the loopback addresses of both families are there")
}

pub(crate) fn options(batched: bool) -> SendOptions {
    SendOptions { batched, ..SendOptions::default() }
}

/// The next `count` datagrams, and a look whether there are more.
pub(crate) fn collect(receiver: &mut Receiver, count: usize) -> Vec<Vec<u8>> {
    let mut received = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while received.len() < count && Instant::now() < deadline {
        let batch = receiver.recv_batch(Some(PATIENCE)).unwrap();
        received.extend(batch.iter().map(|datagram| datagram.data.to_vec()));
    }
    let more = receiver.recv_batch(Some(Duration::ZERO)).unwrap();
    received.extend(more.iter().map(|datagram| datagram.data.to_vec()));
    received
}

/// One batch, and through which address it came.
pub(crate) fn take(receiver: &mut Receiver) -> (usize, Vec<Vec<u8>>) {
    let batch = receiver.recv_batch(Some(PATIENCE)).unwrap();
    (batch.listen_index(), batch.iter().map(|datagram| datagram.data.to_vec()).collect())
}
