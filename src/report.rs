//! Failures of an author's code, as the log has them.

use std::fmt::Display;

use crate::complaint::Complaint;
use crate::ffi::{Failure, LogLevel, Scope, log, log_trace};

/// Reports something that happens once, as `init`. It is an error, expected or not.
pub(crate) fn report(plugin: &'static str, what: impl Display, failure: &Failure) {
    let _scope = Scope::enter(plugin);
    match failure {
        Failure::Error { text, .. } => log(LogLevel::Error, format_args!("{what}: {text}")),
        Failure::Panic { message, .. } => log(LogLevel::Error, format_args!("{what} {message}")),
    }
    log_trace(plugin, failure.trace());
}

/// Reports something that may happen over and over, as `read`.
pub(crate) fn complain(complaint: &Complaint, plugin: &'static str, what: impl Display, failure: &Failure) {
    let _scope = Scope::enter(plugin);
    let log_more = || log_trace(plugin, failure.trace());
    match failure {
        Failure::Error { text, is_expected, .. } => {
            let level = if *is_expected { LogLevel::Warning } else { LogLevel::Error };
            complaint.complain_at_length(level, format_args!("{what} failed: {text}"), log_more);
        }
        Failure::Panic { message, .. } => {
            complaint.complain_at_length(LogLevel::Error, format_args!("{what} {message}"), log_more);
        }
    }
}
