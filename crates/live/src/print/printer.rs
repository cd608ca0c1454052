//! From datagrams to lines.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use collectd_udp::{Batch, RecvError};
use collectd_wire::decode;

use super::output::Output;
use super::tally::Tally;
use crate::console::warn;

/// How often errors of receiving are reported, which may come many times a second.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Writes what is in datagrams, and counts it.
pub(super) struct Printer {
    output: Output,
    tally: Tally,
    /// How many more items are wanted.
    wanted: u64,
    reported: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// More is wanted.
    Incomplete,
    /// As much was printed as was asked for.
    Complete,
}

impl Printer {
    pub(super) fn new(output: Output, count: Option<u64>) -> Self {
        Printer { output, tally: Tally::default(), wanted: count.unwrap_or(u64::MAX), reported: None }
    }

    /// Prints what is in these datagrams, as far as it is wanted.
    pub(super) fn print(&mut self, batch: &Batch<'_>) -> io::Result<Progress> {
        for datagram in batch {
            if self.packet(datagram.data)? == Progress::Complete {
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

    /// To be called if a batch could not be received.
    pub(super) fn receive_failed(&mut self, error: &RecvError) {
        self.tally.receive_errors += 1;
        if self.reported.is_none_or(|reported| reported.elapsed() >= REPORT_EVERY) {
            self.reported = Some(Instant::now());
            warn(error);
        }
    }

    /// What was counted, together with the datagrams that the kernel dropped.
    pub(super) fn tally(mut self, dropped: Option<u64>) -> Tally {
        self.tally.dropped = dropped.unwrap_or(0);
        self.tally
    }

    fn packet(&mut self, packet: &[u8]) -> io::Result<Progress> {
        self.tally.packet(packet);
        let mut items = decode(packet);
        for item in items.by_ref() {
            match item {
                Ok(item) => {
                    writeln!(self.output, "{item}")?;
                    self.tally.item(&item);
                    self.wanted -= 1;
                    if self.wanted == 0 {
                        return Ok(Progress::Complete);
                    }
                }
                Err(error) => self.tally.error(error),
            }
        }
        self.tally.skipped(items.skipped());
        Ok(Progress::Incomplete)
    }
}
