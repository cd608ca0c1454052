//! What types.db says about each value list.

use collectd_net::ValuesRef;
use collectd_types::{DataSet, TypesDb};

/// A types.db that remembers what it was asked last: value lists of one type often come together.
pub(super) struct Sources {
    sets: Vec<DataSet>,
    last: usize,
}

impl Sources {
    pub(super) fn new(types: &TypesDb) -> Self {
        Sources { sets: types.iter().cloned().collect(), last: 0 }
    }

    /// The data set of a list, if it has as many data sources as the list has values.
    pub(super) fn of(&mut self, list: ValuesRef<'_>) -> Option<&DataSet> {
        let type_ = list.type_().as_bytes();
        let is_it = |set: &DataSet| set.type_().as_bytes() == type_;
        if !self.sets.get(self.last).is_some_and(is_it) {
            self.last = self.sets.binary_search_by(|set| set.type_().as_bytes().cmp(type_)).ok()?;
        }
        let set = &self.sets[self.last];
        (set.sources().len() == list.data().len()).then_some(set)
    }
}
