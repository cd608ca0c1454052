//! What authors log with the `log` crate goes to collectd's log. The feature `log` of `tracing` sends its events the
//! same way.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::ffi::{self, LogLevel};

static LOGGER: Logger = Logger;

struct Logger;

/// Sends `log` records to the daemon. A logger that the author has installed stays.
pub(crate) fn install() {
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Debug
    }

    fn log(&self, record: &Record<'_>) {
        let level = match record.level() {
            Level::Error => LogLevel::Error,
            Level::Warn => LogLevel::Warning,
            Level::Info => LogLevel::Info,
            Level::Debug | Level::Trace => LogLevel::Debug,
        };
        ffi::log(level, *record.args());
    }

    fn flush(&self) {}
}

/// Logs at collectd's level *notice*, which the `log` crate lacks. The arguments are those of `format!`.
#[macro_export]
macro_rules! notice {
    ($($argument:tt)+) => {
        $crate::log_at($crate::LogLevel::Notice, ::core::format_args!($($argument)+))
    };
}

/// Writes one line to collectd's log, at any of its levels.
pub fn log_at(level: LogLevel, text: std::fmt::Arguments<'_>) {
    ffi::log(level, text);
}
