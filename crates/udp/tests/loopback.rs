//! Datagrams over the loopback interface, with one call per batch and with one per datagram.

mod common;

use std::collections::HashSet;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use collectd_udp::{BATCH_SIZE, Interface, Listen, Receiver, SendOptions, Sender};
use common::{ANY_V4, ANY_V6, BOTH_WAYS, PATIENCE, collect, listen, options, take};

fn thousand_in_order(local: SocketAddr, batched: bool) {
    let mut receiver = listen(local, batched);
    let mut sender = Sender::connect(receiver.local_addrs()[0], &options(batched)).unwrap();
    let from = sender.local_addr().unwrap();
    let packets: Vec<String> = (0..1000).map(|i| format!("packet {i}")).collect();
    let mut received = Vec::new();
    let mut largest = 0;
    // No more at once than the buffer holds.
    for part in packets.chunks(250) {
        let sent = sender.send_batch(part).unwrap();
        assert_eq!((sent.datagrams, sent.refused), (part.len(), false));
        let expected = received.len() + part.len();
        while received.len() < expected {
            let batch = receiver.recv_batch(Some(PATIENCE)).unwrap();
            assert!(!batch.is_empty(), "only {} of {expected} arrived", received.len());
            largest = largest.max(batch.len());
            for datagram in &batch {
                assert_eq!((datagram.from, datagram.truncated), (from, false));
                received.push(String::from_utf8(datagram.data.to_vec()).unwrap());
            }
        }
    }
    assert_eq!(received, packets);
    assert_eq!(largest, BATCH_SIZE);
}

#[test]
fn a_thousand_arrive_in_order_v4() {
    for batched in BOTH_WAYS {
        thousand_in_order(ANY_V4, batched);
    }
}

#[test]
fn a_thousand_arrive_in_order_v6() {
    for batched in BOTH_WAYS {
        thousand_in_order(ANY_V6, batched);
    }
}

/// Not when they were received: the kernel knows when each of them came.
#[cfg(target_os = "linux")]
#[test]
fn times_of_arrival_are_noted_when_asked_for() {
    for (wanted, batched) in [(true, true), (true, false), (false, true)] {
        let builder = Receiver::builder().timestamps(wanted).batched(batched);
        let mut receiver = builder.listen(Listen::new(ANY_V4)).bind().unwrap();
        let mut sender = Sender::connect(receiver.local_addrs()[0], &SendOptions::default()).unwrap();
        let start = Instant::now();
        // The kernel begins with it a little after it was asked. Until then it is the time of receiving.
        while !is_noted(&mut receiver, &mut sender, wanted && batched) {
            assert!(start.elapsed() < PATIENCE);
        }
    }
}

/// Whether datagrams come with the times at which they were sent, or with none if they should not.
#[cfg(target_os = "linux")]
fn is_noted(receiver: &mut Receiver, sender: &mut Sender, wanted: bool) -> bool {
    let times = [(); 3].map(|()| {
        let before = SystemTime::now();
        sender.send_batch(&["x"]).unwrap();
        let after = SystemTime::now();
        thread::sleep(Duration::from_millis(5));
        before..=after
    });
    let batch = receiver.recv_batch(Some(PATIENCE)).unwrap();
    assert_eq!((batch.len(), batch.local_addr()), (3, Some(sender.peer_addr())));
    batch.iter().zip(times).all(|(datagram, sent)| {
        assert_eq!(datagram.arrived.is_some(), wanted);
        datagram.arrived.is_none_or(|arrived| sent.contains(&arrived))
    })
}

