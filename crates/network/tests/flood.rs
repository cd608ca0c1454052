//! As many value lists as the daemon can make, and none is lost.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use collectd_test_daemon::Daemon;
use collectd_types::Kind;
use collectd_udp::{Listen, Receiver};
use common::{List, PATIENCE, lists, load_sample, sender, server};

const LISTS: u64 = 100_000;

#[test]
fn a_hundred_thousand_metrics_arrive_once_each() {
    // As many write threads as the daemon has unless told otherwise.
    let lists = flood("", 5);
    let mut numbers: Vec<u64> = lists.iter().map(number).collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(0..LISTS), "{} arrived", numbers.len());
    for list in lists.iter().step_by(997) {
        let number = number(list);
        assert_eq!(list.name(), format!("flood/flood-{}/counter-{}", number / 1000, number % 1000));
    }
}

/// With several write threads it is the daemon that may change the order, before it calls any writer.
#[test]
fn values_of_a_metric_arrive_in_order() {
    let lists = flood("Identities 1000", 1);
    // Those of all metrics do, so those of each do.
    assert!(lists.iter().map(number).eq(0..LISTS), "{} arrived", lists.len());
}

/// Through the daemon with this many write threads: what arrived.
fn flood(block: &str, write_threads: u32) -> Vec<List> {
    let (sender_of_packets, packets) = mpsc::channel();
    let reader = Reader::start(sender_of_packets);
    let builder = sender(&server(reader.port)).write_threads(write_threads);
    let mut daemon: Daemon = load_sample(builder, "flood", &format!("Lists {LISTS}\n{block}")).start();
    let start = Instant::now();
    daemon.wait_log("are dispatched", PATIENCE);
    let mut arrived = Vec::new();
    while arrived.len() < usize::try_from(LISTS).expect("not so many")
        && let Ok(packet) = packets.recv_timeout(PATIENCE)
    {
        arrived.extend(lists(&[packet]));
    }
    println!("{} value lists in {:?}", arrived.len(), start.elapsed());
    assert!(daemon.stop().success());
    let (mut receiver, port) = reader.stop();
    let (dropped, granted) = (receiver.dropped(), receiver.granted());
    assert_eq!(dropped, Some(0), "at port {port}, of a receive buffer of {granted} bytes");
    // More than were sent?
    arrived.extend(packets.iter().flat_map(|packet| lists(&[packet])));
    assert!(!daemon.log().contains("rust_network plugin: Server"), "{}", daemon.log());
    arrived
}

fn number(list: &List) -> u64 {
    match list.values[..] {
        [(Kind::Counter, number)] => number,
        _ => panic!("not of the sample: {list:?}"),
    }
}

/// A thread that does nothing but receive, so that it keeps up.
struct Reader {
    port: u16,
    end: Arc<AtomicBool>,
    thread: JoinHandle<Receiver>,
}

impl Reader {
    fn start(packets: Sender<Vec<u8>>) -> Reader {
        let listen = Listen::new(([127, 0, 0, 1], 0).into());
        let receiver = Receiver::builder().listen(listen).buffer_size(32 << 20);
        let receiver = receiver.bind().expect("a port of the loopback interface");
        let port = receiver.local_addrs()[0].port();
        let end = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&end);
        Reader { port, end, thread: thread::spawn(move || read(receiver, &told, &packets)) }
    }

    fn stop(self) -> (Receiver, u16) {
        self.end.store(true, Ordering::Relaxed);
        (self.thread.join().expect("the reader works"), self.port)
    }
}

fn read(mut receiver: Receiver, told: &AtomicBool, packets: &Sender<Vec<u8>>) -> Receiver {
    loop {
        let was_told = told.load(Ordering::Relaxed);
        let batch = receiver.recv_batch(Some(Duration::from_millis(100))).expect("loopback works");
        if was_told && batch.is_empty() {
            return receiver;
        }
        for datagram in &batch {
            packets.send(datagram.data.to_vec()).expect("the test waits for packets");
        }
    }
}
