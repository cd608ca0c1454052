//! Sending to servers.

mod builder;
mod error;
mod link;
mod lookup;
mod outgoing;
mod packing;
mod server;
mod statistics;

use std::time::Duration;

use collectd_types::Name;

pub use builder::WriterBuilder;
pub use error::{ItemError, ItemReason, OpenWriterError, ServerError, ServerErrors, ServerReason, WriteError};
pub use link::{Link, Unsent};
pub use outgoing::Outgoing;
pub use server::Server;
pub use statistics::{ServerStatistics, WriterStatistics};

use crate::item::ContentRef;
use packing::Packing;

/// So many packets are sealed and sent at once.
const BATCH: usize = 64;

/// Sends value lists and notifications to servers.
///
/// ```no_run
/// use collectd_net::{Values, Writer};
///
/// let mut writer = Writer::new("collectd.example.org")?;
/// writer.send(&Values::new("load").plugin("load").gauges([0.5, 0.4, 0.3]))?;
/// writer.flush()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// * Value lists are packed into packets of [limited size](WriterBuilder::max_packet_size), and these are sent
///   when there are 64 of them, when the oldest value has waited for the
///   [linger time](WriterBuilder::linger), on [`flush`](Self::flush), or when the writer is dropped.
/// * There is no thread: what has waited long enough is sent by the next [`send`](Self::send). So
///   flush at the end of each round of values, or when [`due`](Self::due) says.
/// * What is not set of a value list gets the defaults of collectd: the name of this host, the time of the call.
/// * Each server gets the same, with its own security. If one fails, the others get it all the same, and
///   [`WriteError::Servers`] tells of it. A server with several addresses is tried at the next one; that
///   nobody listens shows only after the first packets have been sent there in vain. One that
///   cannot be sent to rests for half a second, up to ten seconds if it happens again and again.
/// * Nothing is kept for a server that cannot be sent to: the protocol is made for networks that lose packets,
///   and the next value is soon there.
///
/// Host names are looked up when the writer is built, and again when sending fails: these calls block as
/// long as the system's resolver takes. Sending itself waits at most a second for room in the send buffer.
#[derive(Debug)]
pub struct Writer {
    links: Vec<Link>,
    packing: Packing,
    linger: Duration,
    host: Name,
    statistics: WriterStatistics,
}

impl Writer {
    /// Sends plain packets to one server: `"collectd.example.org"`, `"192.0.2.7:25827"`, `"239.192.74.66"`; or
    /// what a [`Server`] says.
    ///
    /// # Errors
    ///
    /// As [`WriterBuilder::build`].
    pub fn new(server: impl Into<Server>) -> Result<Writer, OpenWriterError> {
        Writer::builder().server(server).build()
    }

    /// Starts to collect whom to send to, and how.
    pub fn builder() -> WriterBuilder {
        WriterBuilder::default()
    }

    /// Takes a value list or a notification, and sends what is to be sent now. A notification is sent at once,
    /// in a packet of its own, behind all values that came before it.
    ///
    /// # Errors
    ///
    /// [`WriteError::Item`] if it cannot be sent to anybody. [`WriteError::Servers`] if it was taken, but some
    /// servers did not get packets that were sent now, in which it may not even be.
    pub fn send<'a>(&mut self, item: impl Into<Outgoing<'a>>) -> Result<(), WriteError> {
        self.take(item.into())
    }

    /// Sends all that there is.
    ///
    /// # Errors
    ///
    /// Some servers did not get it; the others did.
    pub fn flush(&mut self) -> Result<(), ServerErrors> {
        self.packing.close();
        self.deliver()
    }

    /// How long until the oldest value has waited for the linger time: when to call [`flush`](Self::flush) if
    /// nothing is sent before. `None` if there is nothing to be sent.
    pub fn due(&self) -> Option<Duration> {
        self.packing.oldest().map(|oldest| self.linger.saturating_sub(oldest.elapsed()))
    }

    /// What was sent until now.
    pub fn statistics(&self) -> WriterStatistics {
        let servers = self.links.iter().map(|link| link.statistics.clone()).collect();
        WriterStatistics { servers, ..self.statistics.clone() }
    }

    fn take(&mut self, item: Outgoing<'_>) -> Result<(), WriteError> {
        let result = match item.problem() {
            Some(problem) => Err(ItemReason::Field(problem)),
            None => match item.or_defaults(&self.host) {
                ContentRef::Values(values) => self.packing.push(values),
                ContentRef::Notification(notification) => self.packing.push_notification(notification),
            }
            .map_err(ItemReason::Encode),
        };
        let is_values = matches!(item.content(), ContentRef::Values(_));
        if let Err(reason) = result {
            self.statistics.rejected += 1;
            let identifier = Box::new(item.content().identifier().to_identifier());
            return Err(ItemError { identifier, reason }.into());
        }
        if is_values {
            self.statistics.value_lists += 1;
            self.send_if_due()?;
        } else {
            self.statistics.notifications += 1;
            self.deliver()?;
        }
        Ok(())
    }

    fn send_if_due(&mut self) -> Result<(), ServerErrors> {
        let since = self.packing.oldest().map(|oldest| oldest.elapsed());
        if since.is_some_and(|age| age >= self.linger) {
            self.flush()
        } else if self.packing.packets().len() >= BATCH {
            self.deliver()
        } else {
            Ok(())
        }
    }

    /// Sends the packets that are complete.
    fn deliver(&mut self) -> Result<(), ServerErrors> {
        let packets = self.packing.packets();
        if packets.is_empty() {
            return Ok(());
        }
        let mut errors = Vec::new();
        for (index, link) in self.links.iter_mut().enumerate() {
            if let Err(unsent) = link.send(packets) {
                let server = link.statistics.server.clone();
                // What is left is not tried again.
                link.statistics.lost += unsent.left as u64;
                let lost = (unsent.unfit + unsent.left) as u64;
                errors.push(ServerError { index, server, lost, reason: unsent.reason });
            }
        }
        self.packing.sent();
        if errors.is_empty() { Ok(()) } else { Err(ServerErrors(errors)) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody is there to be told.
        let _ = self.flush();
    }
}
