//! Where it listens.

#![cfg(target_os = "linux")]

mod common;

use std::net::{SocketAddr, UdpSocket};

use collectd_types::Values;
use collectd_udp::{GROUP_V4, Interface, SendOptions, Sender};
use common::{Live, command, gauge, gauge_line, packet};

/// Sends to a group on the loopback interface only.
fn send_to_group(group: SocketAddr, packet: &[u8]) {
    let interface = Some(Interface::named("lo").unwrap());
    let options = SendOptions { interface, ttl: Some(0), ..SendOptions::default() };
    Sender::connect(group, &options).unwrap().send_batch(&[packet]).unwrap();
}

#[test]
fn ipv6() {
    let live = Live::print(&["--listen", "[::1]:0"]);
    assert!(live.addrs[0].is_ipv6());
    live.send(&[packet([gauge(6)])]);
    assert_eq!(live.next_line(), gauge_line(6));
}

#[test]
fn several_addresses_at_once() {
    let live = Live::print(&["--listen", "127.0.0.1:0", "--listen", "[::1]:0"]);
    let addrs = live.addrs.clone();
    assert_eq!(addrs.len(), 2);
    for (number, addr) in addrs.into_iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        Sender::connect(addr, &SendOptions::default()).unwrap().send_batch(&[packet([gauge(number)])]).unwrap();
        assert_eq!(live.next_line(), gauge_line(number));
    }
}

#[test]
fn a_host_name() {
    let live = Live::print(&["--listen", "localhost:0"]);
    assert!(live.addrs.iter().all(|addr| addr.ip().is_loopback()), "{:?}", live.addrs);
    live.send(&[packet([gauge(1)])]);
    assert_eq!(live.next_line(), gauge_line(1));
}

#[test]
fn a_group_on_an_interface() {
    let live = Live::print(&["--listen", "239.192.74.66:0", "--interface", "lo"]);
    assert_eq!(live.addrs[0].ip(), GROUP_V4);
    send_to_group(live.addrs[0], &packet([gauge(1)]));
    assert_eq!(live.next_line(), gauge_line(1));
}

#[test]
fn the_default_groups() {
    let live = Live::print(&["--interface", "lo"]);
    let groups = ["239.192.74.66:25826", "[ff18::efc0:4a42]:25826"].map(|group| group.parse().unwrap());
    assert_eq!(live.addrs, groups, "{:?}", live.warnings);
    // The port is not ours alone: others may send there, too.
    let host = format!("test-{}", std::process::id());
    let values = Values::new("gauge").host(&host).plugin("p").time(collectd_types::Time::from_secs(7)).gauge(1.0);
    send_to_group(live.addrs[0], &packet([values]));
    while live.next_line() != format!("[7] {host}/p/gauge [(1, 1.0)]") {}
}

#[test]
fn an_address_that_does_not_work_is_an_error() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    // One that works does not make up for it.
    let output = command(&["print", "--listen", "127.0.0.1:0", "--listen", &addr]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with(&format!("error: cannot listen: {addr}: cannot bind: ")), "{stderr}");
}

#[test]
fn the_same_address_twice_is_no_error() {
    let free = format!("127.0.0.1:{}", collectd_test_daemon::free_udp_port());
    let live = Live::print(&["--listen", &free, "--listen", &free]);
    assert_eq!(live.addrs.len(), 1);
}
