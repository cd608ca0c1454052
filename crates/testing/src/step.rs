//! One command, and what came of it.

use collectd_test_host::Event;

use crate::happening::{Happening, lossy};
use crate::{Call, Callback, Failed, Line};

/// Lines of the daemon's that mean that what a plugin dispatched is lost.
const DROPPED: [&str; 2] = ["Dataset not found", "plugin_dispatch_values: "];

/// What a command brought about.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) happenings: Vec<Happening>,
    pub(crate) problems: Vec<String>,
    pub(crate) events: Vec<Event>,
}

impl Step {
    pub(crate) fn add(&mut self, is_done: bool, command: &str, events: &[Event], hostname: &str) {
        let first = self.happenings.len();
        self.happenings.extend(events.iter().filter_map(|event| crate::happening::happening(event, hostname)));
        for event in events {
            match event.kind() {
                "abuse" => self.problems.push(format!("the daemon would not survive: {}", lossy(event, "text"))),
                "config-error" => self.problems.push(mistake(event)),
                _ => {}
            }
        }
        let is_explained = events.iter().any(|event| event.kind() == "config-error");
        if !is_done && !is_explained {
            let word = command.split_whitespace().next().unwrap_or_default();
            self.problems.push(format!("the daemon cannot do this ({word})"));
        }
        for happening in &self.happenings[first..] {
            self.problems.extend(problem(happening));
        }
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.happenings.iter().filter_map(|happening| match happening {
            Happening::Called(call) => Some(call),
            _ => None,
        })
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.happenings.iter().filter_map(|happening| match happening {
            Happening::Log(line) => Some(line),
            _ => None,
        })
    }

    pub(crate) fn failed(&self, step: &str) -> Result<(), Failed> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Failed { step: step.to_owned(), problems: self.problems.clone(), log: self.lines().cloned().collect() })
    }
}

fn problem(happening: &Happening) -> Option<String> {
    match happening {
        Happening::Called(call) if is_failure(call) => {
            Some(format!("the {} callback \"{}\" failed ({})", call.callback, call.name, call.status))
        }
        Happening::Log(line) if line.by_daemon && DROPPED.iter().any(|start| line.text.starts_with(start)) => {
            Some(format!("the daemon drops a value list: {}", line.text))
        }
        _ => None,
    }
}

fn is_failure(call: &Call) -> bool {
    match call.callback {
        Callback::Missing | Callback::Match | Callback::Target => call.status < 0,
        _ => call.status != 0,
    }
}

fn mistake(event: &Event) -> String {
    let text = lossy(event, "text");
    let near = lossy(event, "near");
    let near = if near.is_empty() { String::new() } else { format!(" near \"{near}\"") };
    if event.bytes("line").is_none() {
        return format!("the configuration has{near}: {text}").replace(" near", "");
    }
    let (line, column) = (event.number::<u64>("line"), event.number::<u64>("column"));
    format!("line {line}, column {column} of the configuration{near}: {text}")
}

/// Fails the test at the line of the caller.
#[track_caller]
pub(crate) fn must<T>(result: Result<T, Failed>) -> T {
    match result {
        Ok(it) => it,
        Err(failed) => panic!("{failed}"),
    }
}
