//! The lines of the list: hosts, plugins and series, sorted, folded and searched.

use std::cmp::Ordering;
use std::collections::HashSet;

use collectd_types::Time;

use super::catalogue::{Catalogue, Entry, Group, GroupKey, Leaf, Sort};
use crate::store::SeriesId;

/// A line of the list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row {
    Host(Heading),
    Plugin(Heading),
    Leaf(Leaf),
}

/// A line above others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heading {
    pub(super) key: GroupKey,
    pub(super) example: SeriesId,
    pub(super) series: usize,
    pub(super) silent: usize,
    /// When the last of it arrived.
    pub(super) arrived: Time,
    pub(super) is_open: bool,
}

/// What a row is about, whatever else changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RowKey {
    Group(GroupKey),
    Leaf(Leaf),
}

/// How the list is arranged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Arrangement {
    pub(super) sort: Sort,
    pub(super) is_reversed: bool,
    /// Below hosts and plugins, or all series in one list.
    pub(super) is_tree: bool,
}

/// Which hosts and plugins show what is below them.
#[derive(Default)]
pub(super) struct Folds {
    open: HashSet<GroupKey>,
    seen: HashSet<GroupKey>,
}

/// Up to so many series, everything is open to begin with: it can be looked through.
const FEW: usize = 200;

impl Row {
    pub(super) fn key(&self) -> RowKey {
        match self {
            Row::Host(heading) | Row::Plugin(heading) => RowKey::Group(heading.key),
            Row::Leaf(leaf) => RowKey::Leaf(*leaf),
        }
    }

    pub(super) fn heading(&self) -> Option<&Heading> {
        match self {
            Row::Host(heading) | Row::Plugin(heading) => Some(heading),
            Row::Leaf(_) => None,
        }
    }

    pub(super) fn leaf(&self) -> Option<Leaf> {
        if let Row::Leaf(leaf) = self { Some(*leaf) } else { None }
    }

    /// How deep it is in the tree.
    pub(super) fn depth(&self) -> usize {
        match self {
            Row::Host(_) => 0,
            Row::Plugin(_) => 1,
            Row::Leaf(_) => 2,
        }
    }
}

impl Folds {
    /// Decides on hosts and plugins that are new.
    pub(super) fn meet(&mut self, catalogue: &Catalogue) {
        let is_open = catalogue.entries.len() <= FEW;
        for group in catalogue.hosts.iter().chain(&catalogue.plugins) {
            if self.seen.insert(group.key) && is_open {
                self.open.insert(group.key);
            }
        }
        // What went is forgotten, or names that never come again would pile up.
        let known = catalogue.hosts.len() + catalogue.plugins.len();
        if self.seen.len() > 2 * known + FEW {
            let known: HashSet<_> = catalogue.hosts.iter().chain(&catalogue.plugins).map(|group| group.key).collect();
            self.seen.retain(|key| known.contains(key));
            self.open.retain(|key| known.contains(key));
        }
    }

    pub(super) fn set(&mut self, key: GroupKey, is_open: bool) {
        if is_open {
            self.open.insert(key);
        } else {
            self.open.remove(&key);
        }
    }

    pub(super) fn set_all(&mut self, catalogue: &Catalogue, is_open: bool) {
        let keys = catalogue.hosts.iter().chain(&catalogue.plugins).map(|group| group.key);
        self.open = if is_open { keys.collect() } else { HashSet::new() };
    }
}

/// The rows in their order. While something is looked for, everything that has it is open.
pub(super) fn arrange(catalogue: &Catalogue, how: Arrangement, folds: &Folds, searching: bool) -> Vec<Row> {
    let arranger = Arranger { catalogue, how, folds, searching };
    if how.is_tree {
        let mut rows = Vec::new();
        arranger.hosts(&mut rows);
        return rows;
    }
    let mut entries: Vec<_> = catalogue.entries.iter().filter(|entry| entry.is_wanted).collect();
    arranger.sort(&mut entries, |entry| entry.weight);
    entries.into_iter().map(|entry| Row::Leaf(entry.leaf)).collect()
}

struct Arranger<'a> {
    catalogue: &'a Catalogue,
    how: Arrangement,
    folds: &'a Folds,
    searching: bool,
}

/// A group with something in it that is wanted.
struct Wanted<'a> {
    group: &'a Group,
    heading: Heading,
    weight: f64,
}

impl<'a> Arranger<'a> {
    fn hosts(&self, rows: &mut Vec<Row>) {
        let catalogue = self.catalogue;
        let hosts = catalogue.hosts.iter();
        let mut hosts: Vec<_> =
            hosts.filter_map(|host| self.summary(host, &catalogue.entries[catalogue.entries_of(host)])).collect();
        self.sort(&mut hosts, |host| host.weight);
        for host in hosts {
            rows.push(Row::Host(host.heading));
            if host.heading.is_open {
                self.plugins(&catalogue.plugins[host.group.members.clone()], rows);
            }
        }
    }

    fn plugins(&self, plugins: &'a [Group], rows: &mut Vec<Row>) {
        let entries = |plugin: &Group| &self.catalogue.entries[plugin.members.clone()];
        let mut plugins: Vec<_> = plugins.iter().filter_map(|plugin| self.summary(plugin, entries(plugin))).collect();
        self.sort(&mut plugins, |plugin| plugin.weight);
        for plugin in plugins {
            rows.push(Row::Plugin(plugin.heading));
            if plugin.heading.is_open {
                let mut entries: Vec<_> = entries(plugin.group).iter().filter(|entry| entry.is_wanted).collect();
                self.sort(&mut entries, |entry| entry.weight);
                rows.extend(entries.iter().map(|entry| Row::Leaf(entry.leaf)));
            }
        }
    }

    fn summary(&self, group: &'a Group, entries: &[Entry]) -> Option<Wanted<'a>> {
        let wanted = || entries.iter().filter(|entry| entry.is_wanted);
        let better = |a: f64, b: f64| if self.order(a, b).is_le() { a } else { b };
        let weight = wanted().map(|entry| entry.weight).reduce(better)?;
        let heading = Heading {
            key: group.key,
            example: group.example,
            series: wanted().count(),
            silent: wanted().filter(|entry| entry.is_silent).count(),
            arrived: wanted().map(|entry| entry.arrived).max().unwrap_or_default(),
            is_open: self.searching || self.folds.open.contains(&group.key),
        };
        Some(Wanted { group, heading, weight })
    }

    /// Sorts what is in the order of names.
    fn sort<T>(&self, things: &mut [T], weight: impl Fn(&T) -> f64) {
        match (self.how.sort, self.how.is_reversed) {
            (Sort::Name, false) => {}
            (Sort::Name, true) => things.reverse(),
            _ => things.sort_by(|a, b| self.order(weight(a), weight(b))),
        }
    }

    fn order(&self, a: f64, b: f64) -> Ordering {
        if self.how.is_reversed { a.total_cmp(&b) } else { b.total_cmp(&a) }
    }
}
