//! What is wrong with how collectd's own `network` plugin receives, shown with it, and that ours does better. The numbers
//! are those of the table in README.md.

mod common;

use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, wait_until};
use common::packets::{Peer, gauge, head, head_of_type, host, text, time, type_instance, value};
use common::preload::Injections;
use common::record::{Record, add_recorder, recorded_notifications, recorded_values};
use common::side::Side;
use common::{PATIENCE, assert_no_trouble, log_lines, soon};

/// What does not come in this time does not come.
const A_WHILE: Duration = Duration::from_millis(1500);

/// A daemon that listens to the peer.
fn listener(side: Side, port: u16) -> Builder {
    add_recorder(side.daemon(&format!("Listen \"127.0.0.1\" \"{port}\""), ""))
}

/// The names of what the daemon got, in order.
fn names(daemon: &Daemon) -> Vec<String> {
    recorded_values(daemon).iter().map(Record::name).collect()
}

/// Waits for a list of this name.
fn wait_for(daemon: &Daemon, peer: &Peer, name: &str) {
    soon(name, || {
        peer.nudge();
        names(daemon).iter().any(|other| other == name).then_some(())
    });
}

/// The surplus of a number part is read as parts, and a part that is too short makes room where there is none.
#[test]
fn defect_01_number_parts_have_their_length() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let mut daemon = listener(side, port).start();
        let hidden = [host("hidden"), value(1, 0)].concat();
        // What is behind the part is what the reader still believes to be there.
        let long = [head("visible"), time(1, &hidden), value(1, 0).repeat(4)].concat();
        peer.send(&long);
        // Two bytes of a number, and eight are read.
        let mut short = [head("short"), time(1, &[]), value(1, 0)].concat();
        let at = short.len() - value(1, 0).len() - 12;
        short.splice(at..at + 12, [0, 1, 0, 6, 9, 9]);
        peer.send(&short);
        peer.send(&gauge("good", "last"));
        wait_for(&daemon, &peer, "good/p/gauge-last");
        let is_fooled = names(&daemon).iter().any(|name| name.starts_with("hidden/"));
        assert_eq!(is_fooled, !side.is_ours(), "{side:?}: {:?}", names(&daemon));
        if side.is_ours() {
            assert_eq!(names(&daemon), ["good/p/gauge-last"]);
        }
        assert!(daemon.stop().success());
    }
}

/// While the other thread has the lock, for a moment each time, what comes is put aside until more comes.
#[test]
fn defect_02_no_datagram_waits_for_the_next_one() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let inject = Injections::new();
        let mut daemon = inject.preload(listener(side, port)).start();
        inject.begin("busy");
        peer.send(&gauge("quiet", "a"));
        peer.wait_until_taken();
        std::thread::sleep(Duration::from_millis(300));
        inject.end("busy");
        if side.is_ours() {
            soon("the datagram", || (names(&daemon) == ["quiet/p/gauge-a"]).then_some(()));
        } else {
            std::thread::sleep(A_WHILE);
            assert_eq!(names(&daemon), [""; 0]);
        }
        peer.send(&gauge("quiet", "b"));
        wait_for(&daemon, &peer, "quiet/p/gauge-b");
        assert_eq!(names(&daemon), ["quiet/p/gauge-a", "quiet/p/gauge-b"]);
        assert!(daemon.stop().success());
    }
}

/// Any error ends the receiving for good, and the daemon goes on deaf.
#[test]
fn defect_04_an_error_of_a_socket_does_not_end_the_receiving() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let inject = Injections::new();
        let mut daemon = inject.preload(listener(side, port)).start();
        inject.begin("no-memory");
        peer.send(&gauge("h", "first"));
        soon("the error", || (!inject.is_on("no-memory")).then_some(()));
        for number in 0..5 {
            peer.send(&gauge("h", &number.to_string()));
        }
        if side.is_ours() {
            wait_for(&daemon, &peer, "h/p/gauge-4");
            // Nothing was taken, so nothing is lost.
            assert_eq!(names(&daemon).len(), 6);
            daemon.wait_log("receiving works again", PATIENCE);
        } else {
            std::thread::sleep(A_WHILE);
            assert_eq!(names(&daemon), [""; 0]);
        }
        assert!(daemon.stop().success());
    }
}

