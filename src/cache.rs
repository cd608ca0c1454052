//! The daemon's value cache: the last values of every metric.
//!
//! Metrics are found by their whole identifier, host included; the own one is [`hostname`](crate::hostname).
//! What is in the cache has been dispatched by any plugin within the last intervals. There is none before
//! [`Plugin::new`](crate::Plugin::new).

use std::ffi::CString;
use std::marker::PhantomData;

use collectd_types::{IdentifierRef, Time, Value};

use crate::ffi;
pub use crate::ffi::{Entries, Entry, MetaItem, Rates};

/// The rates of a metric's last values, if the daemon knows the metric.
///
/// In a write callback these are the rates of the value list at hand: the cache is updated first.
///
/// # Panics
///
/// If this thread holds [`Entries`], where the daemon would hang; and while the daemon reads its configuration, where it
/// would crash.
pub fn rates(identifier: IdentifierRef<'_>) -> Option<Rates> {
    ffi::Rates::of(identifier)
}

/// The whole cache.
///
/// While [`entries`](Self::entries) are looked at, the cache is locked and cannot be used otherwise:
///
/// ```compile_fail,E0502
/// let mut cache = collectd::cache::Cache::new();
/// let mut entries = cache.entries().unwrap();
/// let size = cache.len();
/// entries.next();
/// ```
///
/// All methods panic where they would hang for ever, if this thread has entries from another `Cache`; and while the
/// daemon reads its configuration, when it has no cache yet.
#[derive(Debug, Default)]
pub struct Cache {
    /// The lock belongs to a thread.
    _not_send: PhantomData<*const ()>,
}

impl Cache {
    /// The daemon's cache. There is one for all plugins.
    pub fn new() -> Self {
        Cache::default()
    }

    /// The rates of a metric's last values, see [`rates`].
    pub fn rates(&self, identifier: IdentifierRef<'_>) -> Option<Rates> {
        ffi::Rates::of(identifier)
    }

    /// The last values of a metric, as they were dispatched.
    pub fn values(&self, identifier: IdentifierRef<'_>) -> Option<Vec<Value>> {
        ffi::values(identifier)
    }

    /// How many metrics there are.
    pub fn len(&self) -> usize {
        ffi::len()
    }

    /// Whether there are no metrics.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of all metrics, `host/plugin[-instance]/type[-instance]`, with the times of their last
    /// values. What is not UTF-8 becomes U+FFFD. The order is that of the daemon.
    pub fn names(&self) -> Vec<(String, Time)> {
        ffi::names()
    }

    /// The rates of the last `steps` values of a metric, newest first; each step has one rate per data source.
    ///
    /// The daemon begins to keep them when it is asked for the first time, and does so for as many as it
    /// was ever asked for: what was before is NaN. `None` if it does not know the metric.
    pub fn history(&self, identifier: IdentifierRef<'_>, steps: usize) -> Option<Vec<Vec<f64>>> {
        let width = self.rates(identifier)?.len();
        let rates = ffi::history(identifier, steps, width)?;
        Some(rates.chunks_exact(width.max(1)).map(<[f64]>::to_vec).collect())
    }

    /// How many times in a row a metric was beyond a limit; the `threshold` plugin counts them. `None` if
    /// there is no such metric, or the daemon is newer than 5.13.
    pub fn hits(&self, identifier: IdentifierRef<'_>) -> Option<i32> {
        self.rates(identifier)?;
        ffi::hits(identifier)
    }

    /// Sets the [hits](Self::hits), and returns what they were.
    pub fn set_hits(&self, identifier: IdentifierRef<'_>, hits: i32) -> Option<i32> {
        self.rates(identifier)?;
        ffi::set_hits(identifier, hits)
    }

    /// Adds to the [hits](Self::hits), and returns what they were.
    pub fn add_hits(&self, identifier: IdentifierRef<'_>, step: i32) -> Option<i32> {
        self.rates(identifier)?;
        ffi::inc_hits(identifier, step)
    }

