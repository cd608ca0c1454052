//! When packets leave, how full they are, and what is in them and what not.

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use collectd_test_daemon::{Daemon, UdpSink, free_udp_port, wait_until};
use common::packets::Peer;
use common::{PATIENCE, c_network, lists, load_sample, names, sender, server, soon};

/// Nothing leaves by itself within any test.
const LONG: &str = "Linger 3600\n";

/// A daemon whose only values are those that a test puts, and that sends them to the sink.
fn start(sink: &UdpSink, block: &str) -> Daemon {
    sender(&(server(sink.port()) + block)).load("csv").load("unixsock").write_threads(1).start()
}

/// Puts a value, and waits until the writers have it. Twice: the one write thread takes the second to csv when
/// it is done with the first.
fn put(daemon: &Daemon, name: &str) {
    let name = format!("h/p/gauge-{name}");
    daemon.putval(&name, "interval=1", "1749238000:1");
    daemon.putval(&name, "interval=1", "1749238001:1");
    let _rows = daemon.wait_rows(&name, 2);
}

/// The metrics that arrived so far.
fn metrics(sink: &UdpSink) -> Vec<String> {
    let packets = sink.packets();
    assert!(packets.iter().all(|packet| !packet.is_empty()));
    let mut names = names(&packets);
    names.dedup();
    names
}

fn wait_metrics(sink: &UdpSink, wanted: &[&str]) {
    soon(&format!("{wanted:?}"), || (metrics(sink).len() >= wanted.len()).then_some(()));
    assert_eq!(metrics(sink), wanted);
}

/// Nothing comes within a time in which it would have come.
fn assert_still(sink: &UdpSink) {
    let before = metrics(sink);
    sleep(Duration::from_millis(300));
    assert_eq!(metrics(sink), before);
}

#[test]
fn values_leave_on_sigusr1() {
    let sink = UdpSink::bind();
    let mut daemon = start(&sink, LONG);
    put(&daemon, "a");
    put(&daemon, "b");
    assert_still(&sink);
    wait_metrics(&sink, &[]);
    daemon.flush_all();
    wait_metrics(&sink, &["h/p/gauge-a", "h/p/gauge-b"]);
    // A flush of nothing is not a packet.
    daemon.flush_all();
    assert_still(&sink);
    assert!(daemon.stop().success());
}

#[test]
fn values_leave_on_a_flush_command() {
    let sink = UdpSink::bind();
    let mut daemon = start(&sink, LONG);
    put(&daemon, "a");
    for not_meant in ["FLUSH plugin=csv", "FLUSH timeout=3600", "FLUSH timeout=3600 plugin=rust_network"] {
        daemon.command(not_meant).expect("FLUSH works");
    }
    assert_still(&sink);
    wait_metrics(&sink, &[]);
    daemon.command("FLUSH plugin=rust_network").expect("FLUSH works");
    wait_metrics(&sink, &["h/p/gauge-a"]);
    put(&daemon, "b");
    daemon.command("FLUSH identifier=h/p/gauge-b").expect("FLUSH works");
    wait_metrics(&sink, &["h/p/gauge-a", "h/p/gauge-b"]);
    put(&daemon, "c");
    daemon.command("FLUSH").expect("FLUSH works");
    wait_metrics(&sink, &["h/p/gauge-a", "h/p/gauge-b", "h/p/gauge-c"]);
    assert!(daemon.stop().success());
}

