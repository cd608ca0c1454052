//! From packets to files.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::file::Output;
use super::names::Names;
use super::size::Size;
use crate::capture::{self, Blocks};
use crate::source::Batch;

/// How much is written at once while more and more comes.
const BUFFER: usize = 256 << 10;

/// Writes packets.
pub(super) struct Recorder {
    names: Names,
    output: Output,
    blocks: Blocks,
    rotate_size: Option<Size>,
    rotate_every: Option<Duration>,
    begun: Instant,
    /// How many more packets are wanted.
    wanted: u64,
    statistics: Statistics,
}

/// What was recorded.
#[derive(Clone, Copy, Default)]
pub(super) struct Statistics {
    packets: u64,
    bytes: u64,
    files: u64,
}

impl Recorder {
    pub(super) fn create(
        mut names: Names,
        rotate_size: Option<Size>,
        rotate_every: Option<Duration>,
        count: Option<u64>,
    ) -> anyhow::Result<Self> {
        let output = begin(&mut names)?;
        Ok(Recorder {
            names,
            output,
            blocks: Blocks::default(),
            rotate_size,
            rotate_every,
            begun: Instant::now(),
            wanted: count.unwrap_or(u64::MAX),
            statistics: Statistics { files: 1, ..Statistics::default() },
        })
    }

    /// Records these packets, as far as they are wanted.
    pub(super) fn record(&mut self, batch: &Batch<'_>) -> anyhow::Result<()> {
        let Some(to) = batch.local_addr() else { return Ok(()) };
        for (time, packet) in batch.packets() {
            if self.is_complete() {
                break;
            }
            if self.is_full() {
                self.rotate()?;
            }
            self.blocks.write(time, packet.from(), to, packet.data(), self.output.buffer())?;
            self.wanted -= 1;
            self.statistics.packets += 1;
            self.statistics.bytes += packet.data().len() as u64;
        }
        if self.output.waiting() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Whether as much was recorded as was asked for.
    pub(super) fn is_complete(&self) -> bool {
        self.wanted == 0
    }

    /// Whether [`flush`](Self::flush) wants to be called when the traffic pauses.
    pub(super) fn is_behind(&self) -> bool {
        self.output.waiting() > 0
    }

    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        self.output.flush()
    }

    pub(super) fn statistics(&self) -> Statistics {
        self.statistics
    }

    fn is_full(&self) -> bool {
        self.rotate_size.is_some_and(|Size(size)| self.output.size() >= size)
            || self.rotate_every.is_some_and(|every| self.begun.elapsed() >= every)
    }

    fn rotate(&mut self) -> anyhow::Result<()> {
        self.flush()?;
        self.output = begin(&mut self.names)?;
        self.begun = Instant::now();
        self.statistics.files += 1;
        Ok(())
    }
}

/// Begins the next file.
fn begin(names: &mut Names) -> anyhow::Result<Output> {
    let mut output = Output::new(names.next()?).context("cannot look at the file")?;
    output.buffer().extend_from_slice(&capture::header()?);
    output.flush()?;
    Ok(output)
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} packets, {} bytes", self.packets, self.bytes)?;
        if self.files > 1 { write!(f, " in {} files", self.files) } else { Ok(()) }
    }
}
