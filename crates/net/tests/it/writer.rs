//! What a writer sends, when, and to whom.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use collectd_net::{
    EncodeError, Item, ItemReason, Notification, OpenWriterError, Reader, Server, ServerReason, Time, Values,
    WriteError, Writer,
};

use crate::common::{ANY_V4, ANY_V6, LONG, PATIENCE, collect, lines, listen, next, notification, open, raw, values};

/// Some of everything that can be sent.
#[test]
fn owned_and_borrowed_items_can_be_sent_and_forwarded() {
    let (mut reader, addr) = listen();
    let mut writer = Writer::new(addr).unwrap();
    let (list, note) = (values("h", "p"), notification("h"));
    writer.send(&list).unwrap();
    writer.send(list.view()).unwrap();
    writer.send(&note).unwrap();
    writer.send(note.view()).unwrap();
    let items = collect(&mut reader, 4);
    let mut forwarder = Writer::new(addr).unwrap();
    for item in &items {
        forwarder.send(item).unwrap();
        forwarder.send(item.view()).unwrap();
    }
    let again = lines(&collect(&mut reader, 8));
    assert_eq!(again.iter().step_by(2).cloned().collect::<Vec<_>>(), lines(&items));
    assert!(items[0].to_string().contains("[(1, 1.5)]") && items[3].to_string().contains("WARNING: it swaps"));
    assert_eq!((writer.statistics().value_lists, writer.statistics().notifications), (2, 2));
}

#[test]
fn what_is_not_set_gets_the_defaults_of_collectd() {
    let (mut reader, addr) = listen();
    let before = Time::now();
    Writer::new(addr).unwrap().send(&Values::new("load").plugin("load").gauge(1.0)).unwrap();
    let item = next(&mut reader);
    assert!(item.time() >= before && item.time() <= Time::now());
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(item.host(), own.trim_end());

    let mut writer = Writer::builder().server(addr).host("me").build().unwrap();
    writer.send(&Values::new("load").plugin("load").gauge(1.0)).unwrap();
    writer.send(&Values::new("load").plugin("load").host("other").gauge(1.0)).unwrap();
    let mut note = notification("");
    note.time = Time::UNSET;
    writer.send(&note).unwrap();
    let items = collect(&mut reader, 3);
    assert_eq!(items.iter().map(Item::host).collect::<Vec<_>>(), ["me", "other", "me"]);
    assert!(items.iter().all(|item| item.time() >= before));
}

/// How many datagrams are there, with the size of each.
fn sizes(receiver: &UdpSocket) -> Vec<usize> {
    receiver.set_nonblocking(true).unwrap();
    let mut bytes = [0; 65_535];
    std::iter::from_fn(|| receiver.recv(&mut bytes).ok()).collect()
}

fn receiver() -> (UdpSocket, SocketAddr) {
    let receiver = raw();
    let addr = receiver.local_addr().unwrap();
    (receiver, addr)
}

