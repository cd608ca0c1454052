//! From packets to lines.

use std::io::{self, Write};

use collectd_net::Packet;

use super::output::Output;
use crate::filter::Filter;
use crate::source::Batch;

/// Writes what is in packets.
pub(super) struct Printer {
    output: Output,
    filter: Filter,
    /// How many more items are wanted.
    wanted: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// More is wanted.
    Incomplete,
    /// As much was printed as was asked for.
    Complete,
}

impl Printer {
    pub(super) fn new(output: Output, filter: Filter, count: Option<u64>) -> Self {
        Printer { output, filter, wanted: count.unwrap_or(u64::MAX) }
    }

    /// Prints what is in these packets, as far as it is wanted.
    pub(super) fn print(&mut self, batch: &Batch<'_>) -> io::Result<Progress> {
        for (_, packet) in batch.packets() {
            if self.packet(packet)? == Progress::Complete {
                return Ok(Progress::Complete);
            }
        }
        self.output.end_batch()?;
        Ok(Progress::Incomplete)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// Whether [`flush`](Self::flush) wants to be called when nothing more is to be printed at once.
    pub(super) fn is_behind(&self) -> bool {
        self.output.is_behind()
    }

    fn packet(&mut self, packet: Packet<'_>) -> io::Result<Progress> {
        for item in packet.items() {
            if !self.filter.takes(&item) {
                continue;
            }
            writeln!(self.output, "{item}")?;
            self.wanted -= 1;
            if self.wanted == 0 {
                return Ok(Progress::Complete);
            }
        }
        Ok(Progress::Incomplete)
    }
}
