//! Datagrams inside frames.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::SystemTime;

use etherparse::{
    EtherType, IpFragOffset, IpNumber, Ipv6ExtensionSlice, LaxIpv6Slice, LaxNetSlice, LaxSlicedPacket, TransportSlice,
    UdpSlice,
};

use super::fragments::{Fragment, Fragments, Key};
use super::segments::segments;
use super::{Frame, Ports, Statistics};

/// Kinds of network, as captures number them.
mod link {
    pub(super) const NULL: i32 = 0;
    pub(super) const ETHERNET: i32 = 1;
    /// What BSDs write for `RAW`.
    pub(super) const RAW_BSD: i32 = 12;
    pub(super) const RAW_OPENBSD: i32 = 14;
    pub(super) const RAW: i32 = 101;
    pub(super) const LOOP: i32 = 108;
    pub(super) const LINUX_SLL: i32 = 113;
    pub(super) const IPV4: i32 = 228;
    pub(super) const IPV6: i32 = 229;
    pub(super) const LINUX_SLL2: i32 = 276;
}

/// A UDP datagram out of a capture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Datagram<'a> {
    pub(crate) time: SystemTime,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) data: &'a [u8],
}

impl<'a> Datagram<'a> {
    /// The packets that were sent: mostly one, which is all of it.
    pub(crate) fn packets(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        segments(self.data)
    }
}

/// Finds datagrams in frames, and counts what is none.
pub(crate) struct Datagrams {
    ports: Ports,
    fragments: Fragments,
    statistics: Statistics,
}

impl Datagrams {
    pub(crate) fn new(ports: Ports) -> Datagrams {
        Datagrams { ports, fragments: Fragments::default(), statistics: Statistics::default() }
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics { fragments: self.fragments.lost(), ..self.statistics }
    }

    /// The datagram in this frame, if there is one to a port that was asked for.
    pub(crate) fn find<'a>(&'a mut self, frame: &Frame<'a>) -> Option<Datagram<'a>> {
        let Some(packet) = packet(frame.link, frame.data) else {
            self.statistics.unknown += 1;
            return None;
        };
        let Some((from, to)) = packet.net.as_ref().and_then(addresses) else {
            self.statistics.others += 1;
            return None;
        };
        if let Some((identification, fragment)) = packet.net.as_ref().and_then(fragment) {
            let whole = self.fragments.add(Key { from, to, identification }, &fragment)?;
            let udp = UdpSlice::from_slice_lax(whole);
            let Some(udp) = udp.ok().filter(|udp| self.ports.take(udp.destination_port(), frame.ours)) else {
                self.statistics.others += 1;
                return None;
            };
            return Some(datagram(frame.time, from, to, &udp, &mut self.statistics));
        }
        match packet.transport {
            Some(TransportSlice::Udp(udp)) if self.ports.take(udp.destination_port(), frame.ours) => {
                Some(datagram(frame.time, from, to, &udp, &mut self.statistics))
            }
            _ => {
                self.statistics.others += 1;
                None
            }
        }
    }
}

fn datagram<'a>(
    time: SystemTime,
    from: IpAddr,
    to: IpAddr,
    udp: &UdpSlice<'a>,
    statistics: &mut Statistics,
) -> Datagram<'a> {
    let data = udp.payload();
    if data.len() + udp.header_slice().len() < usize::from(udp.length()) {
        statistics.cut += 1;
    }
    let (from, to) = (SocketAddr::new(from, udp.source_port()), SocketAddr::new(to, udp.destination_port()));
    Datagram { time, from, to, data }
}

/// Takes a frame apart, as far as it goes.
fn packet(link: i32, data: &[u8]) -> Option<LaxSlicedPacket<'_>> {
    match link {
        link::ETHERNET => LaxSlicedPacket::from_ethernet(data).ok(),
        link::RAW | link::RAW_BSD | link::RAW_OPENBSD | link::IPV4 | link::IPV6 => LaxSlicedPacket::from_ip(data).ok(),
        // The family of addresses, in the byte order of whoever captured; the version of IP says the same.
        link::NULL | link::LOOP => LaxSlicedPacket::from_ip(data.get(4..)?).ok(),
        link::LINUX_SLL => Some(of_type([*data.get(14)?, *data.get(15)?], data.get(16..)?)),
        link::LINUX_SLL2 => Some(of_type([*data.first()?, *data.get(1)?], data.get(20..)?)),
        _ => None,
    }
}

fn of_type(ether_type: [u8; 2], data: &[u8]) -> LaxSlicedPacket<'_> {
    LaxSlicedPacket::from_ether_type(EtherType(u16::from_be_bytes(ether_type)), data)
}

fn addresses(net: &LaxNetSlice<'_>) -> Option<(IpAddr, IpAddr)> {
    match net {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            Some((Ipv4Addr::from(header.source()).into(), Ipv4Addr::from(header.destination()).into()))
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            Some((Ipv6Addr::from(header.source()).into(), Ipv6Addr::from(header.destination()).into()))
        }
        LaxNetSlice::Arp(_) => None,
    }
}

/// The fragment of a UDP datagram, if it is one, and which datagram's.
fn fragment<'a>(net: &LaxNetSlice<'a>) -> Option<(u32, Fragment<'a>)> {
    let payload = net.ip_payload_ref().filter(|payload| payload.fragmented && payload.ip_number == IpNumber::UDP)?;
    let (identification, offset, more) = match net {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            (header.identification().into(), header.fragments_offset(), header.more_fragments())
        }
        LaxNetSlice::Ipv6(ip) => fragment_header(ip)?,
        LaxNetSlice::Arp(_) => return None,
    };
    Some((identification, Fragment { offset, more, data: payload.payload }))
}

fn fragment_header(ip: &LaxIpv6Slice<'_>) -> Option<(u32, IpFragOffset, bool)> {
    ip.extensions().clone().into_iter().find_map(|extension| match extension {
        Ipv6ExtensionSlice::Fragment(header) => {
            Some((header.identification(), header.fragment_offset(), header.more_fragments()))
        }
        _ => None,
    })
}
