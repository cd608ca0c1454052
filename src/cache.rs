//! The daemon's value cache: the last values of every metric.

use collectd_types::IdentifierRef;

use crate::ffi;
pub use crate::ffi::Rates;

/// The rates of a metric's last values, if the daemon knows the metric.
///
/// In a write callback these are the rates of the value list at hand: the cache is updated first.
pub fn rates(identifier: IdentifierRef<'_>) -> Option<Rates> {
    ffi::Rates::of(identifier)
}
