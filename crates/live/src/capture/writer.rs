//! Captures as this program writes them: pcapng with one interface, the frames of which are IP packets.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow};
use etherparse::PacketBuilder;
use pcap_parser::{
    EnhancedPacketBlock, InterfaceDescriptionBlock, Linktype, OptionCode, PcapNGOption, SectionHeaderBlock, ToVec,
};

use super::OURS;

/// The kernel does not tell how many hops a datagram came; as many as most systems start with.
const HOPS: u8 = 64;
/// A power of ten: nanoseconds.
const RESOLUTION: u8 = 9;
/// The length of a section that nobody knows when it begins.
const UNKNOWN_LENGTH: i64 = -1;

/// What a file begins with.
pub(crate) fn header() -> anyhow::Result<Vec<u8>> {
    let name = format!("{OURS}{}", env!("CARGO_PKG_VERSION"));
    let mut section = SectionHeaderBlock {
        block_type: 0,
        block_len1: 0,
        bom: 0,
        major_version: 1,
        minor_version: 0,
        section_len: UNKNOWN_LENGTH,
        options: vec![option(OptionCode::ShbUserAppl, name.as_bytes())?],
        block_len2: 0,
    };
    let mut interface = InterfaceDescriptionBlock {
        block_type: 0,
        block_len1: 0,
        linktype: Linktype::RAW,
        reserved: 0,
        snaplen: 0,
        options: vec![option(OptionCode::IfName, b"collectd")?],
        block_len2: 0,
        if_tsresol: RESOLUTION,
        if_tsoffset: 0,
    };
    let bytes = [section.to_vec().map_err(unwritten)?, interface.to_vec().map_err(unwritten)?];
    Ok(bytes.concat())
}

fn option(code: OptionCode, value: &[u8]) -> anyhow::Result<PcapNGOption<'_>> {
    Ok(PcapNGOption { code, len: value.len().try_into()?, value: Cow::Borrowed(value) })
}

fn unwritten(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow!("cannot express it as pcapng: {error:?}")
}

/// Makes blocks of datagrams.
#[derive(Default)]
pub(crate) struct Blocks {
    packet: Vec<u8>,
}

impl Blocks {
    /// Adds the block of a datagram, with the headers of IP and UDP that the kernel has taken off.
    pub(crate) fn write(
        &mut self,
        time: SystemTime,
        from: SocketAddr,
        to: SocketAddr,
        data: &[u8],
        out: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        self.packet.clear();
        let builder = match (from.ip(), to.ip()) {
            (IpAddr::V4(source), to) => {
                // An IPv6 socket takes IPv4, too, and of both a socket for all addresses knows none.
                let to = if let IpAddr::V4(to) = to { to } else { Ipv4Addr::UNSPECIFIED };
                PacketBuilder::ipv4(source.octets(), to.octets(), HOPS)
            }
            (IpAddr::V6(source), to) => {
                let to = if let IpAddr::V6(to) = to { to } else { Ipv6Addr::UNSPECIFIED };
                PacketBuilder::ipv6(source.octets(), to.octets(), HOPS)
            }
        };
        let builder = builder.udp(from.port(), to.port());
        builder.write(&mut self.packet, data).context("cannot make an IP packet of it")?;
        // What was before 1970 was not received by this program.
        let nanos = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX).to_be_bytes();
        let [a, b, c, d, e, f, g, h] = nanos;
        let length = u32::try_from(self.packet.len())?;
        let mut block = EnhancedPacketBlock {
            block_type: 0,
            block_len1: 0,
            if_id: 0,
            ts_high: u32::from_be_bytes([a, b, c, d]),
            ts_low: u32::from_be_bytes([e, f, g, h]),
            caplen: length,
            origlen: length,
            data: &self.packet,
            options: Vec::new(),
            block_len2: 0,
        };
        out.extend_from_slice(&block.to_vec().map_err(unwritten)?);
        Ok(())
    }
}
