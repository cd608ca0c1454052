//! Requests to other plugins: take this value, write out what you hold back.

use std::ffi::CString;
use std::time::Duration;

use collectd_types::{Identifier, Interval, Values};

use crate::{Complaint, DispatchError, LogLevel, ffi};

/// Passes value lists to writers directly: past the daemon's queue, filter chains and value cache.
///
/// The daemon walks its list of writers without a lock, and plugins add to it while they are made. So a thread that
/// [`Plugin::new`](crate::Plugin::new) starts waits with this until the daemon calls the plugin for the first time.
pub trait WriteTo {
    /// Passes the value list to the writer of this name, as `"csv"`; upper and lower case are the same.
    ///
    /// What was not set gets the defaults of [`dispatch`](crate::Dispatch::dispatch), and the same is
    /// checked. The writer runs in this thread, so this takes as long as it does; never call it from
    /// a callback of that writer. It may look the value list up in the value cache, and will find the last
    /// one that was dispatched, or none.
    ///
    /// # Errors
    ///
    /// If the value list cannot be used, there is no such writer, or it fails.
    fn write_to(&self, writer: &str) -> Result<(), WriteError>;

    /// Passes the value list to every writer, one after the other, as [`write_to`](Self::write_to) does.
    ///
    /// # Errors
    ///
    /// If the value list cannot be used, there is no writer at all, or every writer fails.
    fn write_to_all(&self) -> Result<(), WriteError>;
}

/// Why a value list was not written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// It cannot be used; no writer has seen it.
    #[error(transparent)]
    Values(#[from] DispatchError),
    /// The daemon has no writer of this name.
    #[error("there is no writer \"{writer}\"")]
    UnknownWriter {
        /// The name.
        writer: String,
    },
    /// The daemon has no writer.
    #[error("no plugin that writes is loaded")]
    NoWriter,
    /// The writer failed, or all of them did. They have logged why.
    #[error("writing failed with status {status}")]
    Failed {
        /// What the writer returned; −1 for all of them.
        status: i32,
    },
}

impl WriteTo for Values {
    fn write_to(&self, writer: &str) -> Result<(), WriteError> {
        let unknown = || WriteError::UnknownWriter { writer: writer.to_owned() };
        let name = CString::new(writer).map_err(|_| unknown())?;
        // A writer that itself returns ENOENT cannot be told apart from one that is missing.
        check(ffi::write(self, Some(&name))?, unknown)
    }

    fn write_to_all(&self) -> Result<(), WriteError> {
        check(ffi::write(self, None)?, || WriteError::NoWriter)
    }
}

fn check(status: i32, not_found: impl FnOnce() -> WriteError) -> Result<(), WriteError> {
    match status {
        0 => Ok(()),
        libc::ENOENT => Err(not_found()),
        status => Err(WriteError::Failed { status }),
    }
}

/// Asks plugins to write out what they hold back: one plugin, or all; what is at least `older_than` old, or
/// everything; of one metric, or of all.
///
/// The name of the plugin is compared exactly. The flush callbacks run in this thread, so this takes as long as
/// they do; from within flush callbacks it does nothing any more when they are eight deep, and logs that. Whether there are any, and whether they succeed, the daemon does not tell. As with [`WriteTo`], a thread
/// of one's own waits until the daemon has made all its plugins.
///
/// ```
/// # use collectd_test_host as _;
/// use std::time::Duration;
///
/// collectd::flush(Some("rrdtool"), Some(Duration::from_secs(60)), None);
/// ```
pub fn flush(plugin: Option<&str>, older_than: Option<Duration>, identifier: Option<&Identifier>) {
    // No plugin has a name with a NUL byte, so there is nothing to ask.
    let Ok(plugin) = plugin.map(CString::new).transpose() else { return };
    let older_than = match older_than {
        None => Interval::UNSET,
        // Beyond 500 years nothing is that old.
        Some(age) => Interval::try_from(age).unwrap_or(Interval::from_raw(u64::MAX)),
    };
    let result = ffi::flush(plugin.as_deref(), older_than, identifier.map(Identifier::view));
    // When it is too late there is nothing to write out.
    if let Err(error @ DispatchError::TooDeep) = result {
        TOO_DEEP.complain(LogLevel::Error, format_args!("no flush: {error}"));
    }
}

static TOO_DEEP: Complaint = Complaint::new();
