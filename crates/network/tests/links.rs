//! Interfaces and addresses that come and go, in networks of their own.

mod common;
mod flow;
mod receiving;

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use collectd_test_daemon::{Daemon, cargo_build};
use collectd_test_interop::{Namespace, Pair, as_root, ip};
use collectd_types::Time;
use common::side::Side;
use common::{PATIENCE, log_lines, soon};
use flow::{flowing, numbers, of_server};
use receiving::{Statistics, gauge, packet, reporting};

const GROUP: Ipv4Addr = Ipv4Addr::new(239, 192, 74, 66);
const PORT: u16 = 25826;

/// Sends values to an address, from a network, until the daemon has one that was sent after this call.
fn assert_receives(daemon: &Daemon, from: &Namespace, to: Ipv4Addr) {
    let key = format!("late-{:?}", Time::now().to_raw());
    soon(&format!("a value to {to}"), || {
        from.run(|| {
            let socket = UdpSocket::bind("0.0.0.0:0").expect("a free port");
            // An address that is not there yet is no reason to stop.
            let _ = socket.send_to(&packet([gauge("h", &key, Time::now(), 1.0)]), (to, PORT));
        });
        sleep(Duration::from_millis(100));
        daemon.csv_rows().contains_key(&format!("h/p/gauge-{key}")).then_some(())
    });
}

#[test]
fn an_address_that_comes_later_is_listened_on() {
    as_root("an_address_that_comes_later_is_listened_on", || {
        let network = Namespace::new();
        let block = format!("Listen \"10.99.0.1\"\nListen \"{GROUP}\"\nListen \"127.0.0.1\" \"25827\"");
        let mut daemon = network.run(|| reporting(&block).start());
        for host in ["10.99.0.1", "239.192.74.66"] {
            daemon.wait_log(&format!("Listen \"{host}\" \"25826\": "), PATIENCE);
        }
        // No address, no route, no interface.
        network.run(|| ip("link add cable type veth peer name other\naddr add 10.99.0.1/24 dev cable\nlink set cable up\nlink set other up"));
        assert_receives(&daemon, &network, Ipv4Addr::new(10, 99, 0, 1));
        network.run(|| ip("route add 224.0.0.0/4 dev cable"));
        assert_receives(&daemon, &network, GROUP);
        assert!(daemon.stop().success());
        assert_eq!(log_lines(&daemon, "trying again"), 2, "{}", daemon.log());
        assert_eq!(log_lines(&daemon, "receiving on"), 2, "{}", daemon.log());
    });
}

#[test]
fn what_is_read_while_the_interface_is_down_arrives_afterwards() {
    as_root("what_is_read_while_the_interface_is_down_arrives_afterwards", || {
        flow::build();
        let Pair { near, far } = Pair::new();
        let mut receiver = far.run(|| reporting("Listen \"10.77.0.2\"").start());
        let mut sender = near.run(|| flowing("Server \"10.77.0.2\"\nLinger 0.1", 3000, 50).start());
        soon("the first", || (numbers(&receiver).len() > 100).then_some(()));
        near.run(|| ip("link set cable down"));
        sender.wait_log("Server \"10.77.0.2\"", PATIENCE);
        sleep(Duration::from_secs(1));
        near.run(|| ip("link set cable up"));
        sender.wait_log("value lists are dispatched", PATIENCE);
        soon("all of them", || (numbers(&receiver).len() == 3000).then_some(()));
        let statistics = Statistics::next(&sender);
        assert_eq!(of_server(&statistics, "10.77.0.2", PORT, "packets-lost", 0), 0);
        assert!(sender.stop().success() && receiver.stop().success());
    });
}