/// An error that poll reports, and nothing to be received with it, ends the receiving for good, too, without a word.
#[test]
fn defect_05_an_error_that_poll_reports_is_taken_off_the_socket() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let inject = Injections::new();
        let mut daemon = inject.preload(listener(side, port)).start();
        peer.send(&gauge("h", "a"));
        wait_for(&daemon, &peer, "h/p/gauge-a");
        inject.begin("poll-error");
        // Those who wait see it when they wait again.
        peer.nudge();
        if side.is_ours() {
            soon("the error to be taken", || (!inject.is_on("poll-error")).then_some(()));
            peer.send(&gauge("h", "b"));
            wait_for(&daemon, &peer, "h/p/gauge-b");
        } else {
            std::thread::sleep(Duration::from_millis(300));
            inject.end("poll-error");
            peer.send(&gauge("h", "b"));
            std::thread::sleep(A_WHILE);
            assert_eq!(names(&daemon), ["h/p/gauge-a"]);
            assert_no_trouble(&daemon);
        }
        assert!(daemon.stop().success());
    }
}

/// The thread is told by a signal, which it must not get just before it waits.
#[test]
fn defect_06_the_daemon_stops_whatever_the_receiver_is_doing() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let inject = Injections::new();
        let mut daemon = inject.preload(listener(side, port)).start();
        inject.begin("slow-poll");
        // It has received this, and is about to wait for more.
        peer.send(&gauge("h", "a"));
        soon("the datagram", || (!names(&daemon).is_empty()).then_some(()));
        let pid = daemon.pid();
        let log_file = daemon.dir().join("log");
        let log = || std::fs::read_to_string(&log_file).unwrap_or_default();
        let is_running = || std::path::Path::new(&format!("/proc/{pid}/exe")).read_link().is_ok();
        std::thread::scope(|scope| {
            let stopping = scope.spawn(|| daemon.stop());
            // The C plugin sends its thread the signal then.
            let told = if side.is_ours() { "Exiting normally" } else { "Stopping receive thread" };
            soon(told, || log().contains(told).then_some(()));
            std::thread::sleep(Duration::from_millis(300));
            inject.end("slow-poll");
            if side.is_ours() {
                assert!(stopping.join().expect("it stops").success());
            } else {
                std::thread::sleep(Duration::from_secs(3));
                assert!(is_running(), "there is no race any more");
                // What comes now ends it.
                peer.nudge();
                let _ended = stopping.join().expect("it stops");
            }
        });
    }
}

/// Whoever hears notifications slowly holds up what is received, which waits in memory without limit.
#[test]
fn defect_10_what_waits_is_bounded() {
    const DATAGRAMS: usize = 30_000;
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let block = format!("Listen \"127.0.0.1\" \"{port}\"\nReportStats true");
        let daemon = side.daemon(&block, "ReceiveBuffer 1048576");
        let deaf = tempfile::NamedTempFile::new().expect("a temporary file");
        let recorder = format!("File \"@DIR@/record\"\nDeafWhile \"{}\"", deaf.path().display());
        let mut daemon = common::load_sample(daemon, "recorder", &recorder).load("csv").start();
        let severity = common::packets::part(0x101, &1u64.to_be_bytes());
        peer.send(&[head("h"), severity, text(0x100, "wait")].concat());
        peer.nudge();
        peer.wait_until_taken();
        let before = daemon.resident_bytes();
        let packet = gauge("flood", &"x".repeat(100));
        let packet = packet.repeat(1400 / packet.len());
        for number in 0..DATAGRAMS {
            peer.send(&packet);
            // Its receive buffer is that of the system.
            if number % 50 == 0 && !side.is_ours() {
                peer.wait_until_taken();
            }
        }
        let grown = daemon.resident_bytes().saturating_sub(before) >> 20;
        println!("{side:?}: {grown} MiB more");
        if side.is_ours() {
            assert!(grown < 16, "{grown} MiB more");
        } else {
            assert!(grown > 25, "{grown} MiB more");
        }
        assert_eq!(recorded_notifications(&daemon).len(), 0, "somebody heard it all the same");
        drop(deaf);
        if side.is_ours() {
            // What had no room is counted.
            daemon.wait_log("the kernel dropped", PATIENCE);
        }
        assert!(daemon.stop().success());
    }
}

/// What each of the plugin's own lists has, when it says so.
fn statistic(daemon: &Daemon, name: &str) -> Option<u64> {
    let rows = daemon.csv_rows().remove(name)?;
    rows.last()?.1.split(',').next()?.parse().ok()
}

/// How many reports there were with it.
fn reports(daemon: &Daemon, name: &str) -> usize {
    daemon.csv_rows().get(&format!("testhost/{name}")).map_or(0, Vec::len)
}

