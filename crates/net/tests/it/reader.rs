//! What comes out of a reader.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use collectd_net::{
    Content, DecodeErrorKind, Item, OpenReaderError, ReadError, Reader, SecurityLevel, Severity, Warning, Writer,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::common::{
    ANY_V4, ANY_V6, LONG, PATIENCE, collect, is_malformed, lines, listen, next, notification, open, raw, values,
};

#[test]
fn both_families_and_several_addresses_at_once() {
    let mut reader = Reader::builder().listen(ANY_V4).listen(ANY_V6).listen("localhost:0").build().unwrap();
    let addrs = reader.local_addrs();
    assert!(addrs.len() >= 3 && addrs.iter().any(SocketAddr::is_ipv4) && addrs.iter().any(SocketAddr::is_ipv6));
    for (index, addr) in addrs.iter().enumerate() {
        Writer::new(*addr).unwrap().send(&values(&format!("h{index}"), "p")).unwrap();
        let item = next(&mut reader);
        assert_eq!(item.host(), format!("h{index}").as_str());
        assert_eq!(item.from().is_ipv4(), addr.is_ipv4());
        assert!(item.from().ip().is_loopback() && item.from() != *addr);
    }
}

#[test]
fn items_of_both_kinds_can_be_filtered_by_field() {
    let (mut reader, addr) = listen();
    let mut writer = Writer::new(addr).unwrap();
    for (host, plugin) in [("a.foobar.org", "swap"), ("a.foobar.org", "cpu"), ("b.example.org", "swap")] {
        writer.send(&values(host, plugin)).unwrap();
        writer.send(&notification(host)).unwrap();
    }
    let filter = |item: &Item| item.host().contains("foobar") && item.plugin() == "swap";
    let items: Vec<_> = collect(&mut reader, 6).into_iter().filter(filter).collect();
    let expected = [
        "[1700000000] a.foobar.org/swap/gauge [(1, 1.5)]",
        "[7] a.foobar.org/swap/gauge WARNING: it swaps",
        "[7] a.foobar.org/swap/gauge WARNING: it swaps",
    ];
    assert_eq!(lines(&items), expected);

    assert_eq!(items[0].values().unwrap().value(0).unwrap().as_f64(), 1.5);
    assert_eq!(items[0].notification().map(|notification| notification.severity), None);
    assert_eq!(items[1].notification().unwrap().severity, Severity::Warning);
    assert_eq!(items[1].content(), &Content::Notification(notification("a.foobar.org")));
    assert_eq!((items[0].user(), items[0].is_signed(), items[0].is_encrypted()), (None, false, false));
    assert_eq!(items[0].clone().into_values(), Some(values("a.foobar.org", "swap")));
    assert_eq!((items[1].time().as_secs(), items[1].type_().as_str()), (7, Some("gauge")));
    assert_eq!((items[1].plugin_instance().len(), items[1].type_instance().len()), (0, 0));
}

/// The three lines, but for the address.
#[test]
fn a_for_loop_reads_until_it_is_woken() {
    let (mut reader, addr) = listen();
    let waker = reader.waker();
    let thread = std::thread::spawn(move || {
        let mut writer = Writer::new(addr).unwrap();
        for index in 0..3 {
            writer.send(&values("h", &format!("p{index}"))).unwrap();
        }
        writer.flush().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        waker.wake();
    });
    let mut seen = Vec::new();
    for item in &mut reader {
        seen.push(item.unwrap().to_string());
    }
    thread.join().unwrap();
    assert_eq!(seen.len(), 3);
    // It goes on when asked to.
    Writer::new(addr).unwrap().send(&values("again", "p")).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().host(), "again");
}