/// Another one of the same name has another number, and the sockets of the first are of no use any more.
#[test]
fn an_interface_that_is_made_anew_is_used_again() {
    as_root("an_interface_that_is_made_anew_is_used_again", || {
        flow::build();
        let (near, far) = (Namespace::new(), Namespace::new());
        let cable = || {
            let id = far.id();
            near.run(|| ip(&format!("link add cable type veth peer name cable netns {id}")));
            for (number, namespace) in [(1, &near), (2, &far)] {
                namespace.run(|| {
                    ip(&format!(
                        "addr add 10.78.0.{number}/24 dev cable\nlink set cable up\nroute add 224.0.0.0/4 dev cable"
                    ));
                });
            }
        };
        cable();
        let blocks = [
            ("<Listen \"239.192.74.66\">\nInterface \"cable\"\n</Listen>", "239.192.74.66", 25826),
            ("Listen \"239.192.74.67\" \"25827\"", "239.192.74.67", 25827),
            ("Listen \"ff18::efc0:4a42\" \"25829\"", "ff18::efc0:4a42", 25829),
            ("<Listen \"0.0.0.0\" \"25828\">\nInterface \"cable\"\n</Listen>", "10.78.0.2", 25828),
        ];
        let listens: Vec<_> = blocks.iter().map(|(listen, ..)| *listen).collect();
        let server = |(_, host, port): &(&str, &str, u16)| {
            format!("<Server \"{host}\" \"{port}\">\nInterface \"cable\"\n</Server>\n")
        };
        let servers: String = blocks.iter().map(server).collect();
        let mut receiver = far.run(|| reporting(&(listens.join("\n") + "\nDuplicateWindow 60")).start());
        let mut sender = near.run(|| flowing(&format!("{servers}Linger 0.1"), 1_000_000, 5).start());
        let arrives = || {
            for (_, host, port) in &blocks {
                let name = format!("listen-{}-{port}/if_packets", if *port == 25828 { "0.0.0.0" } else { host });
                let before = Statistics::next(&receiver).get(&name, 0).unwrap_or(0);
                let _ = Statistics::wait(&receiver, &name, 0, before + 5);
            }
        };
        arrives();
        near.run(|| ip("link delete cable"));
        sleep(Duration::from_millis(500));
        cable();
        arrives();
        assert!(sender.stop().success() && receiver.stop().success());
    });
}

/// As when a tunnel comes up after the daemon, or a provider gives out other addresses: what still came from the first
/// one would be thrown away on its way.
#[test]
fn packets_come_from_the_address_of_the_route_that_there_is() {
    as_root("packets_come_from_the_address_of_the_route_that_there_is", || {
        let _built = cargo_build::cdylib("rust_network");
        for side in Side::BOTH {
            let Pair { near, far } = Pair::new();
            near.run(|| ip("route add default via 10.77.0.2\nroute add default via fd77::2"));
            far.run(|| ip("addr add 10.88.0.1/32 dev lo\naddr add fd88::1/128 dev lo nodad"));
            let sockets =
                far.run(|| ["10.88.0.1:25826", "[fd88::1]:25826"].map(|at| UdpSocket::bind(at).expect("free")));
            sockets.iter().for_each(|socket| socket.set_nonblocking(true).expect("a socket can be"));
            let block = "Server \"10.88.0.1\"\nServer \"fd88::1\"";
            let daemon = side.daemon(block, "Linger 0.1").load("unixsock");
            let mut daemon = near.run(|| daemon.start());
            let come_from = |wanted: [&str; 2]| {
                soon(&format!("packets from {wanted:?}"), || {
                    daemon.putval("h/p/gauge", "interval=1", "N:1");
                    let _ = daemon.command("FLUSH plugin=network");
                    sleep(Duration::from_millis(100));
                    let last = sockets.each_ref().map(|socket| {
                        let packets = std::iter::from_fn(|| socket.recv_from(&mut [0; 2000]).ok());
                        packets.last().map(|(_, from)| from.ip().to_string())
                    });
                    (last == wanted.map(|address| Some(address.to_owned()))).then_some(())
                });
            };
            come_from(["10.77.0.1", "fd77::1"]);
            near.run(|| {
                ip("addr add 10.88.0.2/32 dev cable\naddr add fd88::2/128 dev cable nodad\n\
                    route add 10.88.0.1/32 via 10.77.0.2 src 10.88.0.2\nroute add fd88::1/128 via fd77::2 src fd88::2");
            });
            come_from(["10.88.0.2", "fd88::2"]);
            assert!(daemon.stop().success());
        }
    });
}

