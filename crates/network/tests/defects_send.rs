//! What is wrong with how collectd's own `network` plugin sends, shown with it, and that ours does better. The numbers are
//! those of the table in README.md.

mod common;

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::thread::sleep;
use std::time::{Duration, Instant};

use collectd_test_daemon::{Builder, Daemon, UdpSink, free_udp_port, stock_types_db};
use collectd_wire::Item;
use common::preload::Hosts;
use common::side::Side;
use common::{Names, lists, load_sample, server, soon};

/// What does not come in this time does not come.
const A_WHILE: Duration = Duration::from_millis(1500);

/// A daemon whose only values are those that a test puts.
fn sender(side: Side, block: &str, own: &str) -> Builder {
    side.daemon(block, own).load("csv").load("unixsock")
}

fn put(daemon: &Daemon, name: &str, time: u64) {
    daemon.putval(name, "interval=10", &format!("{}:1", 1_749_238_000 + time));
}

/// The names of value lists that are whole, as every receiver takes them; what is not is passed over.
fn arrived(sink: &UdpSink) -> Vec<String> {
    common::names(&sink.packets())
}

/// What does not fit an empty packet leaves the packet's state as if it had been written: what comes behind it has no
/// host, no plugin and no time, and every receiver drops it. And an empty packet is sent.
#[test]
fn defect_03_what_is_too_large_does_no_harm_to_others() {
    for side in Side::BOTH {
        let sink = UdpSink::bind();
        let types = tempfile::tempdir().expect("a temporary directory");
        let file = types.path().join("types.db");
        let wide: Vec<_> = (0..63).map(|number| format!("v{number}:GAUGE:U:U")).collect();
        std::fs::write(&file, format!("wide {}\n", wide.join(", "))).expect("a temporary directory is writable");
        let types = format!("TypesDB \"{}\" \"{}\"\n", stock_types_db().display(), file.display());
        let block = server(sink.port()) + "MaxPacketSize 1024";
        let mut daemon = sender(side, &block, "Linger 3600").conf(&types).start();
        let long = |letter: &str| letter.repeat(127);
        let name = format!("{}/{}-{}/wide-{}", long("h"), long("p"), long("i"), long("t"));
        daemon.putval(&name, "", &format!("1749238000{}", ":1".repeat(63)));
        // Of the same host and plugin, and at the same time, which therefore need not be repeated.
        for number in 0..5 {
            put(&daemon, &format!("{}/{}-{}/gauge-{number}", long("h"), long("p"), long("i")), 0);
        }
        put(&daemon, "h/p/gauge-last", 1);
        let _written = daemon.wait_rows("h/p/gauge-last", 1);
        soon("the last one", || {
            daemon.command("FLUSH plugin=network").expect("FLUSH works");
            arrived(&sink).contains(&"h/p/gauge-last".to_owned()).then_some(())
        });
        let empty = sink.packets().iter().filter(|packet| packet.is_empty()).count();
        let behind = arrived(&sink).len() - 1;
        assert_eq!((empty, behind), if side.is_ours() { (0, 5) } else { (1, 0) }, "{side:?}");
        assert!(daemon.stop().success());
    }
}

/// The port that the C plugin finds in memory filled with that.
const FILLED: u16 = 0xaaaa;

/// The port to send from is whatever memory held. Of two servers, one cannot have it.
#[test]
fn defect_07_a_bind_address_has_a_port_of_its_own() {
    for side in Side::BOTH {
        let sinks = [(); 2].map(|()| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
            socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket takes a timeout");
            socket
        });
        let servers = sinks.each_ref().map(|socket| {
            let port = socket.local_addr().expect("it has one").port();
            format!("<Server \"127.0.0.1\" \"{port}\">\nBindAddress \"127.0.0.9\"\n</Server>\n")
        });
        // Fills memory, so that it holds the same each time.
        let mut daemon = sender(side, &servers.concat(), "Linger 0").env("MALLOC_PERTURB_", "85").start();
        put(&daemon, "h/p/gauge", 0);
        let _written = daemon.wait_rows("h/p/gauge", 1);
        daemon.command("FLUSH plugin=network").expect("FLUSH works");
        let from = sinks.map(|socket| socket.recv_from(&mut [0; 2000]).expect("a packet").1);
        assert_eq!(from[0].ip().to_string(), "127.0.0.9");
        if side.is_ours() {
            assert!(from.iter().all(|other| other.ip() == from[0].ip() && other.port() != FILLED), "{from:?}");
        } else {
            assert!(from.iter().any(|from| from.port() == FILLED), "{from:?}");
            assert!(daemon.log().contains("failed to bind client socket"), "{}", daemon.log());
        }
        assert!(daemon.stop().success());
    }
}

