//! The series in memory: what came lately under each identifier, for the commands that show it live.
//!
//! # How much memory
//!
//! [`Limits`] bound it. A value of a value list counts as one series here, so that long lists do not take more than
//! their share. What a series takes: 250 bytes, its names twice over at worst (at most 1.3 kB, usually 60 bytes in
//! all), and for each point 8 bytes and 4 for its time, which the values of a list share. [`Limits::bytes`] reckons it.
//! 100,000 series with 60 points are 110 MB.
//!
//! When it is full, what is new takes the place of what has been silent for longest, if anything is; otherwise it is
//! counted as [beyond](Store::beyond) the limit, and passed over.

mod names;
mod notices;
mod ring;
mod series;
mod slots;
#[cfg(test)]
mod tests;
mod tree;
mod units;
mod view;

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::SystemTime;

use collectd_net::ItemRef;
use collectd_types::{IdentifierRef, Name, NameRef, Time, TypesDb, ValuesRef};
use hashbrown::HashTable;

pub(crate) use notices::Notice;
pub(crate) use series::{Series, Track};
pub(crate) use units::{Unit, unit};
pub(crate) use view::Host;

use notices::Notices;
use series::{Labels, Update};
use slots::Slots;
use tree::Tree;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Series, where each value of a value list counts as one.
    pub(crate) series: usize,
    /// Points of each series; at least one.
    pub(crate) points: usize,
    pub(crate) notifications: usize,
}

impl Limits {
    /// The most memory that a store takes, whatever comes.
    pub(crate) fn bytes(self) -> usize {
        // Struct, names, track, nodes of the tree and of the table, and what the allocator adds to each.
        const SERIES: usize = 1300;
        const NOTIFICATION: usize = 1300;
        // While a ring grows there are two of it, and memory that was given back may lie in pieces too small.
        self.series * (SERIES + self.points * 12 * 3 / 2) + self.notifications * NOTIFICATION
    }
}

/// A series of a [`Store`]. It stays the same as long as the series is there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct SeriesId {
    index: u32,
    generation: u32,
}

/// What became of all that was given to a store.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Statistics {
    pub(crate) value_lists: u64,
    pub(crate) notifications: u64,
    /// Value lists that are not in any series because there were too many.
    pub(crate) beyond: u64,
    /// Value lists that were not later than the one before of their series, which make no point.
    pub(crate) late: u64,
    /// Series that went because they were silent, and something new came.
    pub(crate) forgotten: u64,
}

/// All series, and the last notifications.
pub(crate) struct Store {
    limits: Limits,
    types: TypesDb,
    labels: HashMap<Name, Labels>,
    hasher: RandomState,
    table: HashTable<u32>,
    series: Slots<Series>,
    tree: Tree,
    notices: Notices,
    /// How many values all series have together.
    values: usize,
    statistics: Statistics,
    latest: Time,
    /// When to look again for silent series, when there is no room.
    next_look: Time,
    revision: u64,
}

/// For how long a look for silent series that found none, or few, is good, in seconds.
const LOOK_EVERY: u64 = 1;

impl Store {
    /// An empty one. The types give data sources their names.
    pub(crate) fn new(limits: Limits, types: TypesDb) -> Self {
        Store {
            limits: Limits { points: limits.points.max(1), ..limits },
            types,
            labels: HashMap::new(),
            hasher: RandomState::new(),
            table: HashTable::new(),
            series: Slots::default(),
            tree: Tree::default(),
            notices: Notices::default(),
            values: 0,
            statistics: Statistics::default(),
            latest: Time::UNSET,
            next_look: Time::UNSET,
            revision: 0,
        }
    }

    /// Takes what came. Allocates nothing for a series that is known and has its full length. Returns the series, if
    /// it is a value list and has one.
    pub(crate) fn take(&mut self, arrived: SystemTime, item: &ItemRef<'_>) -> Option<SeriesId> {
        let arrived = Time::try_from(arrived).unwrap_or(Time::UNSET);
        self.latest = self.latest.max(arrived);
        if let Some(notification) = item.notification() {
            self.statistics.notifications += 1;
            self.notices.push(arrived, notification, self.limits.notifications);
        }
        let values = item.values()?;
        self.statistics.value_lists += 1;
        let names = values.identifier().names();
        let hash = hash(&self.hasher, &names);
        let found = self.table.find(hash, |&index| self.series.at(index).names().is(&names)).copied();
        let index = match found {
            Some(index) if self.series.at(index).fits(values) => {
                self.update(index, arrived, values);
                index
            }
            Some(index) => {
                // The same name with another number of values: the sender has another types.db now.
                self.remove(index);
                self.create(arrived, values, hash)?
            }
            None => self.create(arrived, values, hash)?,
        };
        Some(self.id(index))
    }