/// Lists without a time or a name, and parts that cannot be read, are dropped and counted nowhere.
#[test]
fn defect_15_what_is_dropped_is_counted() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let block = format!("Listen \"127.0.0.1\" \"{port}\"\nReportStats true");
        let mut daemon = add_recorder(side.daemon(&block, "")).load("csv").interval(Duration::from_millis(300)).start();
        let nameless = value(1, 0).repeat(3);
        peer.send(&nameless);
        // Cut off in the middle.
        peer.send(&gauge("h", "cut")[..40]);
        peer.send(&gauge("h", "good"));
        wait_for(&daemon, &peer, "h/p/gauge-good");
        let total = |name: &str| statistic(&daemon, &format!("testhost/{name}"));
        if side.is_ours() {
            let own = format!("network-listen-127.0.0.1-{port}");
            soon("three lists that lack something", || {
                (total(&format!("{own}/total_values-dropped-incomplete")) == Some(3)).then_some(())
            });
            soon("a packet that is cut off", || {
                (total(&format!("{own}/packets-dropped-truncated")) == Some(1)).then_some(())
            });
        } else {
            // Two more reports, and no number anywhere but the accepted one.
            let accepted = "network/total_values-dispatch-accepted";
            soon("a report", || (total(accepted) == Some(1)).then_some(()));
            let _more = daemon.wait_rows(&format!("testhost/{accepted}"), reports(&daemon, accepted) + 2);
            let reported: Vec<_> = daemon.csv_rows().into_keys().filter(|name| name.contains("/network")).collect();
            assert_eq!(reported.len(), 7, "{reported:?}");
            assert_eq!(total("network/total_values-dispatch-rejected"), Some(0));
        }
        assert!(daemon.stop().success());
    }
}

/// Each bad datagram has its lines in the log, with names as they came.
#[test]
fn defect_16_bad_packets_do_not_fill_the_log() {
    const PACKETS: usize = 2000;
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let dir = tempfile::tempdir().expect("a temporary directory");
        let users = dir.path().join("users");
        std::fs::write(&users, "alice: a\n").expect("a temporary directory is writable");
        let block = format!("<Listen \"127.0.0.1\" \"{port}\">\nAuthFile \"{}\"\n</Listen>", users.display());
        let mut daemon = add_recorder(side.daemon(&block, "")).start();
        // Signed by somebody with a line break in his name.
        let stranger = "nobody\n[error] the disk is full";
        let mut signed = Vec::new();
        let mut sealer = collectd_wire::Sealer::sign(stranger.as_bytes(), b"x").expect("a user");
        sealer.seal(&gauge("h", "a"), &mut signed).expect("it can be signed");
        for number in 0..PACKETS {
            peer.send(&signed);
            peer.send(&[7; 3]);
            // The C plugin's receive buffer is that of the system.
            if number % 50 == 0 {
                peer.wait_until_taken();
            }
        }
        peer.send(&gauge("h", "last"));
        wait_for(&daemon, &peer, "h/p/gauge-last");
        assert!(daemon.stop().success());
        let lines = daemon.log().lines().count();
        let forged = daemon.log().lines().filter(|line| *line == "[error] the disk is full").count();
        if side.is_ours() {
            assert!(lines < 20, "{lines} lines:\n{}", daemon.log());
            assert_eq!(forged, 0);
        } else {
            assert!(lines > 2 * PACKETS, "{lines} lines");
            assert!(forged > PACKETS / 2, "{forged} lines that somebody else has written");
        }
    }
}

/// The kinds of values on the wire are not looked at, and one name that is too long costs the rest of the packet.
#[test]
fn defect_17_kinds_are_looked_at_and_a_long_name_costs_what_has_it() {
    for side in Side::BOTH {
        let (peer, port) = Peer::new();
        let mut daemon = listener(side, port).start();
        peer.send(&[head_of_type("kinds", "derive"), value(1, 1.0f64.to_bits().swap_bytes())].concat());
        peer.send(&[head_of_type("kinds", "counter"), value(2, 7)].concat());
        let gauge_value = || value(1, 1.0f64.to_bits().swap_bytes());
        let long = type_instance(&"x".repeat(128));
        peer.send(
            &[head("long"), long, gauge_value(), type_instance("a"), gauge_value(), type_instance("b"), gauge_value()]
                .concat(),
        );
        peer.send(&gauge("h", "last"));
        wait_for(&daemon, &peer, "h/p/gauge-last");
        let lists = recorded_values(&daemon);
        let values = |name: &str| lists.iter().find(|list| list.name() == name).map(|list| list.values().to_owned());
        // Another whole number is as good, so a counter can come from a daemon that calls it a derive.
        assert_eq!(values("kinds/p/counter").as_deref(), Some("0:0000000000000007"));
        if side.is_ours() {
            assert_eq!(names(&daemon), ["kinds/p/counter", "long/p/gauge-a", "long/p/gauge-b", "h/p/gauge-last"]);
            assert_eq!(log_lines(&daemon, "kinds/p/derive is not taken"), 1, "{}", daemon.log());
        } else {
            assert_eq!(values("kinds/p/derive").as_deref(), Some("2:3ff0000000000000"), "1.0 as a whole number");
            assert_eq!(names(&daemon), ["kinds/p/derive", "kinds/p/counter", "h/p/gauge-last"]);
        }
        assert!(daemon.stop().success());
    }
}