/// When it is time to look the name up again and that fails, everything is dropped until it works, though the socket is
/// as good as before.
#[test]
fn defect_08_a_failing_resolver_costs_nothing() {
    for side in Side::BOTH {
        let sink = UdpSink::bind();
        let names = Names::new();
        let block = format!("<Server \"slow.test\" \"{}\">\nResolveInterval 0.1\n</Server>", sink.port());
        let mut daemon = names.preload(sender(side, &block, "Linger 0")).start();
        let flush = || drop(daemon.command("FLUSH plugin=network").expect("FLUSH works"));
        // Of one thread, which takes the second to csv when it is done with the first.
        let send = |name: &str| {
            put(&daemon, name, 0);
            put(&daemon, name, 1);
            let _written = daemon.wait_rows(name, 2);
            flush();
        };
        let arrived = |sink: &UdpSink| arrived(sink).into_iter().collect::<BTreeSet<_>>();
        send("h/p/gauge-before");
        soon("the first", || {
            flush();
            (!arrived(&sink).is_empty()).then_some(())
        });
        names.switch("again", true);
        for number in 0..5 {
            sleep(Duration::from_millis(150));
            send(&format!("h/p/gauge-{number}"));
        }
        if side.is_ours() {
            soon("all of them", || (arrived(&sink).len() == 6).then_some(()));
        } else {
            sleep(A_WHILE);
            assert_eq!(arrived(&sink).len(), 1);
        }
        names.switch("again", false);
        send("h/p/gauge-after");
        soon("the last", || {
            flush();
            arrived(&sink).contains("h/p/gauge-after").then_some(())
        });
        assert!(daemon.stop().success());
    }
}

/// Of the addresses of a name only the first is ever tried.
#[test]
fn defect_08_the_next_address_is_tried() {
    for side in Side::BOTH {
        let sink = UdpSink::bind();
        let block = format!("Server \"two.test\" \"{}\"", sink.port());
        let hosts = Hosts::new("two.test ::1 127.0.0.1\n");
        let mut daemon = hosts.preload(sender(side, &block, "Linger 0")).start();
        for number in 0..10 {
            put(&daemon, &format!("h/p/gauge-{number}"), 0);
            sleep(Duration::from_millis(50));
            daemon.command("FLUSH plugin=network").expect("FLUSH works");
        }
        if side.is_ours() {
            soon("the last", || arrived(&sink).contains(&"h/p/gauge-9".to_owned()).then_some(()));
        } else {
            sleep(A_WHILE);
            assert_eq!(sink.count(), 0);
        }
        assert!(daemon.stop().success());
    }
}

/// Resolving and sending hold the lock that every write thread needs.
#[test]
fn defect_09_a_dead_resolver_holds_nobody_up() {
    for side in Side::BOTH {
        let names = Names::new();
        names.switch("hang", true);
        let block = format!("Server \"slow.test\" \"{}\"", free_udp_port());
        // Everybody's daemon has five.
        let builder = sender(side, &block, "").write_threads(5).interval(Duration::from_millis(50));
        let mut daemon = load_sample(names.preload(builder), "flood", "Lists 20000\nPerRead 100").start();
        daemon.wait_log("are dispatched", common::PATIENCE);
        let rows = || daemon.csv_rows().values().map(Vec::len).sum::<usize>();
        if side.is_ours() {
            soon("all of it to be written elsewhere", || (rows() >= 19_000).then_some(()));
            names.switch("hang", false);
        } else {
            // Each thread gets so far.
            let before = soon("an end of it", || {
                let before = rows();
                sleep(A_WHILE);
                (rows() == before).then_some(before)
            });
            assert!(before < 10_000, "{before} rows");
            names.switch("hang", false);
            soon("writing to go on", || (rows() > before).then_some(()));
        }
        assert!(daemon.stop().success());
    }
}