/// Loopback delivers before the call that sends returns, so what is not there now was not sent.
#[test]
fn values_wait_for_the_linger_time_of_the_oldest() {
    let (receiver, addr) = receiver();
    let linger = Duration::from_millis(100);
    let mut writer = Writer::builder().server(addr).linger(linger).build().unwrap();
    assert_eq!(writer.due(), None);
    let start = Instant::now();
    let mut sent = 0;
    // A trickle does not keep the oldest waiting.
    while sizes(&receiver).is_empty() {
        let due = writer.due();
        assert!(sent == 0 || due.is_some_and(|due| due <= linger));
        writer.send(&values("h", "p")).unwrap();
        sent += 1;
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(start.elapsed() >= linger && sent > 1, "{sent}");
    assert_eq!(writer.due(), None);
    assert_eq!(writer.statistics().servers[0].packets, 1);

    let mut writer = Writer::builder().server(addr).linger(Duration::ZERO).build().unwrap();
    for _ in 0..3 {
        writer.send(&values("h", "p")).unwrap();
        assert_eq!(sizes(&receiver).len(), 1);
    }
}

#[test]
fn values_are_batched_until_flushed_or_dropped() {
    let (receiver, addr) = receiver();
    let build = || Writer::builder().server(addr).linger(LONG).build().unwrap();
    let mut writer = build();
    for index in 0..50 {
        writer.send(&values("h", &format!("p{index}"))).unwrap();
    }
    assert!(sizes(&receiver).is_empty());
    assert!(writer.due().is_some_and(|due| due <= LONG));
    writer.flush().unwrap();
    let count = sizes(&receiver).len();
    assert!((1..50).contains(&count), "{count}");
    assert_eq!(writer.due(), None);
    writer.flush().unwrap();
    assert!(sizes(&receiver).is_empty(), "nothing is not sent");

    // 64 packets are sent without waiting.
    let mut sent = 0;
    while sizes(&receiver).is_empty() {
        writer.send(&values(&"h".repeat(127), &sent.to_string())).unwrap();
        sent += 1;
        assert!(sent < 10_000);
    }
    assert!(writer.due().is_some(), "the last one waits");
    let statistics = writer.statistics();
    assert_eq!((statistics.servers[0].packets, statistics.value_lists), (count as u64 + 64, 50 + sent));
    drop(writer);
    assert_eq!(sizes(&receiver).len(), 1);

    let mut writer = build();
    writer.send(&values("h", "p")).unwrap();
    writer.send(&notification("h")).unwrap();
    assert_eq!(sizes(&receiver).len(), 2, "a notification is sent at once, behind the values");
}

/// With each level, whose overhead is another.
#[test]
fn packets_are_never_larger_than_the_limit_and_well_filled() {
    let long_user = "u".repeat(100);
    for limit in [200, 512, 1024, 1452, 9000, 65_000] {
        for level in 0..3 {
            let (receiver, addr) = receiver();
            let server = match level {
                0 => Server::new(addr),
                1 => Server::new(addr).sign("alice", "secret"),
                _ => Server::new(addr).encrypt(if limit > 200 { long_user.as_str() } else { "u" }, "secret"),
            };
            let mut writer = Writer::builder().server(server).max_packet_size(limit).linger(LONG).build().unwrap();
            let mut sizes_seen = Vec::new();
            for index in 0..4000 {
                writer.send(&values("h", &format!("p{index}"))).unwrap();
                sizes_seen.extend(sizes(&receiver));
            }
            writer.flush().unwrap();
            sizes_seen.extend(sizes(&receiver));
            let (last, full) = sizes_seen.split_last().expect("packets");
            let longest_list = 60;
            assert!(*last <= limit && full.iter().all(|&size| size <= limit && size + longest_list > limit));
            let statistics = &writer.statistics().servers[0];
            assert_eq!(statistics.bytes, sizes_seen.iter().sum::<usize>() as u64);
            assert_eq!((statistics.packets, statistics.lost), (sizes_seen.len() as u64, 0));
        }
    }
}

/// All get the same, so the one with the longest header says how much that can be.
#[test]
fn packets_fit_for_each_of_several_servers() {
    let receivers = [receiver(), receiver(), receiver()];
    let [plain, encrypted, signed] = receivers.each_ref().map(|(_, addr)| Server::new(*addr));
    let builder =
        Writer::builder().server(plain).server(encrypted.encrypt("alice", "pw")).server(signed.sign("bob", "pw"));
    let mut writer = builder.max_packet_size(512).linger(LONG).build().unwrap();
    for index in 0..100 {
        writer.send(&values("h", &format!("p{index}"))).unwrap();
    }
    writer.flush().unwrap();
    let [plain, encrypted, signed] = receivers.each_ref().map(|(receiver, _)| sizes(receiver));
    assert!(encrypted.iter().all(|&size| size <= 512) && encrypted.iter().any(|&size| size > 512 - 60));
    assert_eq!(encrypted, plain.iter().map(|size| size + 42 + 5).collect::<Vec<_>>());
    assert_eq!(signed, plain.iter().map(|size| size + 36 + 3).collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_sent_is_an_error_that_names_it_and_leaves_no_trace() {
    let (mut reader, addr) = listen();
    let mut writer = Writer::builder().server(addr).max_packet_size(150).build().unwrap();
    writer.send(&values("h", "first")).unwrap();
    let too_large = values("h", "large").gauges([0.0; 20]);
    let too_long = Notification { message: vec![b'x'; 256], ..notification("h") };
    let no_plugin = Values::new("gauge").host("h").gauge(1.0);
    let bad_name = Values::new("gauge").host("a\0b").plugin("p").gauge(1.0);
    let reasons = [
        writer.send(&too_large),
        writer.send(&too_long),
        writer.send(&no_plugin),
        writer.send(&bad_name),
        writer.send(&Values::new("gauge").host("h").plugin("p")),
    ]
    .map(|result| match result {
        Err(WriteError::Item(error)) => error,
        other => panic!("{other:?}"),
    });
    assert!(matches!(reasons[0].reason, ItemReason::Encode(EncodeError::TooLarge(_))), "{:?}", reasons[0]);
    assert!(reasons[0].to_string().starts_with("h/large/gauge cannot be sent: "), "{}", reasons[0]);
    assert!(matches!(reasons[1].reason, ItemReason::Encode(EncodeError::MessageTooLong(256))));
    assert!(matches!(reasons[2].reason, ItemReason::Encode(EncodeError::Missing(_))));
    assert!(matches!(reasons[3].reason, ItemReason::Field(_)));
    assert!(reasons[3].to_string().contains("host cannot be used: it has a NUL byte at position 1"), "{}", reasons[3]);
    assert!(matches!(reasons[4].reason, ItemReason::Encode(EncodeError::NoValues)));
    writer.send(&values("h", "last")).unwrap();
    writer.flush().unwrap();
    let items = collect(&mut reader, 2);
    assert_eq!(items.iter().map(Item::plugin).collect::<Vec<_>>(), ["first", "last"]);
    assert_eq!((writer.statistics().rejected, writer.statistics().value_lists), (5, 2));
}

/// A port of the loopback address that nobody listens on.
fn closed() -> SocketAddr {
    raw().local_addr().unwrap()
}

#[test]
fn one_dead_server_of_several_does_not_keep_the_others_from_theirs() {
    let (mut v4, v4_addr) = listen();
    let (mut v6, v6_addr) = open(Reader::builder().listen(ANY_V6));
    let dead = closed();
    let builder = Writer::builder().server(v4_addr).server(dead).server(Server::new(v6_addr).sign("u", "pw"));
    let mut writer = builder.linger(Duration::ZERO).build().unwrap();
    // The first packet must have been refused before that can be told.
    writer.send(&values("h", "p0")).unwrap();
    let error = writer.send(&values("h", "p1")).unwrap_err();
    let WriteError::Servers(errors) = &error else { panic!("{error:?}") };
    let [only] = errors.iter().collect::<Vec<_>>()[..] else { panic!("{error:?}") };
    assert!(matches!(only.reason, ServerReason::Refused(addr) if addr == dead), "{only:?}");
    assert_eq!((only.index, only.lost, only.server.clone()), (1, 0, dead.to_string()));
    assert_eq!(error.to_string(), format!("{dead}: nobody listens on {dead}"));
    for reader in [&mut v4, &mut v6] {
        assert_eq!(collect(reader, 2).len(), 2);
    }
    let statistics = writer.statistics();
    assert_eq!(statistics.servers.iter().map(|server| server.packets).collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!(statistics.servers.iter().map(|server| server.refused).collect::<Vec<_>>(), [0, 1, 0]);

    // When somebody listens there, it arrives.
    let (mut revived, _) = open(Reader::builder().listen(dead));
    let _ = writer.send(&values("h", "p2"));
    writer.send(&values("h", "p3")).unwrap();
    assert_eq!(collect(&mut revived, 2).len(), 2);
}

/// No address of this machine's can be sent to from one that is not its own.
#[test]
fn a_server_that_cannot_be_sent_to_rests_and_its_packets_are_counted_as_lost() {
    let (mut reader, addr) = listen();
    let elsewhere = Server::new(addr).bind(Ipv4Addr::new(192, 0, 2, 1));
    let mut writer = Writer::builder().server(elsewhere).server(addr).linger(Duration::ZERO).build().unwrap();
    let mut reasons = Vec::new();
    for index in 0..3 {
        let error = writer.send(&values("h", &format!("p{index}"))).unwrap_err();
        let WriteError::Servers(errors) = error else { panic!("{error:?}") };
        assert!(errors.to_string().contains("cannot bind: ") && errors.to_string().ends_with(" (1 packet lost)"));
        reasons.extend(errors.iter().map(|error| matches!(error.reason, ServerReason::Waiting(_))));
        assert_eq!(errors.iter().map(|error| (error.index, error.lost)).collect::<Vec<_>>(), [(0, 1)]);
    }
    assert_eq!(reasons, [false, true, true]);
    assert_eq!(collect(&mut reader, 3).len(), 3);
    let statistics = writer.statistics();
    assert_eq!(
        (statistics.servers[0].lost, statistics.servers[0].packets, statistics.servers[0].address),
        (3, 0, None)
    );
    assert_eq!((statistics.servers[1].packets, statistics.servers[1].address), (3, Some(addr)));
}

#[test]
fn bind_interface_and_ttl_are_used() {
    let (mut reader, addr) = listen();
    let here = Ipv4Addr::new(127, 0, 0, 9);
    let server = Server::new(addr).bind(here).ttl(3).interface("lo").resolve_interval(Duration::ZERO);
    Writer::new(server).unwrap().send(&values("h", "p")).unwrap();
    assert_eq!(next(&mut reader).from().ip(), IpAddr::from(here));
    // Of the addresses of a name, only those of its family are used.
    let (mut reader, addr) = open(Reader::builder().listen(ANY_V4));
    let server = Server::new(format!("localhost:{}", addr.port())).bind(here);
    Writer::new(server).unwrap().send(&values("h", "p")).unwrap();
    assert_eq!(next(&mut reader).from().ip(), IpAddr::from(here));
}

#[test]
fn wrong_arguments_are_named() {
    for (builder, text) in [
        (Writer::builder(), "there is no server"),
        (Writer::builder().server("a b"), "\"a b\""),
        (Writer::builder().server("host.invalid"), "\"host.invalid\""),
        (Writer::builder().server(Server::new("127.0.0.1").interface("nosuchif0")), "\"nosuchif0\""),
        (Writer::builder().server(Server::new("127.0.0.1").sign("", "pw")), "127.0.0.1:25826: the user name"),
        (Writer::builder().server(Server::new("127.0.0.1").encrypt("u", "")), "127.0.0.1:25826: the password"),
        (Writer::builder().server("127.0.0.1").max_packet_size(40), "40 bytes leaves no room"),
        (Writer::builder().server("127.0.0.1").host("a\0"), "host cannot be used"),
        (Writer::builder().server(Server::new("127.0.0.1").bind([0u16; 8])), "no address of the family"),
    ] {
        let error: OpenWriterError = builder.build().unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
}
