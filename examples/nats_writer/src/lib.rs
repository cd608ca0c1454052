//! Writes values to a stream of NATS JetStream.
//!
//! The daemon's write threads put messages into a bounded outbox. One thread with an async runtime of its own sends
//! them, many at a time, and forgets a message when the stream has acknowledged it; those that it has not are sent again,
//! under an id of which the stream keeps only one.
#![forbid(unsafe_code)]

mod config;
mod outbox;
mod payload;
mod publisher;
mod server;
mod subject;
#[cfg(test)]
mod tests;
mod tls;

use std::time::Duration;

use collectd::prelude::*;
use collectd::thread::Worker;

use config::Config;
use outbox::Outbox;
use server::Server;

struct NatsWriter {
    config: Arc<Config>,
    outbox: Arc<Outbox>,
    worker: Worker,
}

impl Plugin for NatsWriter {
    const NAME: &'static str = "nats_writer";
    type Config = Config;

    fn check(config: &Config) -> Result {
        config.check()
    }

    /// Servers that are not there yet are no reason to fail.
    fn new(config: Config) -> Result<Self> {
        let outbox = Arc::new(Outbox::new(config.queue_limit, config.window, config.when_full));
        let server = Server::new(&config, &outbox)?;
        let config = Arc::new(config);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let publisher = publisher::run(Arc::clone(&config), Arc::clone(&outbox), server);
        let worker = Worker::spawn(Self::NAME, move |_stop| {
            if let Err(error) = runtime.block_on(publisher) {
                log::error!("no messages are sent: {error}");
            }
            // A name that is being looked up takes as long as a name server lets it: its thread ends by itself.
            runtime.shutdown_background();
        })?;
        Ok(NatsWriter { config, outbox, worker })
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        if self.config.report_stats {
            let outbox = Arc::clone(&self.outbox);
            callbacks.read("stats", move || report(&outbox))?;
        }
        Ok(())
    }
}

impl Write for NatsWriter {
    /// An error is logged once a minute, with the number of those between.
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let payload = payload::json(values, self.config.store_rates)?;
        let subject = self.config.subject.subject(values.identifier());
        Ok(self.outbox.push(subject.into(), payload.into())?)
    }
}

impl Flush for NatsWriter {
    fn flush(&self, _older_than: Option<Duration>, _identifier: Option<&Identifier>) -> Result {
        let flushed = self.outbox.flush(self.config.stop_timeout());
        flushed.map_err(|left| Error::msg(format_args!("{left} messages are not acknowledged yet")))
    }
}

impl Shutdown for NatsWriter {
    fn shutdown(&self) -> Result {
        self.outbox.close(self.config.stop_timeout());
        self.worker.stop()?;
        let counters = self.outbox.counters();
        let (stored, repeated) = (counters.stored, counters.repeated);
        log::info!(
            "{stored} messages stored, {repeated} repeated, {} dropped, {} refused",
            counters.dropped,
            counters.refused
        );
        match counters.waiting {
            0 => Ok(()),
            lost => Err(Error::msg(format_args!("{lost} messages are lost: they were not acknowledged"))),
        }
    }
}

impl Drop for NatsWriter {
    /// Without a shutdown nobody else ends the thread, for which the worker waits.
    fn drop(&mut self) {
        self.outbox.close(Duration::ZERO);
    }
}

fn report(outbox: &Outbox) -> Result {
    let counters = outbox.counters();
    Values::new("queue_length").gauge(counters.waiting as f64).dispatch()?;
    for (name, count) in [
        ("stored", counters.stored),
        ("repeated", counters.repeated),
        ("dropped", counters.dropped),
        ("refused", counters.refused),
    ] {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Values::new("derive").type_instance(name).derive(count).dispatch()?;
    }
    Ok(())
}

collectd::plugin!(NatsWriter: Write, Flush, Shutdown);