/// Says that it is ready, and then how many routers a packet to each of the addresses could have passed.
const TELL_TTLS: &str = "
import socket, struct, sys
at = socket.if_nametoindex('cable')
sockets = []
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind((address, 25826))
    s.settimeout(30)
    if family == socket.AF_INET:
        # IP_RECVTTL is not in the module before Python 3.14.
        s.setsockopt(socket.IPPROTO_IP, 12, 1)
        if address.startswith('239.'):
            s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack('4s4si', socket.inet_aton(address), bytes(4), at))
    else:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        if address.startswith('ff'):
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack('16si', socket.inet_pton(family, address), at))
    sockets.append(s)
print('ready', flush=True)
for s in sockets:
    for level, kind, data in s.recvmsg(65536, 1024)[1]:
        if (level, kind) in [(socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT)]:
            print(struct.unpack('i', data[:4])[0], flush=True)
";

/// To addresses and groups of both families, with `TimeToLive` and without.
#[test]
fn packets_pass_as_many_routers_as_those_of_the_c_plugin() {
    const ADDRESSES: [&str; 4] = ["10.77.0.2", "fd77::2", "239.192.74.66", "ff18::efc0:4a42"];
    as_root("packets_pass_as_many_routers_as_those_of_the_c_plugin", || {
        let _built = cargo_build::cdylib("rust_network");
        let Pair { near, far } = Pair::new();
        let servers: String = ADDRESSES.map(|address| format!("Server \"{address}\"\n")).concat();
        for (line, wanted) in [("", "64 64 1 1"), ("TimeToLive 7", "7 7 7 7"), ("TimeToLive 255", "255 255 255 255")] {
            for side in Side::BOTH {
                let mut python = Command::new("python3");
                python.args(["-c", TELL_TTLS]).args(ADDRESSES).stdout(Stdio::piped());
                let mut python = far.run(|| python.spawn().expect("python3 is there"));
                let mut output = BufReader::new(python.stdout.take().expect("a pipe"));
                output.read_line(&mut String::new()).expect("it is ready");
                let daemon = side.daemon(&format!("{servers}{line}"), "Linger 0").load("unixsock");
                let mut daemon = near.run(|| daemon.start());
                daemon.putval("h/p/gauge", "interval=10", "N:1");
                let is_over = || {
                    let _ = daemon.command("FLUSH plugin=network");
                    python.try_wait().expect("a child can be waited for").map(|_| ())
                };
                soon("all packets", is_over);
                let mut seen = String::new();
                output.read_to_string(&mut seen).expect("numbers");
                assert_eq!(seen.split_whitespace().collect::<Vec<_>>().join(" "), wanted, "{side:?} {line}");
                assert!(daemon.stop().success());
            }
        }
    });
}

/// Addresses that mean nothing without an interface have that of the option, or that of the other end.
#[test]
fn addresses_of_a_link_have_the_interface_of_their_block() {
    let ways = [
        ("fe80::2%cable", ""),
        ("fe80::2%cable", "BindAddress \"fe80::1\""),
        ("fe80::2", "Interface \"cable\""),
        ("fe80::2", "Interface \"cable\"\nBindAddress \"fe80::1\""),
        ("ff02::77:1%cable", ""),
        ("ff02::77:1", "Interface \"cable\""),
    ];
    as_root("addresses_of_a_link_have_the_interface_of_their_block", || {
        let _built = cargo_build::cdylib("rust_network");
        let Pair { near, far } = Pair::new();
        let listens =
            ["fe80::2", "ff02::77:1"].map(|at| format!("<Listen \"{at}\">\nInterface \"cable\"\n</Listen>\n"));
        let mut receiver = far.run(|| reporting(&listens.concat()).start());
        for (number, (host, options)) in ways.iter().enumerate() {
            let block = format!("<Server \"{host}\">\n{options}\n</Server>");
            let mut sender = near.run(|| Side::Ours.daemon(&block, "Linger 0").load("unixsock").start());
            let key = format!("h/p/gauge-{number}");
            sender.putval(&key, "interval=10", "N:1");
            soon(&format!("{host} {options}"), || receiver.csv_rows().contains_key(&key).then_some(()));
            assert!(sender.stop().success());
        }
        assert!(receiver.stop().success());
    });
}
