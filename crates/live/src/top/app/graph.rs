//! Which part of time the graph shows.

use super::Pane;

/// As many series can be told apart.
pub(crate) const MAX_LINES: usize = 8;

/// Lengths of time that a graph can be of, in seconds.
const RANGES: [u32; 10] = [30, 60, 120, 300, 600, 1800, 3600, 10_800, 21_600, 86_400];
const USUAL: usize = 4;

/// A part is this much of what is seen.
const STEP: f64 = 0.25;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Graph {
    pub(crate) pane: Pane,
    range: usize,
    /// By how many seconds its end is before the newest point.
    pub(crate) back: f64,
}

impl Default for Graph {
    fn default() -> Self {
        Graph { pane: Pane::Off, range: USUAL, back: 0.0 }
    }
}

impl Graph {
    /// How many seconds it shows.
    pub(crate) fn range(&self) -> f64 {
        RANGES[self.range].into()
    }

    pub(crate) fn zoom_in(&mut self) {
        self.range = self.range.saturating_sub(1);
    }

    pub(crate) fn zoom_out(&mut self) {
        self.range = (self.range + 1).min(RANGES.len() - 1);
    }

    pub(crate) fn earlier(&mut self) {
        self.back = (self.back + self.range() * STEP).min(RANGES[RANGES.len() - 1].into());
    }

    pub(crate) fn later(&mut self) {
        self.back = (self.back - self.range() * STEP).max(0.0);
    }
}
