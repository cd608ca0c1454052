//! Multicast groups.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::process::Command;

use collectd_net::{Reader, Server, Writer};

use crate::common::{PATIENCE, collect, next, values};

/// Without addresses the default groups are joined; here on the loopback interface.
#[test]
fn the_default_groups_are_joined() {
    let reader = Reader::builder().interface("lo").build().unwrap();
    let addrs: Vec<_> = reader.local_addrs().iter().map(SocketAddr::to_string).collect();
    assert_eq!(addrs, ["239.192.74.66:25826", "[ff18::efc0:4a42]:25826"]);
}

/// Interface by name and by number.
#[test]
fn two_groups_at_once() {
    let lo = collectd_net::Interface::named("lo").unwrap();
    let builder = Reader::builder().join("239.192.74.66:0").join_on("239.192.74.67:0", lo.index());
    let mut reader = builder.interface("lo").build().unwrap();
    let addrs = reader.local_addrs();
    assert_eq!(addrs.len(), 2);
    for (index, addr) in addrs.iter().enumerate() {
        let server = Server::new(*addr).interface("lo").ttl(0);
        Writer::new(server).unwrap().send(&values(&format!("h{index}"), "p")).unwrap();
        assert_eq!(next(&mut reader).host(), format!("h{index}").as_str());
    }
    assert!(reader.try_next().unwrap().is_none());
}

const INSIDE: &str = "COLLECTD_NET_TEST_INSIDE";

/// In a network namespace of its own, where an interface has routes for groups of both families, and nobody else
/// is.
#[test]
fn the_default_groups_of_both_families_reach_the_reader() {
    if std::env::var_os(INSIDE).is_some() {
        return default_groups();
    }
    // Linux does not deliver IPv6 groups through lo.
    let script = "PATH=$PATH:/usr/sbin:/sbin; ip link add one type veth peer name other && ip link set one up && ip link set other up && \
                  ip addr add 10.9.0.1/24 dev one && ip -6 addr add fd09::1/64 dev one nodad && \
                  ip route add 239.192.0.0/16 dev one && ip -6 route add multicast ff18::/16 dev one table local && \
                  exec \"$@\"";
    let this = std::env::current_exe().unwrap();
    let name = "groups::the_default_groups_of_both_families_reach_the_reader";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "sh", "-c", script, "sh"]).arg(this).args(["--exact", name]);
    let output = command.env(INSIDE, "1").output().expect("this test needs unshare, of util-linux");
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "this test needs a network namespace, and ip, of iproute2:\n{text}");
    assert!(text.contains("1 passed"), "{text}");
}

fn default_groups() {
    let mut reader = Reader::new().unwrap();
    let other: IpAddr = Ipv6Addr::new(0xff18, 0, 0, 0, 0, 0, 0, 0x77).into();
    let mut more = Reader::builder().join("239.192.74.66").join(other).join("239.192.74.70").build().unwrap();
    assert_eq!((reader.local_addrs().len(), more.local_addrs().len()), (2, 3));
    let groups = ["239.192.74.66", "ff18::efc0:4a42", "ff18::77", "239.192.74.70"];
    for group in groups {
        let mut writer = Writer::new(group).unwrap();
        writer.send(&values(group, "p")).unwrap();
        writer.flush().unwrap();
    }
    let hosts = |reader: &mut Reader, count| {
        let mut hosts: Vec<_> = collect(reader, count).iter().map(|item| item.host().to_string()).collect();
        hosts.sort_unstable();
        hosts
    };
    assert_eq!(hosts(&mut reader, 2), ["239.192.74.66", "ff18::efc0:4a42"]);
    assert_eq!(hosts(&mut more, 3), ["239.192.74.66", "239.192.74.70", "ff18::77"]);

    // One writer, both groups.
    let mut writer = Writer::builder().server("239.192.74.66").server("ff18::efc0:4a42").build().unwrap();
    writer.send(&values("both", "p")).unwrap();
    writer.flush().unwrap();
    assert_eq!(hosts(&mut reader, 2), ["both", "both"]);
    assert!(reader.receive(Some(PATIENCE / 1000)).unwrap().is_empty());
}
