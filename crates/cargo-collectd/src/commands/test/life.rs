//! The life of a plugin in the test host, from its loading to the end of the daemon.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;

use collectd_reports::{Event, quoted};

use super::Subject;
use super::process::{Gone, Process};
use crate::conf::Entry;
use crate::private::Private;

/// What another plugin dispatches: one value list of each kind of values, and one with meta data.
const SAMPLES: [&str; 5] = [
    "test.example.org/load/load now 10 0.5,0.25,0.125",
    "test.example.org/cpu-0/derive-user now 10 1234",
    "test.example.org/net/counter now 10 18446744073709551615",
    "test.example.org/net-eth0/if_octets now 10 1,2",
    "test.example.org/sensors/temperature-cpu now 10 48.5 meta:source=s:test meta:good=b:true",
];
const NOTIFICATIONS: [&str; 2] = [
    r#"4 now test.example.org/load/load "load is well again" CurrentValue=0.5"#,
    r#"1 now test.example.org/load/load "load is above the failure threshold""#,
];
const MISSING: &str = "test.example.org/load/load now 10";
const FILTERED: &str = "test.example.org/load/load now 10 0.5,0.25,0.125";

/// More is not read.
const PROBLEM_LIMIT: usize = 20;

/// What was seen of the plugin.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) problems: Vec<String>,
    /// How often callbacks were called, by their kind.
    pub(super) calls: BTreeMap<String, u64>,
    pub(super) value_lists: u64,
    pub(super) notifications: u64,
    /// The counts at the end.
    pub(super) stats: Option<Event>,
    /// How much memory was allocated then.
    pub(super) heap: i64,
    registered: Vec<(String, String)>,
    /// Callbacks that failed: the framework logs once a minute why.
    failed: BTreeSet<(String, String)>,
}

pub(super) struct Life<'a> {
    subject: &'a Subject<'a>,
    process: Process,
    filters: Vec<(String, String)>,
    is_over: bool,
    pub(super) seen: Seen,
    // After the process, which works in there.
    _private: Private,
}

