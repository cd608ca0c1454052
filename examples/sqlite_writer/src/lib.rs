//! Writes values to an SQLite database.
//!
//! The daemon's write threads put what they bring into a bounded queue; one thread takes it from there and writes many
//! values in one transaction. On a full disk, and while another process has the database locked, it waits and tries
//! again: nothing that is in the queue is lost.
#![forbid(unsafe_code)]

mod config;
mod names;
mod queue;
mod sample;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use std::time::Duration;

use collectd::prelude::*;
use collectd::thread::Worker;

use config::Config;
use queue::Queue;
use sample::Sample;
use store::Store;
use writer::Writer;

struct SqliteWriter {
    config: Arc<Config>,
    queue: Arc<Queue<Sample>>,
    worker: Worker,
}

impl Plugin for SqliteWriter {
    const NAME: &'static str = "sqlite_writer";
    type Config = Config;

    fn check(config: &Config) -> Result {
        config.check()
    }

    fn new(config: Config) -> Result<Self> {
        let store = match Store::open(&config.database, config.synchronous) {
            Ok(store) => Some(store),
            Err(error) if error.is_lasting() => return Err(error.into()),
            // A disk may have room again, a file system be mounted.
            Err(error) => {
                log::error!("{}; further attempts follow", Error::from(error));
                None
            }
        };
        let config = Arc::new(config);
        let queue = Arc::new(Queue::new(config.queue_limit, config.commit_size, config.when_full));
        let writer = Writer::new(Arc::clone(&config), Arc::clone(&queue), store);
        let worker = Worker::spawn(Self::NAME, |_stop| writer.run())?;
        Ok(SqliteWriter { config, queue, worker })
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        if self.config.report_stats {
            let queue = Arc::clone(&self.queue);
            callbacks.read("stats", move || report(&queue))?;
        }
        Ok(())
    }
}

impl Write for SqliteWriter {
    /// An error is logged once a minute, with the number of those between.
    fn write(&self, values: ValuesRef<'_>) -> Result {
        Ok(self.queue.push(Sample::new(values, self.config.store_rates)?)?)
    }
}

impl Flush for SqliteWriter {
    fn flush(&self, _older_than: Option<Duration>, _identifier: Option<&Identifier>) -> Result {
        Ok(self.queue.flush(self.config.stop_timeout())?)
    }
}

impl Shutdown for SqliteWriter {
    fn shutdown(&self) -> Result {
        self.queue.close(self.config.stop_timeout());
        self.worker.stop()?;
        let counters = self.queue.counters();
        log::info!("{} value lists written, {} dropped", counters.written, counters.dropped);
        match counters.waiting() {
            0 => Ok(()),
            lost => Err(Error::msg(format_args!("{lost} value lists are lost: the disk did not take them"))),
        }
    }
}

impl Drop for SqliteWriter {
    /// Without a shutdown nobody else ends the thread, for which the worker waits.
    fn drop(&mut self) {
        self.queue.close(Duration::ZERO);
    }
}

fn report(queue: &Queue<Sample>) -> Result {
    let counters = queue.counters();
    Values::new("queue_length").gauge(counters.waiting() as f64).dispatch()?;
    for (name, count) in [("written", counters.written), ("dropped", counters.dropped), ("failed", counters.failed)] {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Values::new("derive").type_instance(name).derive(count).dispatch()?;
    }
    Ok(())
}

collectd::plugin!(SqliteWriter: Write, Flush, Shutdown);
