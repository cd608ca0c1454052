//! Repeated trouble, told at most once a minute.

use std::fmt;
use std::time::Instant;

use crate::ffi::{LogLevel, log};
use crate::quiet::Quiet;

/// Something that can fail over and over. The first failure is logged at once, further ones at most once a
/// minute with their number, and the end of it once.
///
/// ```
/// # use collectd_test_host as _;
/// static DISK: collectd::Complaint = collectd::Complaint::new();
///
/// fn store(result: std::io::Result<()>) {
///     match result {
///         Ok(()) => DISK.release(format_args!("the disk takes data again")),
///         Err(error) => DISK.complain(collectd::LogLevel::Error, format_args!("cannot store: {error}")),
///     }
/// }
/// # store(Ok(()));
/// ```
#[derive(Debug)]
pub struct Complaint(Quiet);

impl Complaint {
    /// No trouble so far.
    pub const fn new() -> Self {
        Complaint(Quiet::new())
    }

    /// Reports a failure.
    pub fn complain(&self, level: LogLevel, text: fmt::Arguments<'_>) {
        self.complain_at_length(level, text, || {});
    }

    /// Reports a failure about which there is more to log, if it is logged.
    pub(crate) fn complain_at_length(&self, level: LogLevel, text: fmt::Arguments<'_>, log_more: impl FnOnce()) {
        match self.0.failed(Instant::now()) {
            Some(0) => log(level, text),
            Some(untold) => log(level, format_args!("{text} (and {untold} more since the last such line)")),
            None => return,
        }
        log_more();
    }

    /// Whether the last that was reported is a failure.
    #[inline]
    pub(crate) fn is_failing(&self) -> bool {
        self.0.is_failing()
    }

    /// Reports that it works; the text is logged if the log says that it failed.
    pub fn release(&self, text: fmt::Arguments<'_>) {
        if self.0.recovered() {
            log(LogLevel::Notice, text);
        }
    }
}

impl Default for Complaint {
    fn default() -> Self {
        Complaint::new()
    }
}
