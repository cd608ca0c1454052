use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use collectd_net::{Item, Notification, Reader, Server, Writer};

use crate::PATIENCE;
use crate::list::List;
use crate::security::Security;

/// Sends the lists to a port of this machine, in their order.
///
/// # Panics
///
/// When they cannot be sent.
pub fn send(port: u16, security: &Security, lists: &[List]) {
    send_large(port, security, lists, 1452);
}

/// The same in packets of at most so many bytes.
///
/// # Panics
///
/// When they cannot be sent.
pub fn send_large(port: u16, security: &Security, lists: &[List], max_packet_size: usize) {
    let server = security.give(Server::new((Ipv4Addr::LOCALHOST, port)));
    let builder = Writer::builder().server(server).max_packet_size(max_packet_size);
    send_all(builder.build().expect("a writer"), lists);
}

/// Sends the lists to whom the writer knows.
///
/// # Panics
///
/// When they cannot be sent.
pub fn send_all(mut writer: Writer, lists: &[List]) {
    for list in lists {
        writer.send(&list.to_values()).unwrap_or_else(|error| panic!("{list:?}: {error}"));
    }
    writer.flush().expect("a receiver is there");
}

/// Sends a notification to a port of this machine.
///
/// # Panics
///
/// When it cannot be sent.
pub fn send_notification(port: u16, security: &Security, notification: &Notification) {
    let server = Server::new((Ipv4Addr::LOCALHOST, port));
    let mut writer = Writer::builder().server(security.give(server)).build().expect("a writer");
    writer.send(notification).expect("it can be sent");
}

/// A reader on a free port of this machine, which demands the level and complains of everything it cannot read.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn listen(security: &Security) -> (Reader, u16) {
    let reader = Reader::builder().listen((Ipv4Addr::LOCALHOST, 0)).report_malformed(true);
    let reader = security.demand(reader).build().expect("a port of this machine");
    let port = reader.local_addrs().first().map(SocketAddr::port).expect("one address");
    (reader, port)
}

/// Waits for so many items, all of the same sender and level.
///
/// # Panics
///
/// When they do not come in time, or anything is wrong with a packet.
#[must_use]
pub fn receive(reader: &mut Reader, count: usize, security: &Security) -> Vec<Item> {
    let deadline = Instant::now() + PATIENCE;
    let mut items = Vec::new();
    while items.len() < count {
        let left = deadline.saturating_duration_since(Instant::now());
        let next = reader.next_timeout(left).unwrap_or_else(|error| panic!("after {} items: {error}", items.len()));
        let item = next.unwrap_or_else(|| panic!("{} of {count} items came", items.len()));
        let user = item.user().map(String::from_utf8_lossy).unwrap_or_default();
        let flags = (item.is_signed(), item.is_encrypted());
        let wanted = match security.name().as_str() {
            "sign" => (true, false),
            "encrypt" => (false, true),
            _ => (false, false),
        };
        assert_eq!((user.as_ref(), flags), (security.user(), wanted), "{item}");
        items.push(item);
    }
    items
}

/// Checks that nothing comes any more.
///
/// # Panics
///
/// When there is something.
pub fn receive_no_more(reader: &mut Reader) {
    if let Some(item) = reader.next_timeout(Duration::from_millis(200)).expect("nothing is wrong") {
        panic!("one more: {item}");
    }
}
