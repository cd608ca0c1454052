//! What can be made to take up memory from outside: little, and no more of it the longer it goes on.

mod common;
mod receiving;

use std::fs;
use std::path::Path;

use collectd_test_daemon::{Daemon, UdpSink, free_udp_port};
use collectd_types::Time;
use common::{log_lines, server, soon};
use receiving::{
    ALICE, Source, Statistics, auth_file, encrypted, gauge, instance, listen, packet, reporting_alone, signed,
};

const MEBIBYTE: u64 = 1 << 20;

struct Receiver {
    daemon: Daemon,
    port: u16,
    received: u64,
}

impl Receiver {
    /// Its kernel keeps everything, so that it can be said when it is through.
    fn start(options: &str, more: &str) -> Receiver {
        let port = free_udp_port();
        let block = listen(port, &format!("{options}\nReceiveBuffer 67108864"));
        Receiver { daemon: reporting_alone(&(block + more)).start(), port, received: 0 }
    }

    /// Sends these again and again from somewhere; waits until they are received, and the daemon answers.
    fn send(&mut self, source: &Source, packets: &[Vec<u8>], times: u32) {
        for _ in 0..times {
            source.send_all(packets);
            self.received += packets.len() as u64;
            // No more than the kernel keeps.
            if self.received % 500 < packets.len() as u64 {
                self.wait();
            }
        }
        self.wait();
        assert!(self.daemon.command("LISTVAL").is_ok());
    }

    fn wait(&self) {
        let name = format!("{}/if_packets", instance(self.port));
        soon("all packets", || Statistics::of(&self.daemon).get(&name, 0).filter(|&there| there >= self.received));
    }

    /// Does something twice, of which the second time must not cost more memory than this, in MiB. The first time may
    /// fill what is bounded.
    fn assert_bounded(&mut self, what: &str, first: u64, second: u64, mut act: impl FnMut(&mut Receiver, u32)) {
        let start = self.daemon.resident_bytes();
        act(self, 0);
        let between = self.daemon.resident_bytes();
        act(self, 1);
        let end = self.daemon.resident_bytes();
        let grown = [between.saturating_sub(start), end.saturating_sub(between)].map(|bytes| bytes / MEBIBYTE);
        println!("{what}: {grown:?} MiB more");
        assert!(grown[0] <= first && grown[1] <= second, "{what}: {grown:?} MiB");
    }
}

/// The malformed packets that are known.
fn malformed() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/malformed");
    let entries = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("readable").path());
    let packets = entries.filter(|path| path.extension().is_some_and(|end| end == "bin"));
    // Thousands of lists in one packet are another matter.
    let packets = packets.filter(|path| !path.to_string_lossy().contains("volume-many-lists"));
    packets.map(|path| fs::read(path).expect("readable")).collect()
}

#[test]
fn what_cannot_be_read_and_who_sends_it_take_no_memory() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut receiver = Receiver::start(&format!("{}\nMaxPacketSize 65535", auth_file(dir.path())), "");
    let source = Source::new(receiver.port);
    receiver.assert_bounded("malformed packets", 12, 3, |receiver, _| receiver.send(&source, &malformed(), 20));
    let port = receiver.port;
    receiver.assert_bounded("made-up senders", 6, 3, |receiver, round| {
        let packets = &malformed()[..3];
        for number in 0..3000_u16 {
            let [high, low] = number.to_be_bytes();
            let address = [127, 5 + u8::try_from(round).expect("few"), high, low];
            Source::at(address, port).send_all(packets);
            receiver.received += packets.len() as u64;
        }
        receiver.wait();
    });
    let content = packet([gauge("h", "x", Time::now(), 1.0)]);
    receiver.assert_bounded("made-up users", 6, 3, |receiver, round| {
        let packets: Vec<_> = (0..4000)
            .map(|number| {
                let user = format!("user-{round}-{number}-{}", "x".repeat(30));
                let seal = if number % 2 == 0 { signed } else { encrypted };
                seal((user.as_bytes(), b"pw"), &content)
            })
            .collect();
        receiver.send(&source, &packets, 1);
    });
    // All of each slot of the receiver is touched once.
    let longest = [vec![0x77; 65_507], vec![0; 65_507], encrypted((ALICE.0, b"guess"), &vec![1; 65_000])];
    receiver.assert_bounded("long packets", 12, 3, |receiver, _| receiver.send(&source, &longest, 300));
    assert!(receiver.daemon.stop().success());
}

/// The daemon's own cache grows with each new identity, so they do not get there.
#[test]
fn made_up_identities_take_bounded_memory() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let sink = UdpSink::bind();
    let options = format!("SecurityLevel Sign\n{}\nReplayWindow 60\nMaxPacketSize 65535", auth_file(dir.path()));
    let more = format!("{}DuplicateWindow 60\nForward true\nQueueLimit 1048576", server(sink.port()));
    let mut receiver = Receiver::start(&options, &more);
    let source = Source::new(receiver.port);
    let identities = |round: u32, section: u32| {
        let host = format!("made-up-{round}-{section}-{}", "x".repeat(80));
        let lists = (0..500).map(|number| gauge(&host, &number.to_string(), Time::now(), 1.0));
        signed(ALICE, &packet(lists))
    };
    // Both halves of the memory of duplicates are full after the first time.
    receiver.assert_bounded("identities", 32, 4, |receiver, round| {
        for section in 0..500 {
            source.send(&identities(round, section));
            receiver.received += 1;
            if section % 50 == 49 {
                receiver.wait();
            }
        }
    });
    let statistics = Statistics::received(&receiver.daemon, receiver.port, 1000);
    assert_eq!(statistics.drops(receiver.port), receiving::drops([]));
    assert_eq!(statistics.count(receiver.port, "total_values-accepted"), 500_000);
    assert!(receiver.daemon.stop().success());
    let log = receiver.daemon.log();
    let told = log.lines().filter(|line| line.starts_with("[warning]") && line.contains("DuplicateWindow: ")).count();
    assert!((1..5).contains(&told), "once a minute: {log}");
}

/// Nobody receives, and what waits has its limit.
#[test]
fn what_waits_for_servers_takes_no_more_than_is_allowed() {
    let names = common::Names::new();
    names.switch("hang", true);
    let port = free_udp_port();
    let servers = "Server \"slow.test\"\nServer \"slow.test\" \"2\"\nQueueLimit 2097152\nForward true\nLinger 0.1";
    let block = listen(port, "MaxPacketSize 65535") + servers;
    // Here the writers must get them: from the network to the network.
    let conf = format!("<Plugin rust_network>\n{block}\nReportStats true\n</Plugin>");
    let builder = common::unconfigured_sender().conf(&conf).load("unixsock").write_threads(1);
    let mut daemon = names.preload(builder).start();
    let source = Source::new(port);
    let send = || {
        for _ in 0..200 {
            let host = "x".repeat(100);
            source.send(&packet((0..200).map(|number| gauge(&host, &number.to_string(), Time::now(), 1.0))));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
    };
    // Until either queue is full.
    soon("no room for more", || {
        send();
        (log_lines(&daemon, "too many packets wait") == 2).then_some(())
    });
    let between = daemon.resident_bytes();
    send();
    let grown = daemon.resident_bytes().saturating_sub(between) / MEBIBYTE;
    // Twice 2 MiB, which both queues share.
    assert!(grown <= 3, "{grown} MiB more");
    names.switch("hang", false);
    assert!(daemon.stop().success());
}
