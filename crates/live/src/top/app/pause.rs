//! What stands still.

use std::collections::HashMap;

use super::super::catalogue::Leaf;
use super::super::draw::{Cells, Points};

/// As many lines and graphs are remembered; nobody looks at more during a pause.
const MOST: usize = 10_000;

/// What was looked at during a pause, as it was when it was looked at first.
#[derive(Default)]
pub(crate) struct Pause {
    cells: HashMap<Leaf, Cells>,
    points: HashMap<Leaf, Points>,
}

impl Pause {
    pub(crate) fn cells(&mut self, leaf: Leaf, read: impl FnOnce() -> Cells) -> Cells {
        remember(&mut self.cells, leaf, read)
    }

    pub(crate) fn points(&mut self, leaf: Leaf, read: impl FnOnce() -> Points) -> Points {
        remember(&mut self.points, leaf, read)
    }
}

fn remember<T: Clone>(all: &mut HashMap<Leaf, T>, leaf: Leaf, read: impl FnOnce() -> T) -> T {
    if all.len() >= MOST {
        all.clear();
    }
    all.entry(leaf).or_insert_with(read).clone()
}
