//! Hosts, their plugins, and their series, in order.

use std::cmp::Ordering;

use collectd_types::{IdentifierRef, NameRef, Time};

use super::names::natural;
use super::series::Series;
use super::slots::Slots;

/// Numbers of hosts, of plugins and of series, each kept in the order of their names. The names are those of the
/// series: what is in the tree has at least one.
#[derive(Default)]
pub(super) struct Tree {
    hosts: Slots<Host>,
    plugins: Slots<Plugin>,
    order: Vec<u32>,
}

pub(super) struct Host {
    plugins: Vec<u32>,
    series: usize,
    /// The latest time at which one of its series is missed.
    deadline: Time,
}

pub(super) struct Plugin {
    host: u32,
    series: Vec<u32>,
}

type AllSeries = Slots<Series>;

impl Tree {
    pub(super) fn hosts(&self) -> &[u32] {
        &self.order
    }

    pub(super) fn host(&self, host: u32) -> &Host {
        self.hosts.at(host)
    }

    pub(super) fn plugin(&self, plugin: u32) -> &Plugin {
        self.plugins.at(plugin)
    }

    /// The place for a series of this name: a plugin, to which it is then to be [added](Self::add).
    pub(super) fn place(&mut self, identifier: IdentifierRef<'_>, all: &AllSeries) -> u32 {
        let host = match self.find_host(identifier, all) {
            Ok(at) => self.order[at],
            Err(at) => {
                let host = self.hosts.insert(Host { plugins: Vec::new(), series: 0, deadline: Time::UNSET });
                self.order.insert(at, host);
                host
            }
        };
        match self.find_plugin(host, identifier, all) {
            Ok(at) => self.hosts.at(host).plugins[at],
            Err(at) => {
                let plugin = self.plugins.insert(Plugin { host, series: Vec::new() });
                self.hosts.at_mut(host).plugins.insert(at, plugin);
                plugin
            }
        }
    }

    /// Adds a series at its place.
    pub(super) fn add(&mut self, id: u32, all: &AllSeries) {
        let series = all.at(id);
        let at = self.find_series(series.plugin, series.identifier(), all).unwrap_or_else(|at| at);
        let plugin = self.plugins.at_mut(series.plugin);
        plugin.series.insert(at, id);
        self.hosts.at_mut(plugin.host).series += 1;
        self.heard(series);
    }

    /// Takes a series out, and what has no other.
    pub(super) fn remove(&mut self, id: u32, all: &AllSeries) {
        let (series, identifier) = (all.at(id), all.at(id).identifier());
        let host = self.plugins.at(series.plugin).host;
        let places = (
            self.find_host(identifier, all),
            self.find_plugin(host, identifier, all),
            self.find_series(series.plugin, identifier, all),
        );
        let (Ok(host_at), Ok(plugin_at), Ok(series_at)) = places else { return };
        let plugin = self.plugins.at_mut(series.plugin);
        plugin.series.remove(series_at);
        let owner = self.hosts.at_mut(host);
        owner.series -= 1;
        if plugin.series.is_empty() {
            self.plugins.remove(series.plugin);
            owner.plugins.remove(plugin_at);
        }
        if owner.plugins.is_empty() {
            self.hosts.remove(host);
            self.order.remove(host_at);
        }
    }

    /// Notes that something came for a series.
    pub(super) fn heard(&mut self, series: &Series) {
        let host = self.hosts.at_mut(self.plugins.at(series.plugin).host);
        host.deadline = host.deadline.max(series.deadline());
    }

    /// The places in their lists of the host, the plugin and the series that follow a name.
    pub(super) fn after(&self, name: IdentifierRef<'_>, all: &AllSeries) -> [usize; 3] {
        let host = match self.find_host(name, all) {
            Ok(host) => host,
            Err(host) => return [host, 0, 0],
        };
        let number = self.order[host];
        let plugin = match self.find_plugin(number, name, all) {
            Ok(plugin) => plugin,
            Err(plugin) => return [host, plugin, 0],
        };
        let series = self.find_series(self.hosts.at(number).plugins[plugin], name, all);
        [host, plugin, series.map_or_else(|at| at, |at| at + 1)]
    }

    /// How many hosts there are up to this one, it included.
    pub(super) fn hosts_until(&self, host: NameRef<'_>, all: &AllSeries) -> usize {
        let name = IdentifierRef::new([host, NameRef::EMPTY, NameRef::EMPTY, NameRef::EMPTY, NameRef::EMPTY]);
        self.find_host(name, all).map_or_else(|at| at, |at| at + 1)
    }

    /// The memory of its own.
    #[cfg(test)]
    pub(super) fn heap(&self) -> usize {
        let hosts: usize = self.hosts.iter().map(|(_, host)| host.plugins.capacity()).sum();
        let plugins: usize = self.plugins.iter().map(|(_, plugin)| plugin.series.capacity()).sum();
        self.hosts.heap() + self.plugins.heap() + (self.order.capacity() + hosts + plugins) * size_of::<u32>()
    }

    fn find_host(&self, identifier: IdentifierRef<'_>, all: &AllSeries) -> Result<usize, usize> {
        let wanted = identifier.host().as_bytes();
        search(&self.order, |&host| {
            natural(self.identifier(self.hosts.at(host).plugins[0], all).host().as_bytes(), wanted)
        })
    }

    fn find_plugin(&self, host: u32, identifier: IdentifierRef<'_>, all: &AllSeries) -> Result<usize, usize> {
        let wanted = [identifier.plugin(), identifier.plugin_instance()];
        search(&self.hosts.at(host).plugins, |&plugin| {
            let other = self.identifier(plugin, all);
            both([other.plugin(), other.plugin_instance()], wanted)
        })
    }

    fn find_series(&self, plugin: u32, identifier: IdentifierRef<'_>, all: &AllSeries) -> Result<usize, usize> {
        let wanted = [identifier.type_(), identifier.type_instance()];
        search(&self.plugins.at(plugin).series, |&id| {
            let other = all.at(id).identifier();
            both([other.type_(), other.type_instance()], wanted)
        })
    }

    fn identifier<'a>(&self, plugin: u32, all: &'a AllSeries) -> IdentifierRef<'a> {
        all.at(self.plugins.at(plugin).series[0]).identifier()
    }
}

impl Host {
    pub(super) fn plugins(&self) -> &[u32] {
        &self.plugins
    }

    pub(super) fn series(&self) -> usize {
        self.series
    }

    pub(super) fn deadline(&self) -> Time {
        self.deadline
    }
}

impl Plugin {
    pub(super) fn series(&self) -> &[u32] {
        &self.series
    }
}

fn both(left: [NameRef<'_>; 2], right: [NameRef<'_>; 2]) -> Ordering {
    let order = |index: usize| natural(left[index].as_bytes(), right[index].as_bytes());
    order(0).then_with(|| order(1))
}

/// A binary search that looks at the end first, where most of what is new belongs.
fn search(ids: &[u32], order: impl Fn(&u32) -> Ordering) -> Result<usize, usize> {
    if ids.last().is_none_or(|last| order(last) == Ordering::Less) {
        return Err(ids.len());
    }
    ids.binary_search_by(order)
}