/// Batches that end at, before and after the limits of one call, and datagrams of every size.
#[test]
fn every_size_goes_both_ways() {
    for (send, recv) in [(true, false), (false, true), (true, true), (false, false)] {
        let mut receiver = listen(ANY_V4, recv);
        let mut sender = Sender::connect(receiver.local_addrs()[0], &options(send)).unwrap();
        for count in [0, 1, 63, 64, 65, 128, 129] {
            let packets: Vec<Vec<u8>> = (0..count).map(|i: usize| vec![u8::try_from(i).unwrap(); i * 11]).collect();
            assert_eq!(sender.send_batch(&packets).unwrap().datagrams, count);
            assert_eq!(collect(&mut receiver, count), packets);
        }
        let longest = vec![7; 65_507];
        sender.send_batch(&[&longest]).unwrap();
        assert!(collect(&mut receiver, 1) == [longest], "the longest datagram");
    }
}

/// The view that can be changed shows the same, and what is done to one datagram stays in it.
#[test]
fn datagrams_can_be_changed_where_they_lie() {
    for batched in BOTH_WAYS {
        let builder = Receiver::builder().listen(Listen::new(ANY_V4)).batched(batched).max_datagram_size(9);
        let mut receiver = builder.bind().unwrap();
        let mut sender = Sender::connect(receiver.local_addrs()[0], &options(batched)).unwrap();
        let from = sender.local_addr().unwrap();
        assert!(receiver.recv_batch_mut(Some(Duration::ZERO)).unwrap().is_empty());
        // The second time with what was changed underneath.
        for _ in 0..2 {
            sender.send_batch(&["one", "", "fifteen letters"]).unwrap();
            let mut texts = Vec::new();
            while texts.len() < 3 {
                let mut batch = receiver.recv_batch_mut(Some(PATIENCE)).unwrap();
                assert!(!batch.is_empty() && !batch.is_woken() && batch.listen_index() == 0);
                assert_eq!(batch.iter().filter(|datagram| datagram.from != from).count(), 0);
                batch.iter_mut().for_each(|datagram| datagram.data.make_ascii_uppercase());
                texts.extend(batch.iter().map(|datagram| (datagram.as_ref().to_vec(), datagram.truncated)));
            }
            let expected = [("ONE", false), ("", false), ("FIFTEEN L", true)];
            assert_eq!(texts, expected.map(|(text, truncated)| (text.as_bytes().to_vec(), truncated)));
        }
        receiver.waker().wake();
        assert!(receiver.recv_batch_mut(Some(PATIENCE)).unwrap().is_woken());
    }
}

/// Refusals are of earlier datagrams: none is lost for them, and the sender is told.
#[test]
fn nothing_is_lost_after_refusals() {
    // Of IPv4, where nobody else of these tests is given a port.
    let ours: SocketAddr = "127.77.0.1:0".parse().unwrap();
    for (batched, any) in [(true, ours), (true, ANY_V6), (false, ours), (false, ANY_V6)] {
        let closed = UdpSocket::bind(any).unwrap();
        let addr = closed.local_addr().unwrap();
        drop(closed);
        let mut sender = Sender::connect(addr, &options(batched)).unwrap();
        assert!(!sender.send_batch(&["lost"]).unwrap().refused);
        let many = vec!["lost"; 200];
        let sent = sender.send_batch(&many).unwrap();
        assert_eq!((sent.datagrams, sent.refused), (200, true));

        let mut receiver = listen(addr, batched);
        let packets: Vec<_> = (0..100).map(|i| format!("{i}").into_bytes()).collect();
        let sent = sender.send_batch(&packets).unwrap();
        assert_eq!((sent.datagrams, sent.refused), (100, true));
        assert_eq!(collect(&mut receiver, 100), packets);
        assert!(!sender.send_batch(&["more"]).unwrap().refused);
        assert_eq!(collect(&mut receiver, 1), [b"more"]);
    }
}

/// A batch hides it from the call that sent it.
#[test]
fn a_refusal_that_came_last_can_be_asked_for() {
    let closed = UdpSocket::bind("127.77.0.2:0").unwrap().local_addr().unwrap();
    let mut sender = Sender::connect(closed, &SendOptions::default()).unwrap();
    assert!(sender.take_error().unwrap().is_none());
    sender.send_batch(&["x"]).unwrap();
    let start = Instant::now();
    let error = loop {
        if let Some(error) = sender.take_error().unwrap() {
            break error;
        }
        assert!(start.elapsed() < PATIENCE);
    };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(sender.take_error().unwrap().is_none(), "it was taken");
}

