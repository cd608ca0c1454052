//! The older format: a header, then frames.

use anyhow::{anyhow, bail};
use pcap_parser::nom::Err as Stop;
use pcap_parser::pcap::{PcapHeader, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_header};

use super::{LONGEST, Place, Step, time};

/// Of the whole file.
const FILE_HEADER: usize = 24;
/// Of each frame.
const HEADER: usize = 16;

/// Whether a file may begin like this: with a number in either byte order, which tells the unit of time.
pub(super) fn is_magic(magic: [u8; 4]) -> bool {
    const MICROSECONDS: u32 = 0xa1b2_c3d4;
    const NANOSECONDS: u32 = 0xa1b2_3c4d;
    [u32::from_be_bytes(magic), u32::from_le_bytes(magic)].iter().any(|n| [MICROSECONDS, NANOSECONDS].contains(n))
}

/// A file whose header was read.
pub(crate) struct Pcap {
    big_endian: bool,
    nanoseconds: bool,
    link: i32,
}

impl Pcap {
    /// Reads the file's header.
    pub(super) fn begin(bytes: &[u8]) -> anyhow::Result<(Option<Pcap>, Step)> {
        if !bytes.first_chunk().is_some_and(|magic| is_magic(*magic)) {
            bail!("neither pcapng nor pcap begins like this");
        }
        let header: PcapHeader = match parse_pcap_header(bytes) {
            Ok((_, header)) => header,
            Err(Stop::Incomplete(_)) => return Ok((None, Step::Need(FILE_HEADER))),
            Err(_) => bail!("a header that contradicts itself"),
        };
        let (big_endian, nanoseconds) = (header.is_bigendian(), header.is_nanosecond_precision());
        // The upper bits tell of checksums behind the frames.
        let link = header.network.0 & 0xffff;
        Ok((Some(Pcap { big_endian, nanoseconds, link }), Step::Pass(FILE_HEADER)))
    }

    pub(super) fn step(&self, bytes: &[u8]) -> anyhow::Result<Step> {
        let Some(&[_, _, _, _, _, _, _, _, a, b, c, d, _, _, _, _]) = bytes.first_chunk::<HEADER>() else {
            return Ok(Step::Need(if bytes.is_empty() { 1 } else { HEADER }));
        };
        let length = if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes }([a, b, c, d]) as usize;
        if length > LONGEST {
            bail!("a frame of {length} bytes cannot be");
        }
        let size = HEADER + length;
        let Some(whole) = bytes.get(..size) else { return Ok(Step::Need(size)) };
        let parse = if self.big_endian { parse_pcap_frame_be } else { parse_pcap_frame };
        let (_, frame) = parse(whole).map_err(|_| anyhow!("this is no frame"))?;
        let nanos = if self.nanoseconds { frame.ts_usec } else { frame.ts_usec.saturating_mul(1000) };
        let time = time(frame.ts_sec.into(), nanos);
        Ok(Step::Frame(Place { time, link: self.link, start: HEADER, end: size, size }))
    }
}