#[test]
fn waits_end_in_time() {
    let (mut reader, addr) = listen();
    assert!(reader.try_next().unwrap().is_none());
    let start = Instant::now();
    assert!(reader.next_timeout(Duration::from_millis(60)).unwrap().is_none());
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(60) && waited < PATIENCE, "{waited:?}");
    assert!(reader.receive(Some(Duration::ZERO)).unwrap().is_empty());

    // What holds no item does not make the wait longer, nor shorter.
    raw().send_to(&[0xff; 3], addr).unwrap();
    let start = Instant::now();
    assert!(reader.next_timeout(Duration::from_millis(60)).unwrap().is_none());
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(60) && waited < PATIENCE, "{waited:?}");

    reader.waker().wake();
    assert!(reader.next_timeout(LONG).unwrap().is_none());
    reader.waker().wake();
    assert!(reader.receive(None).unwrap().is_woken());
}

/// Packets without items, however many, do not make a wait longer.
#[test]
fn a_wait_that_is_over_takes_in_one_batch_at_most() {
    let (mut reader, addr) = listen();
    let sender = raw();
    for _ in 0..100 {
        sender.send_to(&[0xff; 3], addr).unwrap();
    }
    assert!(reader.next_timeout(Duration::ZERO).unwrap().is_none());
    assert_eq!(reader.statistics().packets, 64);
    assert!(reader.try_next().unwrap().is_none());
    assert_eq!((reader.statistics().packets, reader.statistics().malformed()), (100, 100));
}

/// Whether it is readable now.
fn is_readable(fd: &std::os::fd::OwnedFd) -> bool {
    let mut fds = [PollFd::new(fd, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec::default())).unwrap() == 1
}

#[test]
fn a_reader_can_be_polled() {
    let mut reader = Reader::builder().listen(ANY_V4).listen(ANY_V6).build().unwrap();
    let fd = reader.pollable().unwrap();
    assert!(!is_readable(&fd));
    for addr in reader.local_addrs() {
        Writer::new(addr).unwrap().send(&values("h", "p")).unwrap();
        assert!(is_readable(&fd));
        assert!(reader.try_next().unwrap().is_some());
        assert!(reader.try_next().unwrap().is_none() && !is_readable(&fd));
    }
    reader.waker().wake();
    assert!(is_readable(&fd));
    assert!(reader.try_next().unwrap().is_none() && !is_readable(&fd));
    drop(reader);
    assert!(!is_readable(&fd));
}

/// A packet with one value list, and something behind it that is none.
fn broken(tail: &[u8]) -> Vec<u8> {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(PATIENCE)).unwrap();
    Writer::new(receiver.local_addr().unwrap()).unwrap().send(&values("h", "p")).unwrap();
    let mut bytes = [0; 2000];
    let size = receiver.recv(&mut bytes).unwrap();
    [&bytes[..size], tail].concat()
}