#[test]
fn an_oversized_datagram_tells_how_many_went_before() {
    for batched in BOTH_WAYS {
        let mut receiver = listen(ANY_V4, batched);
        let mut sender = Sender::connect(receiver.local_addrs()[0], &options(batched)).unwrap();
        let packets = [vec![1; 10], vec![2; 10], vec![3; 65_508], vec![4; 10]];
        let error = sender.send_batch(&packets).unwrap_err();
        assert_eq!(error.sent, 2);
        assert_eq!(error.error.raw_os_error(), Some(libc::EMSGSIZE));
        assert!(error.to_string().contains(&sender.peer_addr().to_string()), "{error}");
        sender.send_batch(&packets[error.sent + 1..]).unwrap();
        let received = collect(&mut receiver, 3);
        assert_eq!(received, [vec![1; 10], vec![2; 10], vec![4; 10]]);
    }
}

#[test]
fn what_is_longer_than_wanted_is_cut_and_marked() {
    for batched in BOTH_WAYS {
        let mut receiver =
            Receiver::builder().listen(Listen::new(ANY_V4)).max_datagram_size(1452).batched(batched).bind().unwrap();
        let mut sender = Sender::connect(receiver.local_addrs()[0], &SendOptions::default()).unwrap();
        let sizes = [1451, 1452, 1453, 9000, 0];
        let packets = sizes.map(|size| (0..=u8::MAX).cycle().take(size).collect::<Vec<_>>());
        sender.send_batch(&packets).unwrap();
        let batch = receiver.recv_batch(Some(PATIENCE)).unwrap();
        assert_eq!(batch.iter().len(), packets.len());
        for (datagram, packet) in batch.into_iter().zip(&packets) {
            assert_eq!(datagram.truncated, packet.len() > 1452);
            assert_eq!(datagram.data, &packet[..packet.len().min(1452)]);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_kernel_drops_is_counted() {
    let mut receiver = Receiver::builder().listen(Listen::new(ANY_V4)).buffer_size(8 << 10).bind().unwrap();
    assert!(receiver.granted() < 64 << 10, "granted {}", receiver.granted());
    let mut sender = Sender::connect(receiver.local_addrs()[0], &SendOptions::default()).unwrap();
    assert_eq!(receiver.dropped(), Some(0));
    let mut received = 0;
    for round in 1..=3 {
        sender.send_batch(&vec![[1; 1000]; 1000]).unwrap();
        loop {
            let batch = receiver.recv_batch(Some(Duration::ZERO)).unwrap();
            if batch.is_empty() {
                break;
            }
            received += batch.len() as u64;
        }
        let dropped = receiver.dropped().expect("Linux tells");
        assert!(dropped > 0 && received > 0, "{dropped} dropped, {received} received");
        assert_eq!(received + dropped, round * 1000);
    }
}

#[test]
fn the_buffer_granted_is_told() {
    let bind = |bytes| Receiver::builder().listen(Listen::new(ANY_V4)).buffer_size(bytes).bind();
    let small = bind(100_000).unwrap().granted();
    assert!((100_000..=200_000).contains(&small), "{small}");
    let nobody_has_that = bind(usize::MAX).unwrap().granted();
    assert!(nobody_has_that > small && nobody_has_that < usize::MAX, "{nobody_has_that}");
}

#[test]
fn a_flooded_socket_does_not_starve_another() {
    let mut receiver = Receiver::builder().listen(Listen::new(ANY_V4)).listen(Listen::new(ANY_V6)).bind().unwrap();
    assert!(receiver.failures().is_empty(), "{:?}", receiver.failures());
    let [busy, quiet] = receiver.local_addrs()[..] else { panic!("two sockets") };
    let mut flood = Sender::connect(busy, &SendOptions::default()).unwrap();
    let mut other = Sender::connect(quiet, &SendOptions::default()).unwrap();
    flood.send_batch(&vec!["flood"; 640]).unwrap();
    other.send_batch(&["hello"]).unwrap();
    let first = take(&mut receiver);
    assert_eq!((first.0, first.1.len()), (0, BATCH_SIZE));
    assert_eq!(take(&mut receiver), (1, vec![b"hello".to_vec()]));
    other.send_batch(&["again"]).unwrap();
    assert_eq!(take(&mut receiver).0, 0);
    assert_eq!(take(&mut receiver), (1, vec![b"again".to_vec()]));
}

#[test]
fn waits_end_in_time_and_when_woken() {
    let mut receiver = listen(ANY_V4, true);
    let start = Instant::now();
    let batch = receiver.recv_batch(Some(Duration::from_millis(30))).unwrap();
    assert!(batch.is_empty() && !batch.is_woken());
    assert!((30..5000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    assert!(receiver.recv_batch(Some(Duration::ZERO)).unwrap().is_empty());

    let waker = receiver.waker();
    // More wakes than the pipe holds must not block, and count once.
    let waking = thread::spawn(move || (0..100_000).for_each(|_| waker.wake()));
    assert!(receiver.recv_batch(Some(PATIENCE)).unwrap().is_woken());
    waking.join().unwrap();
    while receiver.recv_batch(Some(Duration::ZERO)).unwrap().is_woken() {}

    let waker = receiver.waker();
    let waiting = thread::spawn(move || receiver.recv_batch(None).unwrap().is_woken());
    waker.wake();
    assert!(waiting.join().unwrap());
    // The receiver is gone: nothing to wake, and no signal.
    waker.wake();
}

#[test]
fn the_wildcard_takes_both_families() {
    let mut receiver = listen("[::]:0".parse().unwrap(), true);
    let port = receiver.local_addrs()[0].port();
    for target in [SocketAddr::from(([127, 0, 0, 1], port)), format!("[::1]:{port}").parse().unwrap()] {
        let mut sender = Sender::connect(target, &SendOptions::default()).unwrap();
        sender.send_batch(&["hello"]).unwrap();
        let batch = receiver.recv_batch(Some(PATIENCE)).unwrap();
        let from = batch.into_iter().next().expect("a datagram").from;
        assert_eq!(from, sender.local_addr().unwrap(), "an IPv4 sender is shown as such");
    }
}

/// What `*` resolves to: two sockets that share the port without a quarrel.
#[test]
fn both_wildcards_can_be_listened_on() {
    let on_a_free_port = || {
        // It is free for both families now; that nobody takes it in between is likely.
        let port = listen("[::]:0".parse().unwrap(), true).local_addrs()[0].port();
        let found = collectd_udp::resolve_listen("*", &port.to_string()).unwrap();
        let builder = found.iter().fold(Receiver::builder(), |b, &a| b.listen(Listen::new(a)));
        (port, builder.bind().unwrap())
    };
    let mut tries = (0..5).map(|_| on_a_free_port());
    let (port, receiver) = tries.find(|(_, receiver)| receiver.failures().is_empty()).expect("both");
    let both: HashSet<_> = receiver.local_addrs().into_iter().collect();
    assert_eq!(both, HashSet::from([([0; 4], port).into(), ([0; 16], port).into()]));
}

#[test]
fn addresses_that_fail_are_listed_and_the_others_work() {
    let holder = UdpSocket::bind(ANY_V4).unwrap();
    let taken = holder.local_addr().unwrap();
    let foreign: SocketAddr = "192.0.2.77:0".parse().unwrap();
    let builder = Receiver::builder().listen(Listen::new(taken)).listen(Listen::new(foreign));
    let mut receiver = builder.clone().listen(Listen::new(ANY_V6)).bind().unwrap();
    let failed: Vec<_> = receiver.failures().iter().map(|f| (f.addr, f.error.kind())).collect();
    let expected = [(taken, io::ErrorKind::AddrInUse), (foreign, io::ErrorKind::AddrNotAvailable)];
    assert_eq!(failed, expected);
    let text = receiver.failures()[0].to_string();
    assert!(text.contains(&taken.to_string()) && text.contains("cannot bind"), "{text}");

    let mut sender = Sender::connect(receiver.local_addrs()[0], &SendOptions::default()).unwrap();
    sender.send_batch(&["hello"]).unwrap();
    assert_eq!(take(&mut receiver), (2, vec![b"hello".to_vec()]));

    let error = builder.bind().unwrap_err();
    assert_eq!(error.failures().len(), 2);
    assert!(error.to_string().contains("192.0.2.77"), "{error}");
    assert!(Receiver::builder().bind().unwrap_err().failures().is_empty());
    drop(holder);
}

#[test]
fn a_port_is_shared_only_when_asked() {
    let shared = |addr| Listen::new(addr).reuse_port(true);
    let first = Receiver::builder().listen(shared(ANY_V4)).bind().unwrap();
    let addr = first.local_addrs()[0];
    Receiver::builder().listen(Listen::new(addr)).bind().expect_err("the port is taken");
    Receiver::builder().listen(shared(addr)).bind().expect("both asked to share");

    let shared = |addr| Listen::new(addr).reuse_address(true);
    let first = Receiver::builder().listen(shared(ANY_V4)).bind().unwrap();
    let addr = first.local_addrs()[0];
    Receiver::builder().listen(Listen::new(addr)).bind().expect_err("the port is taken");
    Receiver::builder().listen(shared(addr)).bind().expect("both asked to share");
}

/// With the smallest send buffer, to a socket that nobody reads.
#[test]
fn sending_never_hangs() {
    let silent = UdpSocket::bind(ANY_V4).unwrap();
    let options = SendOptions { buffer_size: Some(1), ..SendOptions::default() };
    let mut sender = Sender::connect(silent.local_addr().unwrap(), &options).unwrap();
    let start = Instant::now();
    let _ = sender.send_batch(&vec![[0; 1000]; 5000]);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

#[test]
fn options_reach_the_socket() {
    let receiver = listen(ANY_V4, true);
    let peer = receiver.local_addrs()[0];
    let local: SocketAddr = "127.0.0.2:0".parse().unwrap();
    let options = SendOptions { bind: Some(local), ttl: Some(3), ..SendOptions::default() };
    let sender = Sender::connect(peer, &options).unwrap();
    assert_eq!(sender.local_addr().unwrap().ip(), local.ip());

    let options = SendOptions { bind: Some(ANY_V6), ..SendOptions::default() };
    let error = Sender::connect(peer, &options).unwrap_err().to_string();
    assert!(error.contains("cannot bind") && error.contains("address family"), "{error}");
    let options = SendOptions { ttl: Some(0), ..SendOptions::default() };
    let error = Sender::connect(peer, &options).unwrap_err().to_string();
    assert!(error.contains("cannot set the time to live"), "{error}");
    let error = Sender::connect(ANY_V4, &SendOptions::default()).unwrap_err().to_string();
    assert!(error.contains("cannot connect") && error.contains("port 0"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interface_can_be_chosen_for_single_addresses() {
    let lo = Interface::named("lo").expect("the loopback interface is called lo");
    let listen = Listen::new(ANY_V4).interface(Some(lo.clone()));
    let mut receiver = Receiver::builder().listen(listen).bind().unwrap();
    let options = SendOptions { interface: Some(lo), ..SendOptions::default() };
    let mut sender = Sender::connect(receiver.local_addrs()[0], &options).unwrap();
    sender.send_batch(&["through lo"]).unwrap();
    assert_eq!(collect(&mut receiver, 1), [b"through lo"]);
}
