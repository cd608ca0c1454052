//! The plugin in the test host: every callback is called, some twice, and none may fail.

use super::life::Life;
use super::report::{Outcome, Problem};
use super::{Subject, plural};

const HELP: &str = "what the plugin talks to has to be there, or --config FILE has to do without it. `cargo collectd run` \
                    shows it in a real collectd; in a test of the crate, with `collectd-testing`, a debugger can look at it";

/// Roughly as they are called; others come first.
const ORDER: [&str; 16] = [
    "config",
    "init",
    "read",
    "write",
    "missing",
    "cache_event",
    "notification",
    "log",
    "flush",
    "match.create",
    "match",
    "match.destroy",
    "target.create",
    "target",
    "target.destroy",
    "shutdown",
];

pub(super) fn run(subject: &Subject<'_>) -> anyhow::Result<Outcome> {
    let mut life = Life::begin(subject, false)?;
    life.round();
    life.round();
    let seen = life.end();
    if !seen.problems.is_empty() {
        return Ok(Outcome::Failed(Problem::each(seen.problems, HELP)));
    }
    let mut calls: Vec<(&String, &u64)> = seen.calls.iter().collect();
    calls.sort_by_key(|(kind, _)| ORDER.iter().position(|other| other == kind));
    let mut text: Vec<String> = calls.iter().map(|(kind, calls)| format!("{calls} {}", spoken(kind))).collect();
    if text.is_empty() {
        text.push("no callback".to_owned());
    }
    let made = [plural(seen.value_lists, "value list"), plural(seen.notifications, "notification")].join(", ");
    Ok(Outcome::Fine(format!("{}; it dispatched {made}", text.join(", "))))
}

/// As `cache event`, `match create`.
fn spoken(kind: &str) -> String {
    kind.replace(['_', '.'], " ")
}
