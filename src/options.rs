//! The daemon's global options, as they stand at the top of collectd.conf.
//!
//! They are complete from [`Plugin::new`](crate::Plugin::new) on. The name of the host is
//! [`hostname`](crate::hostname).

use std::ffi::CString;

use collectd_types::Interval;

use crate::config::boolean_word;
use crate::ffi;

/// `Interval`: how often plugins are read that have no interval of their own; [`Interval::UNSET`] before
/// the daemon has read its configuration.
pub fn interval() -> Interval {
    ffi::global_interval()
}

/// `Timeout`: after how many intervals without a value a metric is missing.
pub fn timeout() -> u32 {
    ffi::global_timeout()
}

/// Any global option as text, as `get("BaseDir")`; upper and lower case are the same. What the configuration
/// does not say has the daemon's default; `None` if there is none.
///
/// The daemon logs an error about an option that it does not know. It keeps numbers that the configuration
/// says with six decimals (`2.000000`); see [`number`].
pub fn get(name: &str) -> Option<String> {
    ffi::global_option(&CString::new(name).ok()?)
}

/// A global option that is a number, see [`get`]; `None` too if it is none.
///
/// ```
/// # use collectd_test_host as _;
/// let threads = collectd::options::number("ReadThreads").unwrap_or(5.0);
/// ```
pub fn number(name: &str) -> Option<f64> {
    get(name)?.parse().ok()
}

/// A global option that is on or off, see [`get`]; `None` too if it is neither.
///
/// ```
/// # use collectd_test_host as _;
/// let has_full_name = collectd::options::flag("FQDNLookup").unwrap_or(true);
/// ```
pub fn flag(name: &str) -> Option<bool> {
    boolean_word(&get(name)?)
}