    /// A series; `None` if it went to make room for others.
    pub(crate) fn series(&self, id: SeriesId) -> Option<&Series> {
        self.series.get(id.index, id.generation)
    }

    /// The series of this name.
    pub(crate) fn find(&self, identifier: IdentifierRef<'_>) -> Option<SeriesId> {
        let names = identifier.names();
        let hash = hash(&self.hasher, &names);
        let found = self.table.find(hash, |&index| self.series.at(index).names().is(&names));
        found.map(|&index| self.id(index))
    }

    /// How many series there are.
    pub(crate) fn len(&self) -> usize {
        self.series.len()
    }

    /// How many series there are, where each value of a value list counts as one.
    pub(crate) fn values(&self) -> usize {
        self.values
    }

    /// How many value lists found no room.
    pub(crate) fn beyond(&self) -> u64 {
        self.statistics.beyond
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Changes how many points of each series are kept, at least one; what a series has beyond that goes when its next
    /// point comes.
    pub(crate) fn set_points(&mut self, points: usize) {
        self.limits.points = points.max(1);
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// The last notifications, oldest first.
    pub(crate) fn notifications(&self) -> impl ExactSizeIterator<Item = &Notice> + DoubleEndedIterator {
        self.notices.iter()
    }

    /// When the last of all arrived. Where packets come from a file, this is "now".
    pub(crate) fn latest(&self) -> Time {
        self.latest
    }

    /// Changes when series come or go: what was made of the tree is to be made anew.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    fn id(&self, index: u32) -> SeriesId {
        SeriesId { index, generation: self.series.generation(index) }
    }

    fn update(&mut self, index: u32, arrived: Time, values: ValuesRef<'_>) {
        let series = self.series.at_mut(index);
        if series.update(arrived, values, self.limits.points) == Update::Late {
            self.statistics.late += 1;
        }
        self.tree.heard(series);
    }

    /// Makes a series, if there is room or room can be made.
    fn create(&mut self, arrived: Time, values: ValuesRef<'_>, hash: u64) -> Option<u32> {
        let count = values.data().len();
        if count > usize::from(u16::MAX) || !self.has_room(count, arrived) {
            self.statistics.beyond += 1;
            return None;
        }
        let labels = self.labels(values);
        let plugin = self.tree.place(values.identifier(), &self.series);
        let index = self.series.insert(Series::new(arrived, values, labels, self.limits.points, plugin));
        self.tree.add(index, &self.series);
        let (hasher, series) = (&self.hasher, &self.series);
        self.table.insert_unique(hash, index, |&index| self::hash(hasher, &series.at(index).identifier().names()));
        self.values += count;
        self.revision += 1;
        Some(index)
    }

    fn remove(&mut self, index: u32) {
        let series = self.series.at(index);
        let hash = hash(&self.hasher, &series.identifier().names());
        if let Ok(entry) = self.table.find_entry(hash, |&other| other == index) {
            entry.remove();
        }
        self.values -= series.tracks().len();
        self.tree.remove(index, &self.series);
        self.series.remove(index);
        self.revision += 1;
    }

    fn has_room(&mut self, count: usize, now: Time) -> bool {
        if self.values + count > self.limits.series && count <= self.limits.series && now >= self.next_look {
            self.next_look = Time::from_raw(now.to_raw() + Time::from_secs(LOOK_EVERY).to_raw());
            self.forget_silent(count, now);
        }
        self.values + count <= self.limits.series
    }

    /// Lets silent series go, longest silent first: for `count` values, and a few more so that the next are quick.
    fn forget_silent(&mut self, count: usize, now: Time) {
        let wanted = count.max(self.limits.series / 16);
        let silent = self.series.iter().filter(|(_, series)| series.is_silent(now));
        let mut silent: Vec<_> = silent.map(|(index, series)| (series.arrived(), index)).collect();
        silent.sort_unstable();
        let before = self.values;
        for (_, index) in silent {
            if before - self.values >= wanted {
                break;
            }
            self.remove(index);
            self.statistics.forgotten += 1;
        }
    }

    /// The names of a type's data sources, if it is known and has this many.
    fn labels(&mut self, values: ValuesRef<'_>) -> Option<Labels> {
        let type_ = values.type_();
        let set = self.types.get(type_).filter(|set| set.sources().len() == values.data().len())?;
        let labels = || set.sources().iter().map(|source| source.name.clone()).collect();
        Some(self.labels.entry(type_.to_name()).or_insert_with(labels).clone())
    }
}

fn hash(hasher: &RandomState, names: &[NameRef<'_>; 5]) -> u64 {
    let mut hasher = hasher.build_hasher();
    names::hash(names, &mut hasher);
    hasher.finish()
}