#[test]
fn malformed_packets_are_counted_and_what_is_before_the_error_is_used() {
    let (mut reader, addr) = listen();
    let number_too_long = [0, 8, 0, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let encrypted = [&[2, 0x10, 0, 60, 0, 1][..], &[b'u'; 54]].concat();
    for tail in [&[][..], &[0; 7], &[0; 7], &number_too_long, &encrypted] {
        raw().send_to(&broken(tail), addr).unwrap();
    }
    assert_eq!(lines(&collect(&mut reader, 5)), ["[1700000000] h/p/gauge [(1, 1.5)]"; 5]);
    let statistics = reader.statistics();
    assert_eq!((statistics.packets, statistics.value_lists, statistics.notifications), (5, 5, 0));
    assert_eq!((statistics.malformed(), statistics.refused()), (3, 1));
    let kinds: Vec<_> = statistics.errors_by_kind().collect();
    let expected =
        [(DecodeErrorKind::Truncated, 2), (DecodeErrorKind::NumberLength, 1), (DecodeErrorKind::EncryptedNoKey, 1)];
    assert_eq!(kinds, expected);
    assert_eq!(statistics.bytes, 5 * broken(&[]).len() as u64 + 7 + 7 + 13 + 60);
}

#[test]
fn what_is_passed_over_is_counted() {
    let (mut reader, addr) = listen();
    let signature = [&[2, 0, 0, 37][..], &[0; 32], b"u"].concat();
    let unknown_part = [0x7f, 0xff, 0, 5, 0];
    let without_host = &broken(&[])[6..];
    let without_severity = [&[1, 0, 0, 6][..], b"x\0"].concat();
    for packet in [signature.as_slice(), &unknown_part, &unknown_part, &without_severity, without_host] {
        raw().send_to(&[packet, &broken(&[])].concat(), addr).unwrap();
    }
    assert_eq!(collect(&mut reader, 5).len(), 5);
    let statistics = reader.statistics();
    assert_eq!((statistics.unverified_signatures, statistics.unknown_parts, statistics.incomplete), (1, 2, 2));
    assert_eq!((statistics.malformed(), statistics.refused(), statistics.unprotected_parts), (0, 0, 0));
}

#[test]
fn malformed_packets_are_reported_if_asked_for() {
    let (mut reader, addr) = open(Reader::builder().listen(ANY_V4).report_malformed(true));
    let sender = raw();
    for packet in [broken(&[0; 7]), broken(&[])] {
        sender.send_to(&packet, addr).unwrap();
    }
    let results: Vec<_> = reader.by_ref().take(3).collect();
    assert_eq!(results.iter().map(is_malformed).collect::<Vec<_>>(), [false, true, false]);
    let Err(ReadError::Malformed(malformed)) = &results[1] else { panic!("{results:?}") };
    assert_eq!((malformed.from, malformed.error.kind), (sender.local_addr().unwrap(), DecodeErrorKind::Truncated));
    assert!(malformed.to_string().starts_with(&format!("packet from {}: at byte ", malformed.from)), "{malformed}");
    assert_eq!(reader.statistics().malformed(), 1);
}

/// Both ways out of a reader give the same, and count the same.
#[test]
fn borrowed_items_are_the_owned_ones() {
    let (mut borrowing, one) = listen();
    let (mut owning, other) = listen();
    for addr in [one, other] {
        let mut writer = Writer::new(addr).unwrap();
        for index in 0..100 {
            writer.send(&values("h", &format!("p{index}"))).unwrap();
        }
        writer.send(&notification("h")).unwrap();
        raw().send_to(&broken(&[1, 2, 3]), addr).unwrap();
    }
    let mut seen = Vec::new();
    while seen.len() < 102 {
        let batch = borrowing.receive(Some(PATIENCE)).unwrap();
        assert!(!batch.is_empty() && batch.packets().len() == batch.len());
        for packet in batch.packets() {
            assert!(packet.from().ip().is_loopback() && !packet.data().is_empty());
            let mut items = packet.items();
            for item in items.by_ref() {
                assert_eq!(item.to_item().to_string(), item.to_string());
                seen.push(item.to_string());
            }
            assert!(items.error().is_none() || seen.len() == 102);
        }
    }
    assert_eq!(lines(&collect(&mut owning, 102)), seen);
    assert_eq!(borrowing.statistics(), owning.statistics());
    assert_eq!(owning.statistics().malformed(), 1);
}

#[test]
fn the_kernels_drops_are_told_to_the_last() {
    let (mut reader, addr) = open(Reader::builder().listen(ANY_V4).buffer_size(4096));
    let packet = broken(&[]);
    let sender = raw();
    for _ in 0..500 {
        sender.send_to(&packet, addr).unwrap();
    }
    let dropped = reader.dropped().expect("Linux tells");
    assert!(dropped > 0);
    let mut received = 0;
    while reader.try_next().unwrap().is_some() {
        received += 1;
    }
    assert_eq!(received + dropped, 500);
}

#[test]
fn an_address_that_is_named_twice_is_opened_once() {
    // Where nobody else of these tests is given a port.
    let host = "127.77.0.1";
    let port = UdpSocket::bind((host, 0)).unwrap().local_addr().unwrap().port();
    let (_, addr) =
        open(Reader::builder().listen((host.parse::<IpAddr>().unwrap(), port)).listen(format!("{host}:{port}")));
    assert_eq!(addr.port(), port);
}

#[test]
fn a_smaller_buffer_than_asked_for_is_a_warning() {
    let (reader, _) = open(Reader::builder().listen(ANY_V4).buffer_size(4096));
    assert!(reader.warnings().is_empty(), "{:?}", reader.warnings());
    let (reader, _) = open(Reader::builder().listen(ANY_V4).buffer_size(usize::MAX));
    let [Warning::SmallBuffer { wanted: usize::MAX, granted }] = reader.warnings() else {
        panic!("{:?}", reader.warnings())
    };
    let text = reader.warnings()[0].to_string();
    assert!(text.contains(&format!("has {granted} bytes")) && text.contains("net.core.rmem_max="), "{text}");
}

#[test]
fn one_address_of_a_wish_is_enough() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    // With IPv4 taken, IPv6 remains.
    let reader = Reader::builder().listen(format!("*:{port}")).buffer_size(4096).build().unwrap();
    let addrs = reader.local_addrs();
    assert!(matches!(addrs[..], [SocketAddr::V6(_)]), "{addrs:?}");
    let [Warning::NotListening(error)] = reader.warnings() else { panic!("{:?}", reader.warnings()) };
    assert!(error.to_string().starts_with(&format!("0.0.0.0:{port}: cannot bind: ")), "{error}");

    // But each wish needs one.
    let error = Reader::builder().listen(ANY_V4).listen(format!("127.0.0.1:{port}")).build().unwrap_err();
    assert!(matches!(&error, OpenReaderError::Listen(failures) if failures.len() == 1), "{error:?}");
    assert!(error.to_string().starts_with(&format!("cannot listen: 127.0.0.1:{port}: ")), "{error}");
    let error = Reader::builder().listen(format!("127.0.0.1:{port}")).build().unwrap_err();
    assert!(matches!(error, OpenReaderError::Bind(_)), "{error:?}");
}

