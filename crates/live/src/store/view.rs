//! The tree as its readers see it.

use collectd_types::{IdentifierRef, NameRef, Time};

use super::{Series, SeriesId, Store};

/// A host that sent something.
#[derive(Clone, Copy)]
pub(crate) struct Host<'a> {
    store: &'a Store,
    host: u32,
}

/// A plugin with its instance on a host.
#[derive(Clone, Copy)]
pub(crate) struct Plugin<'a> {
    store: &'a Store,
    plugin: u32,
}

impl Store {
    /// All hosts in the order of their names, where numbers count as numbers.
    pub(crate) fn hosts(&self) -> impl ExactSizeIterator<Item = Host<'_>> + DoubleEndedIterator + Clone {
        self.tree.hosts().iter().map(|&host| Host { store: self, host })
    }

    /// All series in the order of the tree.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SeriesId, &Series)> {
        self.hosts().flat_map(Host::plugins).flat_map(Plugin::series)
    }

    /// Those that follow a name, whether or not there is a series of this name. So all can be gone through in several
    /// goes, while series come and go.
    pub(crate) fn iter_after(&self, name: IdentifierRef<'_>) -> impl Iterator<Item = (SeriesId, &Series)> {
        let [host, plugin, series] = self.tree.after(name, &self.series);
        self.hosts().skip(host).enumerate().flat_map(move |(nth, of)| {
            let (plugin, series) = if nth == 0 { (plugin, series) } else { (0, 0) };
            of.plugins().skip(plugin).enumerate().flat_map(move |(nth, of)| {
                let series = if nth == 0 { series } else { 0 };
                of.series().skip(series)
            })
        })
    }

    /// The hosts whose names follow this one's.
    pub(crate) fn hosts_after(&self, host: NameRef<'_>) -> impl ExactSizeIterator<Item = Host<'_>> {
        self.hosts().skip(self.tree.hosts_until(host, &self.series))
    }
}

impl<'a> Host<'a> {
    pub(crate) fn name(self) -> NameRef<'a> {
        self.plugins().next().map_or(NameRef::EMPTY, |plugin| plugin.identifier().host())
    }

    /// Its plugins in the order of their names.
    pub(crate) fn plugins(self) -> impl ExactSizeIterator<Item = Plugin<'a>> + DoubleEndedIterator {
        let store = self.store;
        store.tree.host(self.host).plugins().iter().map(move |&plugin| Plugin { store, plugin })
    }

    /// How many series it has.
    pub(crate) fn len(self) -> usize {
        self.store.tree.host(self.host).series()
    }

    /// Whether all its series are silent.
    pub(crate) fn is_silent(self, now: Time) -> bool {
        now >= self.store.tree.host(self.host).deadline()
    }
}

impl<'a> Plugin<'a> {
    #[cfg(test)]
    pub(crate) fn name(self) -> NameRef<'a> {
        self.identifier().plugin()
    }

    #[cfg(test)]
    pub(crate) fn instance(self) -> NameRef<'a> {
        self.identifier().plugin_instance()
    }

    /// Its series in the order of types and type instances.
    pub(crate) fn series(self) -> impl ExactSizeIterator<Item = (SeriesId, &'a Series)> + DoubleEndedIterator {
        let store = self.store;
        self.ids().iter().map(move |&index| (store.id(index), store.series.at(index)))
    }

    /// How many series it has.
    #[cfg(test)]
    pub(crate) fn len(self) -> usize {
        self.ids().len()
    }

    fn ids(self) -> &'a [u32] {
        self.store.tree.plugin(self.plugin).series()
    }

    fn identifier(self) -> IdentifierRef<'a> {
        self.store.series.at(self.ids()[0]).identifier()
    }
}