impl<'a> Life<'a> {
    /// Loads, configures and initialises the plugin.
    pub(super) fn begin(subject: &'a Subject<'a>, counting: bool) -> anyhow::Result<Self> {
        let private = Private::new()?;
        let process = Process::start(&private, counting)?;
        let (filters, seen) = (Vec::new(), Seen::default());
        let mut life = Life { subject, process, filters, is_over: false, seen, _private: private };
        let (so, name) = (subject.built.so.as_os_str().as_bytes(), &subject.built.name);
        life.run(&format!("load {} {}", quoted(so), quoted(format!("name={name}"))));
        for types in subject.types_dbs()? {
            life.run(&format!("types {}", quoted(types.as_os_str().as_bytes())));
        }
        let config = life.own_blocks();
        life.run(&format!("config\n{config}end"));
        life.run("init");
        life.run("writers 2");
        life.create_filters();
        Ok(life)
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Calls each callback that there is.
    pub(super) fn round(&mut self) {
        if self.has("read") {
            self.run("read");
            self.run("wait");
        }
        if ["write", "missing", "cache_event"].iter().any(|kind| self.has(kind)) {
            for sample in SAMPLES {
                self.run(&format!("dispatch {sample}"));
            }
            self.run("wait");
        }
        if self.has("missing") || self.has("cache_event") {
            self.run(&format!("missing {MISSING}"));
        }
        if self.has("notification") {
            for sample in NOTIFICATIONS {
                self.run(&format!("notification {sample}"));
            }
        }
        if self.has("log") {
            self.run("log 6 \"a line of the log\"");
            // The host does not tell of it.
            *self.seen.calls.entry("log".to_owned()).or_default() += 1;
        }
        if self.has("flush") {
            self.run("flush");
        }
        for (kind, name) in self.filters.clone() {
            self.run(&format!("call {kind} {} {FILTERED}", quoted(name.as_bytes())));
        }
    }

    /// Ends the daemon, and takes its counts.
    pub(super) fn end(mut self) -> Seen {
        for (kind, name) in std::mem::take(&mut self.filters) {
            self.run(&format!("destroy {kind} {}", quoted(name.as_bytes())));
        }
        self.run("shutdown");
        if !self.is_over {
            // After what may fail: these say what is left.
            self.seen.stats = self.ask("stats");
            self.seen.heap = self.ask("heap").map_or(0, |heap| heap.count("in_use"));
        }
        self.seen
    }

    fn has(&self, kind: &str) -> bool {
        self.seen.registered.iter().any(|(registered, _)| registered == kind)
    }

    fn is_registered(&self, kind: &str, name: &str) -> bool {
        self.seen.registered.iter().any(|(other, named)| other == kind && named.eq_ignore_ascii_case(name))
    }

    /// The blocks of the configuration that are the plugin's.
    fn own_blocks(&self) -> String {
        let conf = &self.subject.conf;
        let is_own =
            |entry: &Entry| entry.parents.is_empty() && entry.is("Plugin") && self.is_registered("config", entry.arg());
        let own = (0..conf.entries.len()).filter(|&at| is_own(&conf.entries[at]));
        own.map(|at| conf.text(at)).collect()
    }

    /// One of each name: the first that the chains have.
    fn create_filters(&mut self) {
        let conf = &self.subject.conf;
        for (at, entry) in conf.entries.iter().enumerate() {
            let Some(kind) = ["match", "target"].into_iter().find(|kind| entry.is(kind)) else { continue };
            let filter = (kind.to_owned(), entry.arg().to_ascii_lowercase());
            if !self.is_registered(kind, entry.arg()) || self.filters.contains(&filter) {
                continue;
            }
            let text = conf.text(at);
            let lines: Vec<&str> = text.lines().collect();
            let inside = if entry.is_block { lines.get(1..lines.len() - 1).unwrap_or_default() } else { &[] };
            let inside: String = inside.iter().map(|line| format!("{line}\n")).collect();
            if self.run(&format!("create {kind} {}\n{inside}end", quoted(entry.arg()))) {
                self.filters.push(filter);
            }
        }
    }

    fn ask(&mut self, command: &str) -> Option<Event> {
        let (_, events) = self.process.run(command).ok()?;
        events.into_iter().find(|event| event.kind() == command)
    }

    /// Runs a command, and notes what came of it. Whether it was possible, and no callback failed.
    fn run(&mut self, command: &str) -> bool {
        if self.is_over {
            return false;
        }
        let word = command.split([' ', '\n']).next().unwrap_or_default();
        match self.process.run(command) {
            Ok((is_done, events)) => {
                let before = self.seen.problems.len();
                events.iter().for_each(|event| self.seen.note(event));
                self.seen.add_failures(&events, before);
                self.is_over |= word == "load" && !is_done;
                if !is_done && self.seen.problems.len() == before {
                    self.seen.problem(format!("{}: the daemon cannot do this", doing(word)));
                }
                is_done && !events.iter().any(is_failure)
            }
            Err(Gone(how)) => {
                self.is_over = true;
                self.seen.problem(format!("{}: {how}", doing(word)));
                false
            }
        }
    }
}

/// Whether a callback says that it failed.
fn is_failure(event: &Event) -> bool {
    let status = event.count("status");
    let failed = match &*event.lossy("callback") {
        "missing" | "match" | "target" => status < 0,
        _ => status != 0,
    };
    event.kind() == "returned" && failed
}

/// What a command is about.
fn doing(command: &str) -> &str {
    match command {
        "load" => "while it was loaded",
        "types" => "while types.db was read",
        "config" => "while it was configured",
        "init" | "writers" => "at the start",
        "read" => "in a read",
        "dispatch" | "wait" => "while values were written",
        "shutdown" => "in the shutdown",
        other => other,
    }
}

impl Seen {
    fn problem(&mut self, text: String) {
        if self.problems.len() < PROBLEM_LIMIT && !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    fn note(&mut self, event: &Event) {
        let by_plugin = event.bytes("origin") == Some(b"plugin");
        let text = |key| event.lossy(key).into_owned();
        match event.kind() {
            "register" => self.registered.push((text("kind"), text("name"))),
            "load-failed" => self.problem(text("error")),
            "abuse" => self.problem(format!("the daemon would not survive: {}", event.lossy("text"))),
            "config-error" => {
                let near = event.lossy("near");
                self.problem(format!("the configuration near \"{near}\": {}", event.lossy("text")));
            }
            "dispatch" => self.value_lists += u64::from(by_plugin),
            "notification" => self.notifications += u64::from(by_plugin),
            "log" => self.note_line(event, by_plugin),
            "returned" => {
                let calls = event.count("calls").max(1).unsigned_abs();
                *self.calls.entry(text("callback")).or_default() += calls;
            }
            _ => {}
        }
    }

    fn note_line(&mut self, event: &Event, by_plugin: bool) {
        const DROPPED: &str = "Dataset not found";
        let text = event.lossy("text");
        if !by_plugin && text.starts_with(DROPPED) {
            self.problem(format!("the daemon drops a value list: {text}"));
        } else if event.count("severity") <= 3 {
            self.problem(text.into_owned());
        }
    }

    /// Callbacks that failed, unless it was said already why.
    fn add_failures(&mut self, events: &[Event], before: usize) {
        for event in events.iter().filter(|event| is_failure(event)) {
            let (callback, name, status) = (event.lossy("callback"), event.lossy("name"), event.count("status"));
            let is_new = self.failed.insert((callback.to_string(), name.to_string()));
            if is_new && self.problems.len() == before {
                self.problem(format!("the {callback} callback \"{name}\" returned {status}"));
            }
        }
    }
}