/// How old a packet is is counted from its youngest value list: one that comes now and then keeps all the others.
#[test]
fn defect_11_a_trickle_does_not_keep_a_packet_young() {
    for side in Side::BOTH {
        let sink = UdpSink::bind();
        let load = "FlushInterval 0.2\nFlushTimeout 1";
        // The time that a value may wait for others would do it, too.
        let builder = side.daemon_with(load, &server(sink.port()), "Linger 3600");
        let mut daemon = builder.load("csv").load("unixsock").start();
        let kept_back = soon("a trickle without a pause", || trickle(&daemon, &sink));
        if side.is_ours() {
            assert!((Duration::from_millis(900)..TRICKLE).contains(&kept_back), "{kept_back:?}");
        } else {
            assert!(kept_back >= TRICKLE, "only {kept_back:?}");
        }
        assert!(daemon.stop().success());
    }
}

/// Three and a half times as old as a packet may get.
const TRICKLE: Duration = Duration::from_millis(3500);

/// How long nothing leaves while values come now and then, at most [`TRICKLE`]. Nothing if the machine was so busy that
/// there was a pause among them, in which even the youngest got old.
fn trickle(daemon: &Daemon, sink: &UdpSink) -> Option<Duration> {
    daemon.command("FLUSH plugin=network").expect("FLUSH works");
    sleep(Duration::from_millis(300));
    let (before, start) = (sink.count(), Instant::now());
    let mut last = start;
    for number in 0.. {
        put(daemon, &format!("h/p/gauge-{number}"), 0);
        sleep(Duration::from_millis(100));
        let now = Instant::now();
        if now - last > Duration::from_millis(600) {
            return None;
        }
        last = now;
        if sink.count() > before || now - start >= TRICKLE {
            break;
        }
    }
    Some(start.elapsed())
}

/// What the packets have: value lists and notifications.
fn items(sink: &UdpSink) -> Vec<&'static str> {
    let packets = sink.packets();
    let items = packets.iter().flat_map(|packet| collectd_wire::decode(packet).map(Result::ok));
    items.flatten().map(|item| if matches!(item, Item::Values(_)) { "value" } else { "notification" }).collect()
}

/// Values wait for a full packet, and the notification that they caused does not.
#[test]
fn defect_20_a_notification_does_not_overtake_its_value() {
    for side in Side::BOTH {
        let sink = UdpSink::bind();
        let mut daemon = sender(side, &server(sink.port()), "Linger 3600").start();
        put(&daemon, "h/p/gauge", 0);
        put(&daemon, "h/p/gauge", 1);
        // The writer that sends may be the second of the two: it had the first.
        let _written = daemon.wait_rows("h/p/gauge", 2);
        daemon.command("PUTNOTIF severity=failure time=1749238000 host=h message=high").expect("it is taken");
        soon("the notification", || items(&sink).contains(&"notification").then_some(()));
        soon("all of them", || {
            daemon.command("FLUSH plugin=network").expect("FLUSH works");
            (items(&sink).len() == 3).then_some(())
        });
        // The second may come behind it in either.
        let first = if side.is_ours() { "value" } else { "notification" };
        assert_eq!(items(&sink)[0], first, "{side:?}");
        assert!(daemon.stop().success());
    }
}

/// Each list carries its own time where several threads write at once, which costs room. (That they may change the order
/// is the daemon's doing, before it calls any plugin.)
#[test]
fn defect_20_everything_of_several_write_threads_arrives_once() {
    for side in Side::BOTH {
        const LISTS: usize = 5000;
        let sink = UdpSink::bind();
        let builder = sender(side, &server(sink.port()), "").write_threads(5);
        let mut daemon = load_sample(builder, "flood", &format!("Lists {LISTS}")).start();
        daemon.wait_log("are dispatched", common::PATIENCE);
        let got = soon("all of it", || {
            daemon.command("FLUSH plugin=network").expect("FLUSH works");
            Some(lists(&sink.packets())).filter(|lists| lists.len() >= LISTS)
        });
        let once: BTreeSet<_> = got.iter().map(common::List::name).collect();
        assert_eq!((got.len(), once.len()), (LISTS, LISTS));
        assert!(daemon.stop().success());
    }
}
