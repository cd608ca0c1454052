//! A copy of the store's tree that can be sorted without the lock, and what sorting needs to know.

use std::hash::{BuildHasher, Hash, RandomState};
use std::ops::Range;

use collectd_types::Time;

use super::feed::Shared;
use super::search::Search;
use crate::store::{Series, SeriesId, Store};

/// One number of a series.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Leaf {
    pub(super) id: SeriesId,
    pub(super) track: u16,
}

/// What rows are ordered by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sort {
    Name,
    Value,
    Change,
    Silence,
}

/// Names a host or a plugin of a host, also when others come and go.
pub(super) type GroupKey = u64;

#[derive(Default)]
pub(super) struct Catalogue {
    hasher: RandomState,
    revision: Option<u64>,
    pub(super) entries: Vec<Entry>,
    pub(super) plugins: Vec<Group>,
    pub(super) hosts: Vec<Group>,
    matched: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) leaf: Leaf,
    /// Larger is first.
    pub(super) weight: f64,
    pub(super) is_wanted: bool,
    pub(super) is_silent: bool,
    pub(super) arrived: Time,
}

/// A plugin of a host with a range of entries, or a host with a range of plugins.
#[derive(Clone)]
pub(super) struct Group {
    pub(super) key: GroupKey,
    /// Some series in it, which knows its names.
    pub(super) example: SeriesId,
    pub(super) members: Range<usize>,
}

/// As many entries are looked at in one go, while nothing can be received.
const SLICE: usize = 2048;

impl Catalogue {
    /// Whether the tree is another one now.
    pub(super) fn is_old(&self, store: &Store) -> bool {
        self.revision != Some(store.revision())
    }

    /// Copies the tree, if it changed.
    pub(super) fn update(&mut self, store: &Store) -> bool {
        if !self.is_old(store) {
            return false;
        }
        self.revision = Some(store.revision());
        self.matched = false;
        self.entries.clear();
        self.plugins.clear();
        self.hosts.clear();
        for host in store.hosts() {
            let first = self.plugins.len();
            for plugin in host.plugins() {
                let start = self.entries.len();
                let mut example = None;
                for (id, series) in plugin.series() {
                    example = example.or(Some((id, series.identifier())));
                    let tracks = u16::try_from(series.tracks().len()).unwrap_or(u16::MAX);
                    self.entries.extend((0..tracks).map(|track| Entry::new(Leaf { id, track })));
                }
                let Some((example, identifier)) = example else { continue };
                let names = (identifier.host(), identifier.plugin(), identifier.plugin_instance());
                self.plugins.push(Group { key: self.key(names), example, members: start..self.entries.len() });
            }
            let Some(example) = self.plugins.get(first).map(|plugin| plugin.example) else { continue };
            self.hosts.push(Group { key: self.key(host.name()), example, members: first..self.plugins.len() });
        }
        true
    }

    /// Looks at every series: how it is to be sorted, whether it is silent and whether it is looked for.
    pub(super) fn measure(&mut self, shared: &Shared, sort: Sort, now: Time, search: &Search) {
        let look = !self.matched || search.depends_on_values();
        self.matched = true;
        let mut line = Vec::new();
        for slice in self.entries.chunks_mut(SLICE) {
            let store = shared.store();
            for entry in slice {
                let Some(series) = store.series(entry.leaf.id) else {
                    entry.is_wanted = false;
                    continue;
                };
                entry.weight = weight(series, entry.leaf.track, sort, now);
                (entry.is_silent, entry.arrived) = (series.is_silent(now), series.arrived());
                if look {
                    entry.is_wanted = search.takes(series, entry.leaf.track, &mut line);
                }
            }
        }
    }

    /// To be called when something else is looked for.
    pub(super) fn forget_matches(&mut self) {
        self.matched = false;
    }

    pub(super) fn entries_of(&self, host: &Group) -> Range<usize> {
        let plugins = &self.plugins[host.members.clone()];
        let start = plugins.first().map_or(0, |plugin| plugin.members.start);
        start..plugins.last().map_or(start, |plugin| plugin.members.end)
    }

    fn key(&self, names: impl Hash) -> GroupKey {
        self.hasher.hash_one(names)
    }
}

impl Entry {
    fn new(leaf: Leaf) -> Self {
        Entry { leaf, weight: 0.0, is_wanted: true, is_silent: false, arrived: Time::UNSET }
    }
}

fn weight(series: &Series, track: u16, sort: Sort, now: Time) -> f64 {
    let weight = match sort {
        Sort::Name => 0.0,
        Sort::Value => series.tracks().get(usize::from(track)).map_or(f64::NAN, |track| track.shown),
        Sort::Change => change(series, track).map_or(f64::NAN, f64::abs),
        Sort::Silence => now.since(series.arrived()).as_secs_f64(),
    };
    // What is not known is last.
    if weight.is_nan() { f64::NEG_INFINITY } else { weight }
}

/// How the last number differs from the one before, as a part of that: 0.5 is half as much again.
pub(super) fn change(series: &Series, track: u16) -> Option<f64> {
    let mut points = series.points(track.into()).rev();
    let ((_, last), (_, before)) = (points.next()?, points.next()?);
    let change = if last.total_cmp(&before).is_eq() { 0.0 } else { (last - before) / before.abs() };
    (!change.is_nan()).then_some(change)
}
