//! Groups, on the loopback interface alone.

#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use collectd_udp::{GROUP_V4, GROUP_V6, Interface, Listen, OpenError, Receiver, SendOptions, Sender};
use common::{BOTH_WAYS, collect};

fn interface(name: &str) -> Option<Interface> {
    Some(Interface::named(name).expect("the interface is there"))
}

fn lo() -> Option<Interface> {
    interface("lo")
}

fn join(group: SocketAddr, interface: Option<Interface>) -> Receiver {
    let listen = Listen::new(group).interface(interface);
    Receiver::builder().listen(listen).bind().expect("a group can be joined")
}

/// A sender whose datagrams stay on this machine, on whatever interface.
fn connect(group: SocketAddr, interface: Option<Interface>, batched: bool) -> Result<Sender, OpenError> {
    let options = SendOptions { interface, ttl: Some(0), batched, ..SendOptions::default() };
    Sender::connect(group, &options)
}

/// Whether there is a route for the group.
fn reaches_all_members(group: IpAddr, interface: &Option<Interface>) -> bool {
    let mut first = join(SocketAddr::new(group, 0), interface.clone());
    let addr = first.local_addrs()[0];
    assert_eq!(addr.ip(), group, "bound to the group");
    // Another program may listen, too.
    let mut second = join(addr, interface.clone());
    for batched in BOTH_WAYS {
        let mut sender = match connect(addr, interface.clone(), batched) {
            Err(e) if e.error.kind() == io::ErrorKind::NetworkUnreachable => return false,
            sender => sender.unwrap(),
        };
        let packets: Vec<_> = (0..100).map(|i| format!("{i}").into_bytes()).collect();
        sender.send_batch(&packets).unwrap();
        assert_eq!(collect(&mut first, 100), packets);
        assert_eq!(collect(&mut second, 100), packets);
    }
    true
}

#[test]
fn the_v4_group_reaches_all_members() {
    assert!(reaches_all_members(GROUP_V4.into(), &lo()));
}

/// Linux gives `lo` no route for IPv6 groups unless told to, so this tries all interfaces; nothing
/// leaves the machine, the hop limit being 0. Where no interface has a route, what remains of the
/// test is that joining works and that the sender says why it does not.
#[test]
fn the_v6_group_reaches_all_members() {
    let interfaces = fs::read_to_string("/proc/net/if_inet6").expect("this machine has IPv6");
    let names: BTreeSet<_> = interfaces.lines().filter_map(|l| l.split_whitespace().last()).collect();
    assert!(names.contains("lo"), "IPv6 is switched off on lo");
    let routed = names.iter().filter(|name| reaches_all_members(GROUP_V6.into(), &interface(name)));
    println!("interfaces with a route: {:?}", routed.collect::<Vec<_>>());
}

#[test]
fn other_traffic_to_the_port_stays_out() {
    let mut receiver = join((GROUP_V4, 0).into(), lo());
    let port = receiver.local_addrs()[0].port();
    for other in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(239, 192, 74, 67)] {
        let interface = if other.is_multicast() { lo() } else { None };
        let options = SendOptions { interface, ..SendOptions::default() };
        let mut sender = Sender::connect((other, port).into(), &options).unwrap();
        sender.send_batch(&["not for the group"]).unwrap();
    }
    assert!(receiver.recv_batch(Some(Duration::from_millis(50))).unwrap().is_empty());
    let mut sender = connect((GROUP_V4, port).into(), lo(), true).unwrap();
    sender.send_batch(&["for the group"]).unwrap();
    assert_eq!(collect(&mut receiver, 1), [b"for the group"]);
}
