//! What may stand in `<Plugin sqlite_writer>`.

use std::path::PathBuf;
use std::time::Duration;

use collectd::config::Seconds;
use collectd::{Error, Result};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// The file. Without a directory it is in the daemon's `BaseDir`.
    #[serde(default = "database")]
    pub(crate) database: PathBuf,
    /// Whether to write rates rather than counts.
    #[serde(default)]
    pub(crate) store_rates: bool,
    /// How many value lists a transaction has at most.
    #[serde(default = "commit_size")]
    pub(crate) commit_size: usize,
    /// How long a value list waits for others of its transaction.
    #[serde(default = "ten_seconds")]
    commit_interval: Seconds,
    /// How many value lists may wait in memory.
    #[serde(default = "queue_limit")]
    pub(crate) queue_limit: usize,
    /// Which one goes when there are more.
    #[serde(default)]
    pub(crate) when_full: WhenFull,
    /// How old values become; those of any age stay without it.
    retention: Option<Seconds>,
    /// How much is sure to survive the loss of power.
    #[serde(default)]
    pub(crate) synchronous: Synchronous,
    /// How long the daemon may have to wait for the disk when it stops.
    #[serde(default = "ten_seconds")]
    stop_timeout: Seconds,
    /// Whether to dispatch how the plugin fares.
    #[serde(default)]
    pub(crate) report_stats: bool,
}

#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize)]
pub(crate) enum WhenFull {
    #[default]
    DropNewest,
    DropOldest,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) enum Synchronous {
    Off,
    #[default]
    Normal,
    Full,
}

impl Synchronous {
    /// As SQLite calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Synchronous::Off => "OFF",
            Synchronous::Normal => "NORMAL",
            Synchronous::Full => "FULL",
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result {
        if self.commit_size == 0 {
            return Err(Error::msg("CommitSize must be at least 1"));
        }
        if self.queue_limit < self.commit_size {
            let (limit, size) = (self.queue_limit, self.commit_size);
            return Err(Error::msg(format_args!("QueueLimit {limit} is less than CommitSize {size}")));
        }
        if self.commit_interval == Seconds::ZERO {
            return Err(Error::msg("CommitInterval must be more than 0"));
        }
        if self.retention == Some(Seconds::ZERO) {
            return Err(Error::msg("Retention must be more than 0"));
        }
        Ok(())
    }

    pub(crate) fn commit_interval(&self) -> Duration {
        self.commit_interval.to_duration()
    }

    pub(crate) fn retention(&self) -> Option<Duration> {
        self.retention.map(Seconds::to_duration)
    }

    pub(crate) fn stop_timeout(&self) -> Duration {
        self.stop_timeout.to_duration()
    }
}

fn database() -> PathBuf {
    "values.sqlite".into()
}

fn commit_size() -> usize {
    1000
}

fn queue_limit() -> usize {
    100_000
}

fn ten_seconds() -> Seconds {
    Seconds::from_secs(10)
}
