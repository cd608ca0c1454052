//! What came of a configuration, and how that differs from what came of it elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use collectd_net::{Content, Item};

use crate::common::List;
use crate::common::record::Record;

/// Everything that was to be seen, in an order that does not depend on when it came.
pub(crate) struct Outcome {
    /// What the daemon's writers got, statistics of the plugin not among it.
    pub(crate) written: Vec<Record>,
    /// What those who hear notifications got.
    pub(crate) heard: Vec<Record>,
    /// What came to each sink.
    pub(crate) sinks: Vec<(String, Vec<Arrived>)>,
    /// The last value of each of the plugin's own value lists.
    pub(crate) statistics: BTreeMap<String, String>,
    /// How many empty packets were sent to have the C plugin give out what it keeps.
    pub(crate) nudges: usize,
    pub(crate) log: String,
    pub(crate) troubles: Vec<String>,
}

/// Something that came to a sink.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Arrived {
    what: String,
    protection: String,
}

impl Arrived {
    pub(crate) fn new(item: &Item) -> Arrived {
        let user = item.user().map(String::from_utf8_lossy).unwrap_or_default();
        let protection = format!("{user} signed {} encrypted {}", item.is_signed(), item.is_encrypted());
        let what = match item.content() {
            Content::Values(values) => {
                let list = List::new(values.view());
                format!("{} {} {} {:?}", list.name(), list.time, list.interval, list.values)
            }
            Content::Notification(note) => format!("{note:?}"),
        };
        Arrived { what, protection }
    }

    /// Whether it is about the plugin itself.
    pub(crate) fn is_statistics(&self) -> bool {
        self.what.starts_with("testhost/network")
    }
}

impl Outcome {
    /// How much there is of everything.
    pub(crate) fn counts(&self) -> Vec<usize> {
        let sinks = self.sinks.iter().map(|(_, arrived)| arrived.len());
        [self.written.len(), self.heard.len()].into_iter().chain(sinks).collect()
    }

    /// What of this is missing or too much, if anything is.
    pub(crate) fn difference(&self, wanted: &Outcome) -> Option<String> {
        let mut text = String::new();
        compare(&mut text, "written", &self.written, &wanted.written);
        compare(&mut text, "heard", &self.heard, &wanted.heard);
        for ((name, ours), (_, theirs)) in self.sinks.iter().zip(&wanted.sinks) {
            compare(&mut text, name, ours, theirs);
        }
        for trouble in &self.troubles {
            let _ = writeln!(text, "log: {trouble}");
        }
        self.compare_statistics(&mut text, wanted);
        (!text.is_empty()).then_some(text)
    }

    /// The lists of the original are there. What comes in and what is refused is counted the same, but that what
    /// types.db does not allow is accepted there. What leaves is not: there it is the plain bytes of one server, whether
    /// they could be sent or not, and without notifications.
    fn compare_statistics(&self, text: &mut String, wanted: &Outcome) {
        let value = |of: &Outcome, name: &str, index: usize| {
            let bits = of.statistics.get(name)?.split(' ').nth(index)?.split_once(':')?.1;
            Some(u64::from_str_radix(bits, 16).expect("bits"))
        };
        for name in wanted.statistics.keys().filter(|name| !self.statistics.contains_key(*name)) {
            let _ = writeln!(text, "statistics: no {name}");
        }
        let network = |rest: &str| format!("testhost/network/{rest}");
        for (name, index) in [
            ("if_octets", 0),
            ("if_packets", 0),
            ("total_values-dispatch-accepted", 0),
            ("total_values-dispatch-rejected", 0),
            ("total_values-send-rejected", 0),
            ("queue_length", 0),
        ] {
            let (mut ours, mut theirs) = (value(self, &network(name), index), value(wanted, &network(name), index));
            if name == "if_packets" {
                (ours, theirs) = (ours.map(|n| n - self.nudges as u64), theirs.map(|n| n - wanted.nudges as u64));
            }
            if name == "total_values-dispatch-accepted" {
                let of_types = self.statistics.keys().filter(|key| key.ends_with("/total_values-dropped-type"));
                ours = ours.map(|n| n + of_types.filter_map(|key| value(self, key, 0)).sum::<u64>());
            }
            if ours != theirs {
                let _ = writeln!(text, "statistics: {name} {ours:?} instead of {theirs:?}");
            }
        }
    }
}

/// Both are sorted.
fn compare<T: PartialEq + std::fmt::Debug>(text: &mut String, what: &str, ours: &[T], theirs: &[T]) {
    if ours == theirs {
        return;
    }
    let _ = writeln!(text, "{what}: {} instead of {}", ours.len(), theirs.len());
    // Of each as many as are too many.
    let more = |of: &[T], than: &[T]| {
        let count = |all: &[T], one: &T| all.iter().filter(|other| *other == one).count();
        let mut lines: Vec<_> =
            of.iter().filter(|one| count(of, one) > count(than, one)).map(|one| format!("{one:?}")).collect();
        lines.dedup();
        lines.truncate(8);
        lines
    };
    for line in more(ours, theirs) {
        let _ = writeln!(text, "  ours only: {line}");
    }
    for line in more(theirs, ours) {
        let _ = writeln!(text, "  theirs only: {line}");
    }
}
