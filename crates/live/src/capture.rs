//! Capture files: pcapng and pcap, as tcpdump, Wireshark and `collectd-live record` write them.

mod datagram;
mod format;
mod fragments;
mod input;
mod pace;
mod ports;
mod segments;
mod statistics;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use collectd_net::Sleeper;

pub(crate) use datagram::Datagrams;
pub(crate) use pace::{Pace, Speed};
pub(crate) use ports::Ports;
pub(crate) use statistics::Statistics;
pub(crate) use writer::{Blocks, header};

use format::{Format, Place, Step};
use input::{Filled, Input};

/// What this program calls itself in what it records, before its version.
const OURS: &str = "collectd-live ";

/// A capture that is being read: one frame is in memory at a time, however long it is.
pub(crate) struct Capture {
    input: Input,
    format: Format,
    /// What the frame before this one takes, in bytes.
    passed: usize,
    frames: u64,
}

/// What may be given instead of a capture.
pub(crate) enum Content {
    Capture(Capture),
    Bytes(Vec<u8>),
}

impl Content {
    /// Reads whatever is in a file, or standard input if the path is `-`: what is no capture whole, up to a limit.
    pub(crate) fn open(path: &Path, limit: usize) -> anyhow::Result<Content> {
        let mut input = Input::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let sleeper = Sleeper::new().context("cannot wait")?;
        let more = |input: &mut Input| match input.fill(limit + 1, &sleeper, None) {
            Ok(Filled::More) => Ok(true),
            Ok(_) => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", input.name())),
        };
        while input.bytes().len() < format::MAGIC_SIZE && more(&mut input)? {}
        if format::is_capture(input.bytes()) {
            return Ok(Content::Capture(Capture::new(input)));
        }
        while input.bytes().len() <= limit && more(&mut input)? {}
        if input.bytes().len() > limit {
            bail!("{} is neither a capture nor a packet: it has more than {limit} bytes", input.name());
        }
        Ok(Content::Bytes(input.bytes().to_vec()))
    }
}

/// What one look into a capture brought.
pub(crate) enum Next<'a> {
    Frame(Frame<'a>),
    /// Nothing came in time from whoever writes.
    NotYet,
    /// Somebody called [`Waker::wake`](collectd_net::Waker::wake).
    Woken,
    End,
}

/// What was seen on a wire at one time.
pub(crate) struct Frame<'a> {
    /// From 1, as Wireshark counts.
    pub(crate) number: u64,
    pub(crate) time: SystemTime,
    /// As <https://www.tcpdump.org/linktypes.html> numbers them.
    pub(crate) link: i32,
    pub(crate) data: &'a [u8],
    /// Whether this program recorded it.
    pub(crate) ours: bool,
}

impl Capture {
    /// Opens a file, or standard input if the path is `-`.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Capture> {
        let input = Input::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Capture::new(input))
    }

    fn new(input: Input) -> Capture {
        Capture { input, format: Format::default(), passed: 0, frames: 0 }
    }

    /// Whether reading never waits for whoever writes.
    pub(crate) fn is_on_disk(&self) -> bool {
        self.input.is_on_disk()
    }

    /// How long it is, in bytes, if it is a file on disk.
    pub(crate) fn length(&self) -> Option<u64> {
        self.input.length()
    }

    /// How far it was read.
    pub(crate) fn position(&self) -> u64 {
        self.input.offset()
    }

    /// The next frame. Waits so long for whoever writes, as far as it is no file on disk.
    ///
    /// # Errors
    ///
    /// It is no capture, damaged, or cannot be read. Reading cannot go on.
    pub(crate) fn next(&mut self, sleeper: &Sleeper, wait: Option<Duration>) -> anyhow::Result<Next<'_>> {
        self.input.consume(self.passed);
        self.passed = 0;
        let place = loop {
            let step = self.format.step(self.input.bytes());
            let step = step.with_context(|| format!("{}: at byte {}", self.input.name(), self.input.offset()))?;
            let wanted = match step {
                Step::Frame(place) => break place,
                Step::Pass(size) => {
                    self.input.consume(size);
                    continue;
                }
                Step::Need(wanted) => wanted,
            };
            match self.input.fill(wanted, sleeper, wait) {
                Ok(Filled::More) => {}
                Ok(Filled::NotYet) => return Ok(Next::NotYet),
                Ok(Filled::Woken) => return Ok(Next::Woken),
                Ok(Filled::End) if self.input.bytes().is_empty() && self.format.is_known() => return Ok(Next::End),
                Ok(Filled::End) => bail!("{}", self.cut_off(wanted)),
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.input.name())),
            }
        };
        let Place { time, link, start, end, size } = place;
        self.passed = size;
        self.frames += 1;
        let (number, data, ours) = (self.frames, &self.input.bytes()[start..end], self.format.is_ours());
        Ok(Next::Frame(Frame { number, time, link, data, ours }))
    }

    fn cut_off(&self, wanted: usize) -> String {
        let (name, offset, there) = (self.input.name(), self.input.offset(), self.input.bytes().len());
        if !self.format.is_known() {
            return format!("{name} is no capture: it has only {there} bytes");
        }
        let end = offset + there as u64;
        format!("{name} is cut off at byte {end}: at byte {offset} begins what is at least {wanted} bytes long")
    }
}
