//! The newer format: blocks, of which some describe interfaces and some hold frames.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{anyhow, bail};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    BOM_MAGIC, Block, EPB_MAGIC, IDB_MAGIC, InterfaceDescriptionBlock, OptionCode, SPB_MAGIC, parse_block_be,
    parse_block_le,
};

use super::super::OURS;
use super::{LONGEST, Place, Step, time};

/// What a file begins with: the type of a section header, in either byte order.
pub(super) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// The least that a block has.
const SHORTEST: usize = 12;
/// Type, length, and in a section header what tells the byte order.
const BEGIN: usize = 12;
const MOST_INTERFACES: usize = 1 << 16;
/// Frames of blocks that nobody writes any more.
const PACKET_BLOCK: u32 = 2;
/// Type, length, interface, time, two lengths.
const ENHANCED_HEADER: usize = 28;
const SIMPLE_HEADER: usize = 12;

/// What the file says of itself, until the next section.
#[derive(Default)]
pub(crate) struct Section {
    big_endian: bool,
    ours: bool,
    interfaces: Vec<Interface>,
    /// Of the frame before: some have none.
    time: Option<SystemTime>,
}

struct Interface {
    link: i32,
    /// In the longest frame, 0 if they are whole.
    snap_length: usize,
    units_per_second: u64,
    offset: i64,
}

impl Section {
    pub(super) fn is_ours(&self) -> bool {
        self.ours
    }

    pub(super) fn step(&mut self, bytes: &[u8]) -> anyhow::Result<Step> {
        let Some(&[a, b, c, d, e, f, g, h, ref order @ ..]) = bytes.first_chunk::<BEGIN>() else {
            return Ok(Step::Need(if bytes.is_empty() { 1 } else { BEGIN }));
        };
        if [a, b, c, d] == MAGIC {
            self.begin(*order)?;
        }
        let size = self.number([e, f, g, h]) as usize;
        if !(SHORTEST..=LONGEST).contains(&size) || !size.is_multiple_of(4) {
            bail!("a block of {size} bytes cannot be");
        }
        let Some(whole) = bytes.get(..size) else { return Ok(Step::Need(size)) };
        if whole[size - 4..] != [e, f, g, h] {
            bail!("a block whose length is not the same at its two ends");
        }
        let kind = self.number([a, b, c, d]);
        // Others are of no interest, and nobody need believe in them.
        if [a, b, c, d] == MAGIC || [IDB_MAGIC, EPB_MAGIC, SPB_MAGIC, PACKET_BLOCK].contains(&kind) {
            return self.block(whole);
        }
        Ok(Step::Pass(size))
    }

    /// A section begins, whose byte order may be another one.
    fn begin(&mut self, order: [u8; 4]) -> anyhow::Result<()> {
        let big_endian = match u32::from_le_bytes(order) {
            BOM_MAGIC => false,
            order if order.swap_bytes() == BOM_MAGIC => true,
            _ => bail!("a section header without a byte order"),
        };
        *self = Section { big_endian, ..Section::default() };
        Ok(())
    }

    fn number(&self, bytes: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn block(&mut self, whole: &[u8]) -> anyhow::Result<Step> {
        let parse = if self.big_endian { parse_block_be } else { parse_block_le };
        // It is whole, so what lacks something now lacks it for good.
        let (_, block) = parse(whole).map_err(|_| anyhow!("a block that contradicts itself"))?;
        let size = whole.len();
        match block {
            Block::SectionHeader(header) => {
                self.ours = header.shb_userappl().is_some_and(|name| name.is_ok_and(is_ours));
            }
            Block::InterfaceDescription(interface) => {
                if self.interfaces.len() >= MOST_INTERFACES {
                    bail!("more than {MOST_INTERFACES} interfaces cannot be");
                }
                self.interfaces.push(self.interface(&interface)?);
            }
            Block::EnhancedPacket(frame) => {
                let interface = self.interface_of(frame.if_id as usize)?;
                let time = interface.time((u64::from(frame.ts_high) << 32) | u64::from(frame.ts_low));
                let (link, end) = (interface.link, ENHANCED_HEADER + frame.packet_data().len());
                self.time = Some(time);
                return Ok(Step::Frame(Place { time, link, start: ENHANCED_HEADER, end, size }));
            }
            Block::SimplePacket(frame) => {
                let interface = self.interface_of(0)?;
                let length = match interface.snap_length {
                    0 => frame.packet_data().len(),
                    snap_length => frame.packet_data().len().min(snap_length),
                };
                let (time, link) = (self.time.unwrap_or(UNIX_EPOCH), interface.link);
                return Ok(Step::Frame(Place { time, link, start: SIMPLE_HEADER, end: SIMPLE_HEADER + length, size }));
            }
            // A packet block: there is something, that is all there is to say.
            _ => return Ok(Step::Frame(Place { time: UNIX_EPOCH, link: -1, start: 0, end: 0, size })),
        }
        Ok(Step::Pass(size))
    }

    fn interface(&self, block: &InterfaceDescriptionBlock<'_>) -> anyhow::Result<Interface> {
        let units_per_second = units_per_second(block.if_tsresol);
        let units_per_second =
            units_per_second.ok_or_else(|| anyhow!("an interface with an impossible unit of time"))?;
        let offset = block.options.iter().find(|option| option.code == OptionCode::IfTsoffset);
        // The crate reads it as little endian.
        let offset = offset
            .and_then(|option| option.value().first_chunk().copied())
            .map_or(0, |bytes| if self.big_endian { i64::from_be_bytes(bytes) } else { i64::from_le_bytes(bytes) });
        Ok(Interface { link: block.linktype.0, snap_length: block.snaplen as usize, units_per_second, offset })
    }

    fn interface_of(&self, index: usize) -> anyhow::Result<&Interface> {
        self.interfaces.get(index).ok_or_else(|| anyhow!("a frame of interface {index}, which is not described"))
    }
}

impl Interface {
    fn time(&self, units: u64) -> SystemTime {
        let fraction = u128::from(units % self.units_per_second) * 1_000_000_000 / u128::from(self.units_per_second);
        let seconds = i64::try_from(units / self.units_per_second).unwrap_or(i64::MAX);
        time(seconds.saturating_add(self.offset), u32::try_from(fraction).unwrap_or(0))
    }
}

/// A power of ten, or of two. (The crate knows none of two.)
fn units_per_second(resolution: u8) -> Option<u64> {
    let exponent = resolution & 0x7f;
    if resolution == exponent { 10_u64.checked_pow(exponent.into()) } else { 1_u64.checked_shl(exponent.into()) }
}

/// As `record` names itself.
fn is_ours(name: &str) -> bool {
    name.starts_with(OURS)
}