#[test]
fn values_leave_when_the_daemon_stops() {
    let sink = UdpSink::bind();
    let mut daemon = start(&sink, LONG);
    let mut wanted: Vec<_> = (0..100).map(|number| format!("h/p/gauge-{number}")).collect();
    for name in &wanted {
        daemon.putval(name, "interval=1", "1749238000:1");
    }
    put(&daemon, "last");
    assert_still(&sink);
    assert!(daemon.stop().success());
    wanted.push("h/p/gauge-last".to_owned());
    wait_metrics(&sink, &wanted.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_lone_value_leaves_within_the_linger_time() {
    let sink = UdpSink::bind();
    let mut daemon = start(&sink, "");
    for name in ["a", "b"] {
        let before = Instant::now();
        let sent = sink.count();
        daemon.putval(&format!("h/p/gauge-{name}"), "interval=1", "1749238000:1");
        let _packets = sink.wait(sent + 1, PATIENCE);
        let waited = before.elapsed();
        // One second, and what a very busy machine adds.
        assert!((Duration::from_millis(900)..Duration::from_secs(15)).contains(&waited), "{waited:?}");
    }
    wait_metrics(&sink, &["h/p/gauge-a", "h/p/gauge-b"]);
    assert!(daemon.stop().success());
}

#[test]
fn a_trickle_does_not_hold_values_back() {
    let sink = UdpSink::bind();
    // Packets that a trickle does not fill.
    let mut daemon = start(&sink, "MaxPacketSize 65535");
    let start = Instant::now();
    for number in 0.. {
        daemon.putval(&format!("h/p/gauge-{number}"), "interval=1", "1749238000:1");
        if sink.count() >= 2 {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "the trickle holds values back");
        sleep(Duration::from_millis(100));
    }
    assert!(start.elapsed() >= Duration::from_secs(1), "packets leave too soon");
    let packets = sink.packets();
    assert!(names(&packets[..1]).len() > 1, "values do not wait for each other");
    assert!(daemon.stop().success());
}

#[test]
fn packets_are_filled_up_to_their_limit() {
    // The last is more than a datagram can have: 65,535 less the headers of UDP and IPv4.
    for (configured, limit) in [("", 1452), ("MaxPacketSize 1024", 1024), ("MaxPacketSize 65535", 65_507)] {
        const LISTS: usize = 5000;
        let sink = UdpSink::bind();
        let builder = sender(&format!("{}{LONG}{configured}", server(sink.port())));
        let mut daemon = load_sample(builder, "flood", &format!("Lists {LISTS}")).start();
        daemon.wait_log("are dispatched", PATIENCE);
        wait_until("all value lists", PATIENCE, || {
            // Not while there is more to come, or packets are cut short.
            let before = sink.count();
            sleep(Duration::from_millis(200));
            if sink.count() == before {
                daemon.flush_all();
            }
            (names(&sink.packets()).len() >= LISTS).then_some(())
        });
        let packets = sink.packets();
        let sizes: Vec<_> = packets.iter().map(Vec::len).collect();
        assert!(sizes.iter().all(|&size| size <= limit), "{limit}: {sizes:?}");
        // The sample's longest list, with every name changed.
        let full = sizes.iter().filter(|&&size| size > limit - 80).count();
        // All but those that the flushes cut short.
        assert!(full > 0 && full + 30 >= sizes.len() / 2, "{limit}: {sizes:?}");
        assert!(daemon.stop().success());
        assert!(!daemon.log().contains("[error]"), "{}", daemon.log());
    }
}

/// Prints a port, then the time to live of the datagram that arrives there.
const RECEIVE_TTL: &str = "
import socket, struct
# Not in the module before Python 3.14.
IP_RECVTTL = 12
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
s.settimeout(60)
print(s.getsockname()[1], flush=True)
_, messages, _, _ = s.recvmsg(65536, 1024)
for level, kind, data in messages:
    if (level, kind) == (socket.IPPROTO_IP, socket.IP_TTL):
        print(struct.unpack('i', data[:4])[0], flush=True)
";

#[test]
fn datagrams_have_the_time_to_live_that_is_configured() {
    for (line, ttl) in [("TimeToLive 1", 1), ("TimeToLive 77", 77), ("TimeToLive 255", 255)] {
        let mut python = Command::new("python3");
        python.args(["-c", RECEIVE_TTL]).stdout(Stdio::piped()).stdin(Stdio::null());
        let mut python = python.spawn().expect("python3 is needed: install the package python3");
        let mut output = BufReader::new(python.stdout.take().expect("a pipe"));
        let mut port = String::new();
        output.read_line(&mut port).expect("python3 prints its port");
        let block = format!("{}{line}\nLinger 0\n", server(port.trim().parse().expect("a port")));
        let mut daemon = load_sample(sender(&block), "flood", "Lists 1").start();
        let mut seen = String::new();
        // Ends by itself, at the latest when its timeout is over.
        output.read_to_string(&mut seen).expect("python3 prints");
        assert!(python.wait().expect("python3 ends").success());
        assert_eq!(seen.trim().parse(), Ok(ttl), "{line}");
        assert!(daemon.stop().success());
    }
}

#[test]
fn what_came_from_the_network_is_not_sent_on() {
    let sink = UdpSink::bind();
    let port = free_udp_port();
    let listen = format!("<Plugin network>\nListen \"127.0.0.1\" \"{port}\"\n</Plugin>");
    // The C plugin has its own block when it is loaded first.
    let relay = Daemon::builder().load("network").conf(&listen);
    let relay = relay.load_so(collectd_test_daemon::cargo_build::cdylib("rust_network"), "rust_network");
    let block = format!("<Plugin rust_network>\n{}{LONG}</Plugin>", server(sink.port()));
    let mut relay = relay.conf(&block).load("csv").load("unixsock").write_threads(1).start();
    let mut far = load_sample(c_network(&server(port)), "fixed_values", "").start();
    far.wait_log("read 1 is complete", PATIENCE);
    let nudge = Peer::to(([127, 0, 0, 1], port).into());
    wait_until("what the relay received", PATIENCE, || {
        // Stopping it would lose what its write threads have not had yet.
        far.flush_all();
        nudge.nudge();
        sleep(Duration::from_millis(50));
        (relay.csv_rows().len() == RECEIVED_METRICS).then_some(())
    });
    assert!(far.stop().success());
    put(&relay, "own");
    relay.flush_all();
    wait_metrics(&sink, &["h/p/gauge-own"]);
    assert!(relay.stop().success());
    assert_still(&sink);
}

/// How many metrics the sample has.
const RECEIVED_METRICS: usize = 36;

/// What `plugin_write` passes on has no defaults filled in; the daemon's own python plugin is a way there.
#[test]
fn values_without_time_and_host_get_them() {
    const MODULE: &str = "
import collectd
def read():
    values = collectd.Values(plugin='direct', type='gauge', values=[4.5])
    values.write(destination='rust_network')
collectd.register_read(read)
";
    let sink = UdpSink::bind();
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("direct.py"), MODULE).expect("a temporary directory is writable");
    let python = format!("<Plugin python>\nModulePath \"{}\"\nImport \"direct\"\n</Plugin>", dir.path().display());
    let builder = sender(&(server(sink.port()) + "Linger 0")).hostname("thishost");
    let before = collectd_types::Time::now();
    let mut daemon = builder.load_with("python", "Globals true").conf(&python).start();
    let list = lists(&sink.wait(1, PATIENCE)).remove(0);
    assert_eq!(list.name(), "thishost/direct/gauge");
    let times = before.to_raw()..=collectd_types::Time::now().to_raw();
    assert!(times.contains(&list.time), "{}", list.time);
    assert_eq!(list.values.len(), 1);
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(!daemon.log().contains("[error] rust_network"), "{}", daemon.log());
}
