//! Where the frames are in a capture file.

mod pcap;
mod pcapng;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use pcap::Pcap;
use pcapng::Section;

/// The longest block, or frame, that is believed in. Wireshark refuses frames of more than 256 KiB.
const LONGEST: usize = 16 << 20;

/// So many bytes tell what kind of file it is.
pub(super) const MAGIC_SIZE: usize = 4;

/// Whether this is how a capture begins, also one that is compressed.
pub(super) fn is_capture(bytes: &[u8]) -> bool {
    let Some(magic) = bytes.first_chunk::<MAGIC_SIZE>() else { return false };
    *magic == pcapng::MAGIC || pcap::is_magic(*magic) || compression(bytes).is_some()
}

/// The program that decompresses what begins like this.
fn compression(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, ..] => Some("zcat"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstdcat"),
        _ => None,
    }
}

/// What kind of file it is, and what was learned from it so far.
#[derive(Default)]
pub(super) enum Format {
    #[default]
    Unknown,
    Pcap(Pcap),
    PcapNg(Section),
}

/// What the next bytes are.
pub(super) enum Step {
    Frame(Place),
    /// Nothing of interest, so many bytes long.
    Pass(usize),
    /// It takes at least so many bytes to tell.
    Need(usize),
}

/// Where a frame is.
pub(super) struct Place {
    pub(super) time: SystemTime,
    pub(super) link: i32,
    pub(super) start: usize,
    pub(super) end: usize,
    /// What it takes with all that is around it.
    pub(super) size: usize,
}

impl Format {
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Format::Unknown)
    }

    /// Whether this program recorded it.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Format::PcapNg(section) if section.is_ours())
    }

    /// Looks at what comes next.
    pub(super) fn step(&mut self, bytes: &[u8]) -> anyhow::Result<Step> {
        match self {
            Format::Unknown => self.detect(bytes),
            Format::Pcap(pcap) => pcap.step(bytes),
            Format::PcapNg(section) => section.step(bytes),
        }
    }

    fn detect(&mut self, bytes: &[u8]) -> anyhow::Result<Step> {
        let &[a, b, c, d, ..] = bytes else { return Ok(Step::Need(4)) };
        if [a, b, c, d] == pcapng::MAGIC {
            *self = Format::PcapNg(Section::default());
            return Ok(Step::Pass(0));
        }
        if let Some(program) = compression(bytes) {
            bail!("this is compressed: read it from  {program} FILE |  with - as the file");
        }
        let (pcap, step) = Pcap::begin(bytes)?;
        if let Some(pcap) = pcap {
            *self = Format::Pcap(pcap);
        }
        Ok(step)
    }
}

/// The time so long after 1970, or before; of what cannot be, 1970.
fn time(seconds: i64, nanos: u32) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    time.and_then(|time| time.checked_add(Duration::from_nanos(nanos.into()))).unwrap_or(UNIX_EPOCH)
}