/// What a daemon sends to a group comes back to it, is decrypted, read, and found to be its own; notifications are not
/// even found to be. On Linux it is the sender that could tell the kernel, which is the wrong thing where somebody else
/// on the machine listens, too.
#[test]
fn defect_18_what_comes_back_is_not_looked_at() {
    for side in Side::BOTH {
        let port = collectd_test_daemon::free_udp_port();
        let block = format!("Server \"127.0.0.1\" \"{port}\"\nListen \"127.0.0.1\" \"{port}\"\nReportStats true");
        let daemon = add_recorder(side.daemon(&block, "")).load("csv").load("unixsock");
        let mut daemon = daemon.interval(Duration::from_millis(300)).start();
        daemon.putval("own/p/gauge", "interval=10", "1749238000:1");
        soon("the value", || names(&daemon).contains(&"own/p/gauge".to_owned()).then_some(()));
        daemon.command("FLUSH plugin=network").expect("FLUSH works");
        daemon.command("PUTNOTIF severity=okay time=1749238000 host=own message=well").expect("it is taken");
        let peer = Peer::to((std::net::Ipv4Addr::LOCALHOST, port).into());
        let heard = || recorded_notifications(&daemon).len();
        let total = |name: &str| statistic(&daemon, &format!("testhost/{name}")).unwrap_or_default();
        if side.is_ours() {
            let own = format!("network-listen-127.0.0.1-{port}/packets-dropped-own");
            soon("both packets to come back", || (total(&own) >= 2).then_some(()));
            assert_eq!(total("network/total_values-dispatch-rejected"), 0);
            assert_eq!(heard(), 1);
        } else {
            soon("both packets to come back", || {
                peer.nudge();
                (total("network/total_values-dispatch-rejected") > 0 && heard() == 2).then_some(())
            });
        }
        assert_eq!(names(&daemon).iter().filter(|name| *name == "own/p/gauge").count(), 1);
        assert!(daemon.stop().success());
    }
}

/// A daemon that only receives takes everything as often as it comes.
#[test]
fn defect_19_what_comes_twice_is_taken_once_where_that_is_wanted() {
    for (side, window, times) in [(Side::C, "", 2), (Side::Ours, "", 2), (Side::Ours, "DuplicateWindow 60", 1)] {
        let ports = [(); 2].map(|()| Peer::new());
        let listens: String = ports.iter().map(|(_, port)| format!("Listen \"127.0.0.1\" \"{port}\"\n")).collect();
        let mut daemon = add_recorder(side.daemon(&listens, window)).start();
        let severity = common::packets::part(0x101, &1u64.to_be_bytes());
        let note = [head("twice"), severity, text(0x100, "it burns")].concat();
        for (peer, _) in &ports {
            peer.send(&gauge("twice", "a"));
            peer.send(&note);
        }
        // Behind all of it at either socket, of which any may be read first.
        for (number, (peer, _)) in (0..).zip(&ports) {
            let last = format!("last-{number}");
            peer.send(&gauge("h", &last));
            wait_for(&daemon, peer, &format!("h/p/gauge-{last}"));
        }
        let count = names(&daemon).iter().filter(|name| name.starts_with("twice/")).count();
        assert_eq!(count, times, "{side:?} {window}");
        assert_eq!(recorded_notifications(&daemon).len(), times, "{side:?} {window}");
        assert!(daemon.stop().success());
        if side.is_ours() {
            assert_no_trouble(&daemon);
        }
    }
}

/// One size of packets for everything: who receives large ones cannot send small ones.
#[test]
fn defect_19_each_server_and_listener_may_have_its_own_packet_size() {
    let sink = collectd_test_daemon::UdpSink::bind();
    let (peer, port) = Peer::new();
    let block = format!(
        "<Listen \"127.0.0.1\" \"{port}\">\nMaxPacketSize 65535\n</Listen>\n<Server \"127.0.0.1\" \"{}\">\n\
         MaxPacketSize 1024\n</Server>\nForward true",
        sink.port()
    );
    let mut daemon = add_recorder(Side::Ours.daemon(&block, "")).start();
    let large: Vec<u8> = (0..200).flat_map(|number| gauge("large", &number.to_string())).collect();
    assert!(large.len() > 8192);
    peer.send(&large);
    wait_until("all of it", PATIENCE, || (names(&daemon).len() == 200).then_some(()));
    soon("all of it, passed on", || (common::lists(&sink.packets()).len() == 200).then_some(()));
    assert!(sink.packets().iter().all(|packet| packet.len() <= 1024));
    assert!(daemon.stop().success());
}
