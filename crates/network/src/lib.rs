//! `rust_network`: a drop-in for collectd's `network` plugin.
//!
//! Value lists and notifications of the daemon are packed into datagrams of collectd's binary protocol and sent to
//! every `Server`. The daemon's write threads only fill a buffer; resolving, signing, encrypting and sending are done by
//! a thread of each server. A packet leaves when it is full, on a flush, at shutdown, and when its oldest value list has
//! waited for the linger time.
//!
//! What comes in through a `Listen` is received in batches by threads of ours, checked, and handed to the daemon at once:
//! nothing waits in between.

#[cfg(test)]
extern crate collectd_test_host as _;

mod config;
mod counters;
mod receive;
mod seen;
mod send;
mod statistics;
mod troubles;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use collectd::prelude::*;
use collectd::{Complaint, IdentifierRef, NameRef};
use collectd_wire::EncodeError;

pub use config::Config;
use counters::Written;
use receive::{Duplicates, Listener, Own, RECEIVED, Replays, Sent, Shared};
use seen::Keys;
use send::Senders;

/// How long a stopping daemon waits for what is still to be sent.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// The plugin.
pub struct Network {
    senders: Senders,
    listeners: Vec<Listener>,
    shared: Arc<Shared>,
    forwards: bool,
    reports: bool,
    written: Written,
    not_forwarded: Complaint,
}

impl Plugin for Network {
    const NAME: &'static str = "rust_network";
    const OTHER_BLOCKS: &'static [&'static str] = &["network"];
    type Config = Config;

    fn check(config: &Config) -> Result {
        config.check().map_err(Error::msg)
    }

    fn new(config: Config) -> Result<Self> {
        config.warnings().iter().for_each(|warning| log::warn!("{warning}"));
        // Only where something is sent and received it can come back.
        let may_loop = !config.servers().is_empty() && !config.listens().is_empty();
        let window = Some(config.duplicate_window()).filter(|window| !window.is_zero() && !config.listens().is_empty());
        let shared = Arc::new(Shared {
            keys: Keys::default(),
            sent: may_loop.then(Sent::new),
            duplicates: window.map(Duplicates::new),
            own: Own::default(),
            replays: config.listens().iter().filter_map(config::Listen::replay_window).max().map(Replays::new),
        });
        let senders = Senders::start(&config, &shared)?;
        let start = |listen| Listener::start(&config, listen, Arc::clone(&shared));
        let listeners = config.listens().iter().map(start).collect::<Result<_>>()?;
        let (forwards, reports) = (config.forwards(), config.reports_stats());
        let (written, not_forwarded) = (Written::default(), Complaint::new());
        Ok(Network { senders, listeners, shared, forwards, reports, written, not_forwarded })
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        if !self.senders.is_empty() {
            callbacks.instance("", Arc::clone(self)).write().flush().notify().register()?;
        }
        if self.reports {
            let network = Arc::clone(self);
            callbacks.read("", move || network.report())?;
        }
        Ok(())
    }
}

impl Write for Network {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        if !self.forwards && values.meta().is_true(RECEIVED) {
            self.written.rejected.add(1);
            return Ok(());
        }
        if !values.time().is_unset() && !values.host().is_empty() {
            return self.send(values);
        }
        // `plugin_write`, unlike a dispatch, fills in nothing, and receivers drop what lacks time or host.
        let host = collectd::hostname();
        let [given, plugin, plugin_instance, type_, type_instance] = values.identifier().names();
        let host = if given.is_empty() { NameRef::until_nul(host.as_bytes()) } else { given };
        let identifier = IdentifierRef::new([host, plugin, plugin_instance, type_, type_instance]);
        let time = if values.time().is_unset() { Time::now() } else { values.time() };
        self.send(ValuesRef::new(time, values.interval(), identifier, values.data()))
    }
}

impl Network {
    fn send(&self, values: ValuesRef<'_>) -> Result {
        if let Some(sent) = &self.shared.sent {
            // Before it is sent: it may be back sooner than this goes on.
            let metric = self.shared.keys.metric(values.identifier());
            sent.note(metric, values.time(), values.interval(), Instant::now());
        }
        match self.senders.push(values) {
            Ok(()) => {
                self.written.accepted.add(1);
                Ok(())
            }
            Err(error) => {
                self.written.unfit.add(1);
                Err(unfit(format_args!("{}", values.identifier()), error))
            }
        }
    }
}

/// Why something cannot be sent to anybody.
fn unfit(what: fmt::Arguments<'_>, error: EncodeError) -> Error {
    let hint = if matches!(error, EncodeError::TooLarge(_)) { " (see MaxPacketSize)" } else { "" };
    Error::msg(format_args!("cannot send {what}: {error}{hint}"))
}

impl Notify for Network {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        if notification.meta.is_true(RECEIVED) {
            if self.forwards {
                let text = format_args!("notifications from the network are not forwarded: nothing would end a loop");
                self.not_forwarded.complain(LogLevel::Notice, text);
            }
            return Ok(());
        }
        self.senders.notify(notification).map_err(|error| {
            self.written.unfit.add(1);
            unfit(format_args!("a notification"), error)
        })?;
        self.written.notifications.add(1);
        Ok(())
    }
}

impl Flush for Network {
    /// Packets hold value lists of all metrics, so the whole packet goes.
    fn flush(&self, older_than: Option<Duration>, _identifier: Option<&Identifier>) -> Result {
        self.senders.flush(older_than.unwrap_or(Duration::ZERO));
        Ok(())
    }
}

impl Shutdown for Network {
    fn shutdown(&self) -> Result {
        let deadline = Instant::now() + SHUTDOWN_PATIENCE;
        self.listeners.iter().for_each(Listener::close);
        self.listeners.iter().for_each(|listener| listener.join(deadline));
        self.senders.close(deadline);
        Ok(())
    }
}

collectd::plugin!(Network: Shutdown);
