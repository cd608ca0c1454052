//! One series: what came under one identifier.

use std::sync::Arc;

use collectd_types::{IdentifierRef, Interval, Kind, Name, NameRef, Time, Value, ValuesRef};

use super::names::Names;
use super::ring::Ring;

/// What daemons assume where a value list does not tell its interval.
const USUAL_INTERVAL: Interval = Interval::from_secs(10);
/// After how many intervals a series is missed; collectd's `Timeout`.
const TIMEOUT: u64 = 2;

/// The names of a type's data sources.
pub(super) type Labels = Arc<[Name]>;

/// What came under one identifier: a track of numbers for each data source.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    names: Names,
    labels: Option<Labels>,
    tracks: Box<[Track]>,
    ring: Ring,
    time: Time,
    arrived: Time,
    interval: Interval,
    /// The time of the value list before, if it came too late to count.
    late: Time,
    /// How often it began anew.
    beginnings: u32,
    /// Where it is in the tree.
    pub(super) plugin: u32,
}

/// The last value of a data source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Track {
    /// As it was received.
    pub(crate) last: Value,
    /// What is shown: a gauge itself, of others the rate per second. NaN as long as that is not known.
    pub(crate) shown: f64,
}

impl Track {
    pub(crate) fn kind(self) -> Kind {
        self.last.kind()
    }
}

/// What a value list was to its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// The next point.
    Next,
    /// It is not later than the one before.
    Late,
}

impl Series {
    /// One of this value list alone, which has at most `u16::MAX` values.
    pub(super) fn new(
        arrived: Time,
        values: ValuesRef<'_>,
        labels: Option<Labels>,
        points: usize,
        plugin: u32,
    ) -> Self {
        let sources = u16::try_from(values.data().len()).unwrap_or(u16::MAX);
        let mut series = Series {
            names: Names::new(values.identifier()),
            labels,
            tracks: values.values().take(sources.into()).map(Track::first).collect(),
            ring: Ring::new(sources),
            time: values.time(),
            arrived,
            interval: values.interval(),
            late: Time::UNSET,
            beginnings: 0,
            plugin,
        };
        series.add_point(points);
        series
    }

    /// Whether the value list has as many values as those before.
    pub(super) fn fits(&self, values: ValuesRef<'_>) -> bool {
        self.tracks.len() == values.data().len()
    }

    /// Takes a value list that [fits](Self::fits).
    pub(super) fn update(&mut self, arrived: Time, values: ValuesRef<'_>, points: usize) -> Update {
        (self.arrived, self.interval) = (self.arrived.max(arrived), values.interval());
        let time = values.time();
        if time <= self.time {
            // Twice in a row, and going on: it is the sender's clock that was set back.
            let was_set_back = !self.late.is_unset() && time > self.late;
            self.late = time;
            if !was_set_back {
                return Update::Late;
            }
            self.begin_anew(values);
        } else {
            let elapsed = time.since(self.time);
            let same_kinds = self.tracks.iter().zip(values.values()).all(|(track, value)| track.kind() == value.kind());
            if same_kinds {
                self.tracks.iter_mut().zip(values.values()).for_each(|(track, value)| track.next(value, elapsed));
            } else {
                self.begin_anew(values);
            }
        }
        (self.time, self.late) = (time, Time::UNSET);
        self.add_point(points);
        Update::Next
    }

    /// Host, plugin and type with their instances.
    pub(crate) fn identifier(&self) -> IdentifierRef<'_> {
        self.names.view()
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// One for each data source.
    pub(crate) fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The name of a data source, if types.db has it.
    pub(crate) fn source(&self, track: usize) -> Option<NameRef<'_>> {
        self.labels.as_ref()?.get(track).map(Name::view)
    }

    /// What was shown of a data source, oldest first. Times are exact to a millisecond.
    pub(crate) fn points(&self, track: usize) -> impl ExactSizeIterator<Item = (Time, f64)> + DoubleEndedIterator + '_ {
        let rows = if track < self.tracks.len() { self.ring.len() } else { 0 };
        (0..rows).map(move |row| self.ring.point(row, track))
    }

    /// How many points each data source has.
    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    /// How many of them are later than this, to a millisecond.
    pub(crate) fn len_since(&self, time: Time) -> usize {
        (0..self.ring.len()).rev().take_while(|&row| self.ring.time(row) > time).count()
    }

    /// Changes when it begins anew, without the points that it had: its values are of another kind, or the sender's
    /// clock was set back.
    pub(crate) fn beginnings(&self) -> u32 {
        self.beginnings
    }

    /// The time of the last value list, as its sender says.
    pub(crate) fn time(&self) -> Time {
        self.time
    }

    /// When the last value list arrived.
    pub(crate) fn arrived(&self) -> Time {
        self.arrived
    }

    /// How often value lists are to come.
    pub(crate) fn interval(&self) -> Interval {
        if self.interval.is_unset() { USUAL_INTERVAL } else { self.interval }
    }

    /// Whether the next value list should have come by now: nothing came for two intervals, as collectd's `Timeout`
    /// has it.
    pub(crate) fn is_silent(&self, now: Time) -> bool {
        now >= self.deadline()
    }

    pub(super) fn deadline(&self) -> Time {
        let patience = self.interval().to_raw().saturating_mul(TIMEOUT);
        Time::from_raw(self.arrived.to_raw().saturating_add(patience))
    }

    /// The memory of its own.
    #[cfg(test)]
    pub(super) fn heap(&self) -> usize {
        let names: usize = self.identifier().names().iter().map(|name| name.len()).sum();
        names + size_of_val(&*self.tracks) + self.ring.heap()
    }

    fn begin_anew(&mut self, values: ValuesRef<'_>) {
        self.ring.clear();
        self.beginnings = self.beginnings.wrapping_add(1);
        self.tracks.iter_mut().zip(values.values()).for_each(|(track, value)| *track = Track::first(value));
    }

    fn add_point(&mut self, points: usize) {
        self.ring.push(self.time, self.tracks.iter().map(|track| track.shown), points);
    }
}

impl Track {
    fn first(value: Value) -> Self {
        let shown = if let Value::Gauge(number) = value { number } else { f64::NAN };
        Track { last: value, shown }
    }

    fn next(&mut self, value: Value, elapsed: Interval) {
        let shown = value.rate_since(self.last, elapsed).unwrap_or(f64::NAN);
        *self = Track { last: value, shown };
    }
}
