//! `LogTraces`: where errors and panics come from, for the log.

use std::backtrace::Backtrace;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::config::Block;

/// The key in the block of a plugin or filter.
const KEY: &str = "LogTraces";
/// How many calls of a backtrace are logged.
const MAX_CALLS: usize = 32;

/// Whether anybody in this file wants traces: all that an error costs where nobody does.
static IS_ON: AtomicBool = AtomicBool::new(false);
/// Who wants them.
static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// Takes the switch out of the block of a plugin or filter: the author's type does not see it. The last one holds;
/// without one it stays as it was.
pub(crate) fn take_switch(name: &'static str, block: &mut Block) {
    if let Some(is_on) = block.take_flag(KEY) {
        let mut names = names();
        names.retain(|&known| known != name);
        if is_on {
            names.push(name);
        }
        IS_ON.store(!names.is_empty(), Ordering::Relaxed);
    }
}

/// Whether this plugin or filter wants traces.
pub(crate) fn is_on(name: &str) -> bool {
    IS_ON.load(Ordering::Relaxed) && names().contains(&name)
}

fn names() -> MutexGuard<'static, Vec<&'static str>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where an error became one, or a panic began.
pub(crate) struct Trace {
    /// Not for a panic, which names its place itself.
    place: Option<&'static Location<'static>>,
    backtrace: Backtrace,
}

impl Trace {
    /// The trace of an error that is made right now, if anybody wants one.
    #[track_caller]
    pub(crate) fn of_error() -> Option<Box<Trace>> {
        let place = Location::caller();
        IS_ON.load(Ordering::Relaxed).then(|| Trace::capture(Some(place)))
    }

    /// The trace of a panic, if anybody wants one. For the panic hook.
    pub(crate) fn of_panic() -> Option<Box<Trace>> {
        IS_ON.load(Ordering::Relaxed).then(|| Trace::capture(None))
    }

    #[cold]
    fn capture(place: Option<&'static Location<'static>>) -> Box<Trace> {
        Box::new(Trace { place, backtrace: Backtrace::force_capture() })
    }

    /// One text for each line of the log. Looking up the names of the calls takes a while.
    pub(crate) fn lines(&self) -> Vec<String> {
        let place = self.place.map(|place| format!("  raised at {place}"));
        let calls = calls(&self.backtrace.to_string());
        let more = calls.len().saturating_sub(MAX_CALLS);
        let numbered = calls.into_iter().take(MAX_CALLS).enumerate();
        let more = (more > 0).then(|| format!("  and {more} more calls"));
        place.into_iter().chain(numbered.map(|(number, call)| format!("  {number}: {call}"))).chain(more).collect()
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("place", &self.place).finish_non_exhaustive()
    }
}

/// The calls of a backtrace with their places, innermost first: without those that made the error or the panic of
/// what happened, and those from the daemon to the author's code.
fn calls(backtrace: &str) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    for line in backtrace.lines().map(str::trim) {
        match (line.strip_prefix("at "), calls.last_mut()) {
            (Some(place), Some(call)) => *call += &format!(" at {place}"),
            // The number is ours to give.
            _ => calls.push(line.split_once(": ").map_or(line, |(_, name)| name).to_owned()),
        }
    }
    let first = calls.iter().position(|call| !is_machinery(call)).unwrap_or(0);
    let count = calls[first..].iter().position(|call| is_entrance(call)).unwrap_or(calls.len() - first);
    calls.into_iter().skip(first).take(count).collect()
}

/// Whether the standard library or the framework has this function.
fn is_machinery(call: &str) -> bool {
    let call = call.trim_start_matches('<');
    ["core::", "std::", "alloc::", "T as core::", "collectd::", "__rust", "_rust", "rust_begin_unwind"]
        .into_iter()
        .any(|start| call.starts_with(start))
}

/// Whether the framework calls the author's code here.
fn is_entrance(call: &str) -> bool {
    let call = call.trim_start_matches('<');
    ["callback", "ffi", "filter", "module"].into_iter().any(|module| {
        call.strip_prefix("collectd::")
            .and_then(|call| call.strip_prefix(module))
            .is_some_and(|rest| rest.starts_with("::"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKTRACE: &str = "   0: collectd::trace::Trace::of_error
             at ./src/trace.rs:66:9
   1: <collectd::error::Error as core::convert::From<E>>::from
   2: <core::result::Result<T,F> as core::ops::try_trait::FromResidual<core::result::Result<core::convert::Infallible,E>>>::from_residual
             at /rustc/59807616e/library/core/src/result.rs:2189:27
   3: <load::Load as collectd::callback::read::Read>::read
             at ./load.rs:20:9
   4: core::ops::function::FnOnce::call_once
   5: collectd::callback::run::Callback<P,_>::call::{{closure}}
   6: collectd::ffi::guard::guard::{{closure}}
   7: plugin_read_thread
";

    #[test]
    fn a_trace_begins_and_ends_with_the_authors_code() {
        let read = "<load::Load as collectd::callback::read::Read>::read at ./load.rs:20:9";
        assert_eq!(calls(BACKTRACE), [read, "core::ops::function::FnOnce::call_once"]);
        assert_eq!(calls("   0: <unknown>\n   1: <unknown>\n"), ["<unknown>", "<unknown>"]);
        assert!(calls("").is_empty());
    }

    #[test]
    fn the_last_switch_holds_and_the_rest_stays_for_the_author() {
        let line = |value: crate::config::Scalar| Block::new("logtraces").value(value);
        let mut block = Block::new("Plugin").child(line(true.into())).child(Block::new("Port").value(80));
        take_switch("trace_test", &mut block);
        assert_eq!(block, Block::new("Plugin").child(Block::new("Port").value(80)));
        assert!(is_on("trace_test") && !is_on("trace_test_2"));
        take_switch("trace_test", &mut block);
        assert!(is_on("trace_test"));
        let not_ours =
            Block::new("Plugin").child(line("all".into())).child(line(2.into())).child(line(true.into()).value(1));
        let mut block = not_ours.clone();
        take_switch("trace_test", &mut block);
        assert_eq!(block, not_ours);
        let mut block = not_ours.clone().child(line(true.into())).child(line("no".into()));
        take_switch("trace_test", &mut block);
        assert_eq!(block, not_ours);
        assert!(!is_on("trace_test"));
    }
}