#[test]
fn wrong_arguments_are_named() {
    for (builder, text) in [
        (Reader::builder().listen("a b"), "\"a b\""),
        (Reader::builder().listen("host.invalid"), "\"host.invalid\""),
        (Reader::builder().join("127.0.0.1"), "127.0.0.1:25826 is no multicast group"),
        (Reader::builder().listen(ANY_V4).interface("nosuchif0"), "\"nosuchif0\""),
        (Reader::builder().join_on("239.192.74.66", "nosuchif1"), "\"nosuchif1\""),
        (Reader::builder().listen(ANY_V4).auth_file("/nonexistent/passwd"), "/nonexistent/passwd"),
        (Reader::builder().listen(ANY_V4).security_level(SecurityLevel::Sign), "security level Sign needs users"),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn several_readers_can_share_an_address() {
    let (first, addr) = open(Reader::builder().listen(ANY_V4).reuse_port(true));
    let (second, _) = open(Reader::builder().listen(addr).reuse_port(true));
    let mut readers = [first, second];
    // The kernel chooses by the sender's port: with 64 senders both get some but for one case in 2⁶³.
    for _ in 0..64 {
        Writer::new(addr).unwrap().send(&values("h", "p")).unwrap();
    }
    let counts = readers.each_mut().map(|reader| std::iter::from_fn(|| reader.try_next().unwrap()).count());
    assert!(counts[0] > 0 && counts[1] > 0 && counts[0] + counts[1] == 64, "{counts:?}");
}

#[test]
fn readers_can_cross_threads() {
    fn check<T: Send>() {}
    check::<Reader>();
    check::<Writer>();
    check::<Item>();
}