    /// What the `threshold` plugin thinks of a metric. `None` if there is no such metric, or the daemon is
    /// newer than 5.13.
    pub fn state(&self, identifier: IdentifierRef<'_>) -> Option<State> {
        State::from_code(ffi::state(identifier)?).filter(|&state| state == State::Missing || self.has(identifier))
    }

    /// Sets the [state](Self::state), and returns what it was. `None`, and nothing is set, if the daemon
    /// does not have this state: before 5.9 there is none for [`State::Unknown`].
    pub fn set_state(&self, identifier: IdentifierRef<'_>, state: State) -> Option<State> {
        State::from_code(ffi::set_state(identifier, state.code()?)?)
    }

    /// An entry of the meta data that plugins keep with a metric in the cache; it is there as long as the
    /// metric is. The daemon logs an error if the entry is of another kind.
    pub fn meta<T: MetaItem>(&self, identifier: IdentifierRef<'_>, key: &str) -> Option<T> {
        T::read(identifier, &CString::new(key).ok()?)
    }

    /// Sets an entry of the meta data of a metric. `false` if there is no such metric, or a NUL byte in the
    /// key or the text.
    #[must_use]
    pub fn set_meta<T: MetaItem>(&self, identifier: IdentifierRef<'_>, key: &str, value: &T) -> bool {
        CString::new(key).is_ok_and(|key| value.store(identifier, &key))
    }

    /// Whether the meta data of a metric has an entry, of whatever kind.
    pub fn has_meta(&self, identifier: IdentifierRef<'_>, key: &str) -> bool {
        CString::new(key).is_ok_and(|key| ffi::has_meta(identifier, &key))
    }

    /// The names of all entries of the meta data of a metric; what is not UTF-8 becomes U+FFFD. `None` if there is no
    /// such metric, or the daemon is older than 5.11.
    pub fn meta_keys(&self, identifier: IdentifierRef<'_>) -> Option<Vec<String>> {
        let keys = ffi::meta_keys(identifier)?.into_iter();
        Some(keys.map(|key| key.to_string_lossy().into_owned()).collect())
    }

    /// Removes an entry of the meta data of a metric; whether it was there.
    pub fn remove_meta(&self, identifier: IdentifierRef<'_>, key: &str) -> bool {
        CString::new(key).is_ok_and(|key| ffi::remove_meta(identifier, &key))
    }

    /// All metrics, one after the other. `None` if the daemon has no memory.
    ///
    /// The daemon's threads cannot store values while the result exists, so be quick, and neither pass
    /// values to writers nor ask for a flush before it is dropped.
    pub fn entries(&mut self) -> Option<Entries<'_>> {
        Entries::new()
    }

    fn has(&self, identifier: IdentifierRef<'_>) -> bool {
        self.rates(identifier).is_some()
    }
}

/// What the `threshold` plugin thinks of a metric, from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum State {
    /// Nothing yet. Not before 5.9.
    Unknown,
    /// It is within its limits.
    Okay,
    /// It is beyond a limit for warnings.
    Warning,
    /// It is beyond a limit for failures.
    Error,
    /// It had no value for some intervals.
    Missing,
}

/// In the daemon's order; before 5.9 it began with the second.
const STATES: [State; 4] = [State::Unknown, State::Okay, State::Warning, State::Error];
const MISSING: i32 = 15;

impl State {
    fn from_code(code: i32) -> Option<State> {
        match code {
            MISSING => Some(State::Missing),
            code => STATES[first_state()..].get(usize::try_from(code).ok()?).copied(),
        }
    }

    fn code(self) -> Option<i32> {
        match self {
            State::Missing => Some(MISSING),
            state => {
                let position = STATES[first_state()..].iter().position(|&known| known == state)?;
                i32::try_from(position).ok()
            }
        }
    }
}

fn first_state() -> usize {
    usize::from(!ffi::has_unknown_state())
}
