//! What the tests share.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use collectd_net::{Item, Meta, Notification, ReadError, Reader, ReaderBuilder, Severity, Time, Values};

/// No wait of a test that works takes nearly as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Long enough that nothing is sent on account of its age while a test runs.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

pub(crate) const ANY_V4: &str = "127.0.0.1:0";
pub(crate) const ANY_V6: &str = "[::1]:0";

/// A reader, and the address of its only socket.
pub(crate) fn open(builder: ReaderBuilder) -> (Reader, SocketAddr) {
    let reader = builder.build().expect("the loopback addresses are there");
    let [addr] = reader.local_addrs()[..] else { panic!("one socket") };
    (reader, addr)
}

pub(crate) fn listen() -> (Reader, SocketAddr) {
    open(Reader::builder().listen(ANY_V4))
}

/// The next item, which is there or comes soon.
pub(crate) fn next(reader: &mut Reader) -> Item {
    reader.next_timeout(PATIENCE).expect("the sockets work").expect("something comes")
}

/// The next items, and a look whether there are more.
pub(crate) fn collect(reader: &mut Reader, count: usize) -> Vec<Item> {
    let mut items: Vec<_> = (0..count).map(|_| next(reader)).collect();
    items.extend(reader.try_next().expect("the sockets work"));
    items
}

pub(crate) fn lines(items: &[Item]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// Waits until it holds.
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} took too long");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn values(host: &str, plugin: &str) -> Values {
    Values::new("gauge").host(host).plugin(plugin).time(Time::from_secs(1_700_000_000)).gauge(1.5)
}

pub(crate) fn notification(host: &str) -> Notification {
    Notification {
        time: Time::from_secs(7),
        severity: Severity::Warning,
        identifier: values(host, "swap").identifier().clone(),
        message: b"it swaps".to_vec(),
        meta: Meta::new(),
    }
}

/// A socket that sends raw bytes.
pub(crate) fn raw() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").expect("a socket")
}

pub(crate) fn is_malformed(result: &Result<Item, ReadError>) -> bool {
    matches!(result, Err(ReadError::Malformed(_)))
}
