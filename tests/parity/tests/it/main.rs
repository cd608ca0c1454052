//! collectd-python and the framework, side by side in the real daemon: see `scenario.rs` for how a scenario is written,
//! and `rows.txt` for what has to be covered.

mod compare;
mod guide;
mod observe;
mod recorder;
mod rows;
mod run;
mod scenario;

use std::collections::BTreeMap;
use std::panic;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use run::Outcome;
use scenario::{SIDES, Scenario};

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        const SCENARIOS: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*
    };
}

scenarios! {
    callback_names,
    callbacks_fail,
    child_status,
    config_tree,
    constants,
    dispatch_result,
    expected_error,
    flush_asked,
    flush_seen,
    get_dataset,
    import_raises,
    init_fails,
    left_out,
    log_levels,
    log_raises,
    log_seen,
    log_traces,
    long_instances,
    meta_kinds,
    meta_names,
    meta_received,
    nobody_listens,
    notify_defaults,
    notify_seen,
    notify_sent,
    nul_bytes,
    opaque_data,
    other_error,
    overrides,
    phases,
    read_fails,
    read_interval,
    shutdown_fails,
    shutdown_once,
    sub_second,
    two_at_once,
    undecodable,
    unknown_keys,
    unknown_type,
    unregistered,
    value_count,
    value_kind,
    write_fails,
    write_seen,
    written_to,
}

/// A group of scenarios and what was seen of them, or why that failed.
type Run = Result<(Vec<Scenario>, Outcome), String>;

/// Scenarios that do not disturb one another share two daemons. Those run once, to their end, for the first who asks.
fn shared(group: &str) -> Arc<Run> {
    static RUNS: Mutex<BTreeMap<String, Arc<OnceLock<Arc<Run>>>>> = Mutex::new(BTreeMap::new());
    let cell = RUNS.lock().unwrap_or_else(PoisonError::into_inner).entry(group.to_owned()).or_default().clone();
    let run = || {
        let scenarios = SCENARIOS.iter().map(|name| Scenario::read(name));
        let scenarios: Vec<_> = scenarios.filter(|scenario| scenario.group.as_deref() == Some(group)).collect();
        let outcome = panic::catch_unwind(|| run::run(&scenarios));
        // Nobody tries again: all who wait for it get to know why it failed.
        Arc::new(
            outcome.map(|outcome| (scenarios, outcome)).map_err(|_| format!("no daemons for {group:?}, see above")),
        )
    };
    Arc::clone(cell.get_or_init(run))
}

#[track_caller]
fn check(name: &str) {
    let scenario = Scenario::read(name);
    let Some(group) = &scenario.group else {
        let outcome = run::run(std::slice::from_ref(&scenario));
        return compare::assert_as_expected(&scenario, outcome.seen.each_ref().map(|seen| seen[0].as_slice()));
    };
    match &*shared(group) {
        Ok((scenarios, outcome)) => {
            let at = scenarios.iter().position(|other| other.name == name).expect("it is one of them");
            compare::assert_as_expected(&scenario, outcome.seen.each_ref().map(|seen| seen[at].as_slice()));
        }
        Err(problem) => panic!("{problem}"),
    }
}

#[test]
fn every_warning_and_error_belongs_to_a_scenario() {
    let run = shared("common");
    let (_, outcome) = run.as_ref().as_ref().expect("the daemons of the test");
    for (side, unexplained) in SIDES.iter().zip(&outcome.unexplained) {
        assert!(unexplained.is_empty(), "{side:?}: {unexplained:#?}");
    }
}
