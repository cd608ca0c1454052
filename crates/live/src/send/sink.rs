//! Where everything goes: the servers, and what is said about them.

use std::time::{Duration, Instant};

use collectd_net::{Outgoing, ServerErrors, WriteError, Writer, WriterStatistics};

use crate::console::warn;

/// How often the same trouble with servers is reported.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// A writer whose failures are reported and counted, while it goes on.
pub(super) struct Sink {
    writer: Writer,
    reported: Option<Instant>,
    failures: u64,
}

impl Sink {
    pub(super) fn new(writer: Writer) -> Sink {
        Sink { writer, reported: None, failures: 0 }
    }

    /// Sends an item, or keeps it for a packet that it shares with others.
    ///
    /// # Errors
    ///
    /// It cannot be sent to anybody.
    pub(super) fn send<'a>(&mut self, item: impl Into<Outgoing<'a>>) -> anyhow::Result<()> {
        match self.writer.send(item) {
            Ok(()) => Ok(()),
            Err(WriteError::Item(error)) => Err(error.reason.into()),
            Err(WriteError::Servers(errors)) => {
                self.failed(&errors);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn flush(&mut self) {
        if let Err(errors) = self.writer.flush() {
            self.failed(&errors);
        }
    }

    /// How long until something has waited so long that it has to go out.
    pub(super) fn due(&self) -> Option<Duration> {
        self.writer.due()
    }

    /// How often sending failed.
    pub(super) fn failures(&self) -> u64 {
        self.failures
    }

    pub(super) fn statistics(&self) -> WriterStatistics {
        self.writer.statistics()
    }

    fn failed(&mut self, errors: &ServerErrors) {
        self.failures += 1;
        if self.reported.is_none_or(|reported| reported.elapsed() >= REPORT_EVERY) {
            self.reported = Some(Instant::now());
            warn(format_args!("cannot send to {errors}"));
        }
    }
}
