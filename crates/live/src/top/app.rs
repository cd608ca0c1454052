//! What is shown, and how the user has it arranged.

mod cursor;
mod graph;
mod input;
mod pause;

use std::sync::Arc;
use std::time::{Duration, Instant};

use collectd_types::Time;
use jiff::tz::TimeZone;

use super::catalogue::{Catalogue, Leaf, Sort};
use super::feed::Shared;
use super::rows::{self, Arrangement, Folds, Row};
use super::search::Search;
use super::theme::Theme;
use super::traffic::Traffic;
use cursor::Cursor;
pub(super) use graph::{Graph, MAX_LINES};
pub(super) use input::{Command, Regions};
use pause::Pause;

/// How often rows are sorted anew. More often nobody could read them.
const ARRANGE_EVERY: Duration = Duration::from_secs(2);

/// For how many times as long as sorting took it is not done again.
const PATIENCE: u32 = 20;
const LONGEST: Duration = Duration::from_secs(10);

/// How much of the screen something takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Pane {
    #[default]
    Off,
    Part,
    Whole,
}

pub(super) struct App {
    pub(super) shared: Arc<Shared>,
    pub(super) theme: Theme,
    pub(super) zone: TimeZone,
    pub(super) traffic: Traffic,
    pub(super) catalogue: Catalogue,
    pub(super) rows: Vec<Row>,
    pub(super) how: Arrangement,
    pub(super) search: Search,
    /// Whether keys go to the search field.
    pub(super) is_searching: bool,
    pub(super) cursor: Cursor,
    pub(super) marks: Vec<Leaf>,
    pub(super) graph: Graph,
    pub(super) notifications: Pane,
    /// The first notification that is shown, the newest being 0.
    pub(super) first_notification: usize,
    pub(super) is_help: bool,
    pub(super) pause: Option<Pause>,
    /// Nothing more will be received.
    pub(super) is_complete: bool,
    /// Why not, if that is before the end.
    pub(super) failure: Option<String>,
    folds: Folds,
    /// When the rows were sorted last, and how long it took.
    arranged: Option<(Instant, Duration)>,
    pub(super) regions: Regions,
    /// The time that is shown as now: none for that of the clock.
    fixed_now: Option<Time>,
}

impl Pane {
    fn next(self) -> Self {
        match self {
            Pane::Off => Pane::Part,
            Pane::Part => Pane::Whole,
            Pane::Whole => Pane::Off,
        }
    }
}

impl App {
    pub(super) fn new(shared: Arc<Shared>, theme: Theme, zone: TimeZone) -> Self {
        App {
            shared,
            theme,
            zone,
            traffic: Traffic::default(),
            catalogue: Catalogue::default(),
            rows: Vec::new(),
            how: Arrangement { sort: Sort::Name, is_reversed: false, is_tree: true },
            search: Search::default(),
            is_searching: false,
            cursor: Cursor::default(),
            marks: Vec::new(),
            graph: Graph::default(),
            notifications: Pane::Off,
            first_notification: 0,
            is_help: false,
            pause: None,
            is_complete: false,
            failure: None,
            folds: Folds::default(),
            arranged: None,
            regions: Regions::default(),
            fixed_now: None,
        }
    }

    /// What counts as now.
    pub(super) fn now(&self) -> Time {
        self.fixed_now.unwrap_or_else(Time::now)
    }

    #[cfg(test)]
    pub(super) fn fix_now(&mut self, now: Time) {
        self.fixed_now = Some(now);
    }

    /// Takes in what is new, as far as it is time for that.
    pub(super) fn refresh(&mut self) {
        self.traffic.take(self.shared.statistics());
        if self.traffic.now.capture.is_some() {
            // What is read from a file is of another time.
            self.fixed_now = Some(self.shared.store().latest());
        }
        let is_due = match self.arranged {
            None => true,
            // What is new shall be seen soon, but thousands that come one by one shall not keep a processor busy.
            Some((when, took)) if self.catalogue.is_old(&self.shared.store()) => {
                when.elapsed() >= (took * PATIENCE).min(LONGEST)
            }
            Some((when, _)) => when.elapsed() >= ARRANGE_EVERY,
        };
        if self.pause.is_none() && is_due {
            self.arrange();
        }
    }

    /// Brings the rows into order; the cursor stays on what it is on.
    fn arrange(&mut self) {
        let (now, start) = (self.now(), Instant::now());
        if self.catalogue.update(&self.shared.store()) {
            self.folds.meet(&self.catalogue);
        }
        self.catalogue.measure(&self.shared, self.how.sort, now, &self.search);
        self.fold();
        self.arranged = Some((Instant::now(), start.elapsed()));
    }

    /// The same without looking at the series again.
    fn fold(&mut self) {
        let before = self.current().map(Row::key);
        self.rows = rows::arrange(&self.catalogue, self.how, &self.folds, !self.search.is_empty());
        self.cursor.rows = self.rows.len();
        // At the top of a list that is sorted by numbers, what is first is of interest, whatever it is.
        let stays = self.cursor.row == 0 && self.how.sort != Sort::Name;
        let key = before.filter(|_| !stays);
        let place = key.and_then(|key| self.rows.iter().position(|row| row.key() == key));
        self.cursor.keep(place);
    }

    /// To be called when rows are wanted otherwise: the cursor goes to the beginning.
    fn arrange_anew(&mut self) {
        self.cursor.first();
        self.rows.clear();
        self.arrange();
    }

    /// The row that the cursor is on.
    pub(super) fn current(&self) -> Option<&Row> {
        self.rows.get(self.cursor.row)
    }

    /// The series that the graph is of: those that are marked, else the one with the cursor.
    pub(super) fn charted(&self) -> Vec<Leaf> {
        if self.marks.is_empty() {
            self.current().and_then(Row::leaf).into_iter().collect()
        } else {
            self.marks.clone()
        }
    }
}
