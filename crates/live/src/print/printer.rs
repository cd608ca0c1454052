//! From packets to lines.

use std::io;

use collectd_net::{ContentRef, ItemRef, Packet};

use super::entry::{Entry, Message, Origin};
use super::format::Exporter;
use super::output::Output;
use super::rates::Rates;
use super::sources::Sources;
use crate::filter::Filter;
use crate::source::Batch;

/// Writes what is in packets.
pub(super) struct Printer {
    pub(super) output: Output,
    pub(super) exporter: Box<dyn Exporter>,
    pub(super) filter: Filter,
    pub(super) sources: Sources,
    pub(super) rates: Option<Rates>,
    /// How many more items are wanted.
    pub(super) wanted: u64,
    /// How many notifications the format has no way to say.
    pub(super) unsaid: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// More is wanted.
    Incomplete,
    /// As much was printed as was asked for.
    Complete,
}

impl Printer {
    /// What stands before all lines.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.exporter.begin(self.output.lines());
        self.output.end_batch()
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
            if self.filter.takes(&item) && self.item(&item) {
                self.output.end_line()?;
                self.wanted -= 1;
                if self.wanted == 0 {
                    return Ok(Progress::Complete);
                }
            }
        }
        Ok(Progress::Incomplete)
    }

    /// `false`: it cannot be said.
    fn item(&mut self, item: &ItemRef<'_>) -> bool {
        let origin = Origin::of(item);
        match item.content() {
            ContentRef::Values(list) => {
                let rates = self.rates.as_mut().map(|rates| rates.of(list));
                let entry = Entry { list, origin, set: self.sources.of(list), rates };
                self.exporter.value_list(entry, self.output.lines());
                true
            }
            ContentRef::Notification(notification) => {
                let said = self.exporter.notification(Message { notification, origin }, self.output.lines());
                self.unsaid += u64::from(!said);
                said
            }
        }
    }
}
