//! The plugin in the real daemon, in a directory of its own.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use collectd_net::Reader;

use super::report::{Outcome, Problem};
use super::{Subject, plural};
use crate::daemon::{Daemon, End, Start};
use crate::diagnosis::Diagnosis;
use crate::log_line::LogLine;
use crate::plugin_file::PluginFile;
use crate::received;
use crate::shell::Shell;
use crate::signals::Stop;

/// How long a daemon may take to start, or to read once.
const PATIENCE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);
/// What it says when everything has been initialised.
const READY: &str = "Initialization complete, entering read-loop.";
/// So many lines of the log are shown where none of them is an error.
const TAIL: usize = 10;
const PROBLEM_LIMIT: usize = 20;
/// What the daemon says at its end of what was said before.
const ECHO: &str = "Error: one or more plugin ";

const ERROR_HELP: &str = "this is what the daemon logged: `cargo collectd run` shows all of it. What the plugin talks to has \
                          to be there, or --config FILE has to do without it";
const STATUS_HELP: &str = "collectd ends with 1 if a plugin could not be loaded, configured, initialised, read (-T) or shut \
                           down; `cargo collectd run` shows its log";
const STUCK_HELP: &str = "a callback does not return: reads, writes and shutdowns need time limits of their own";

/// `collectd -T`.
pub(super) fn once(subject: &Subject<'_>, stop: &Stop, shell: &Shell) -> anyhow::Result<Outcome> {
    let private = subject.plan().prepare(None, shell)?;
    let mut daemon = Daemon::start(subject.collectd, &private, &Start { options: &["-T"], ..Start::default() })?;
    let deadline = Instant::now() + PATIENCE;
    while daemon.ended()?.is_none() && Instant::now() < deadline {
        if stop.is_set() {
            bail!("interrupted");
        }
        sleep(TICK);
    }
    let is_late = daemon.ended()?.is_none();
    let end = daemon.stop(stop, shell)?;
    let mut problems = errors(&daemon.log(), subject);
    if is_late {
        let text = format!("it has not ended within {} s", PATIENCE.as_secs());
        problems.push(Problem { text, help: STUCK_HELP.to_owned() });
    } else {
        problems.extend(bad_status(&end, problems.is_empty(), &daemon.log()));
    }
    Ok(or_fine(problems, || format!("{}", end.status)))
}

/// `collectd -f` for a while.
pub(super) fn running(subject: &Subject<'_>, stop: &Stop, shell: &Shell) -> anyhow::Result<Outcome> {
    // Any port of this machine that is free.
    let mut reader = Reader::builder().listen("127.0.0.1:0").buffer_size(8 << 20).build()?;
    let port = reader.local_addrs().first().map(std::net::SocketAddr::port).context("no port is free")?;
    let private = subject.plan().prepare(Some(port), shell)?;
    let mut daemon = Daemon::start(subject.collectd, &private, &Start { options: &["-f"], ..Start::default() })?;
    let mut count = Count::default();
    let run = run(&mut daemon, subject.args.span, PATIENCE, (stop, shell), |wait| count.take(&mut reader, wait))?;
    // What it had not sent before.
    count.take(&mut reader, Duration::ZERO)?;
    let file = PluginFile::read(&subject.built.so)?;
    let reads = reads(&file);
    let problems = run.problems(&daemon, subject);
    if reads && count.value_lists == 0 && problems.is_empty() {
        let warnings = warnings(&daemon.log(), &subject.built.name);
        shell.warn(format_args!("the plugin reads, but no value list came in that time{warnings}"));
    }
    let Count { value_lists, notifications } = count;
    Ok(or_fine(problems, || {
        let counts = [plural(value_lists, "value list"), plural(notifications, "notification")].join(", ");
        format!("{counts}, no error in the log; {}", run.end.status)
    }))
}

fn or_fine(problems: Vec<Problem>, text: impl FnOnce() -> String) -> Outcome {
    if problems.is_empty() { Outcome::Fine(text()) } else { Outcome::Failed(problems) }
}

/// What came.
#[derive(Default)]
struct Count {
    value_lists: u64,
    notifications: u64,
}

impl Count {
    /// Waits so long for the first, and takes what is there.
    fn take(&mut self, reader: &mut Reader, wait: Duration) -> anyhow::Result<()> {
        received::each(reader, wait, |item| {
            let is_values = item.values().is_some();
            *(if is_values { &mut self.value_lists } else { &mut self.notifications }) += 1;
        })
    }
}

/// How a daemon ran.
pub(super) struct Run {
    was_running: bool,
    was_ready: bool,
    pub(super) end: End,
}

/// Lets it run for a while from the moment when all plugins are initialised, and ends it.
pub(super) fn run(
    daemon: &mut Daemon,
    span: Duration,
    patience: Duration,
    (stop, shell): (&Stop, &Shell),
    mut each: impl FnMut(Duration) -> anyhow::Result<()>,
) -> anyhow::Result<Run> {
    let start = Instant::now();
    let mut ready = None;
    while daemon.ended()?.is_none() {
        if stop.is_set() {
            bail!("interrupted");
        }
        each(TICK)?;
        match ready {
            None if daemon.log().iter().any(|line| line.ends_with(READY)) => ready = Some(Instant::now()),
            None if start.elapsed() > patience => break,
            Some(ready) if ready.elapsed() >= span => break,
            _ => {}
        }
    }
    let was_running = daemon.ended()?.is_none();
    Ok(Run { was_running, was_ready: ready.is_some(), end: daemon.stop(stop, shell)? })
}

impl Run {
    pub(super) fn problems(&self, daemon: &Daemon, subject: &Subject<'_>) -> Vec<Problem> {
        let log = daemon.log();
        let mut problems = errors(&log, subject);
        if let Some(after) = self.end.killed_after {
            let after = after.as_secs();
            let text = format!("it did not end within {after} s when it was told to, and was killed");
            problems.push(Problem { text, help: STUCK_HELP.to_owned() });
        } else if !self.was_ready && self.was_running {
            let text = "it has not started within a minute".to_owned();
            problems.push(Problem { text, help: STUCK_HELP.to_owned() });
        } else if !self.was_running {
            let text = format!("collectd ended by itself: {}", self.end.status);
            let tail = if problems.is_empty() { tail(&log) } else { String::new() };
            problems.push(Problem { text: text + &tail, help: STATUS_HELP.to_owned() });
        } else {
            problems.extend(bad_status(&self.end, problems.is_empty(), &log));
        }
        problems
    }
}

/// If nothing else says why it ended so, the end of the log does.
fn bad_status(end: &End, is_all: bool, log: &[String]) -> Option<Problem> {
    let is_told = !is_all && end.status.code().is_some();
    let tail = if is_all { tail(log) } else { String::new() };
    let problem = || Problem { text: format!("{}{tail}", end.status), help: STATUS_HELP.to_owned() };
    (!end.status.success() && !is_told).then(problem)
}

fn tail(log: &[String]) -> String {
    log[log.len().saturating_sub(TAIL)..].iter().map(|line| format!("\n    {line}")).collect()
}

/// Also if it registers its reads in code.
fn reads(file: &PluginFile) -> bool {
    file.imports.iter().any(|name| name == "plugin_register_complex_read")
}

/// What the plugin has warned of may say why.
fn warnings(log: &[String], plugin: &str) -> String {
    let lines = log.iter().map(|line| LogLine::parse(line)).filter(|line| line.severity == Some("warning"));
    let own = lines.filter(|line| line.message.starts_with(&format!("{plugin} plugin: "))).take(TAIL);
    own.map(|line| format!("\n    {}", line.message)).collect()
}

/// The errors of a log, with their place in the configuration if they have one.
fn errors(log: &[String], subject: &Subject<'_>) -> Vec<Problem> {
    let diagnosis = Diagnosis::of(log, &subject.conf, subject.collectd);
    let mut texts: Vec<String> = Vec::new();
    for text in diagnosis.findings.iter().filter(|finding| finding.is_error).map(ToString::to_string) {
        let is_said = texts.contains(&text) || (text.starts_with(ECHO) && !texts.is_empty());
        if texts.len() < PROBLEM_LIMIT && !is_said {
            texts.push(text);
        }
    }
    Problem::each(texts, ERROR_HELP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_nothing_came_is_what_the_plugin_has_warned_of() {
        let log = [
            "[2026-11-27 03:38:36] [warning] http_json plugin: \"http://localhost/\": Connection refused",
            "[2026-11-27 03:38:36] [warning] other plugin: too slow",
            "[2026-11-27 03:38:36] [info] http_json plugin: on",
        ];
        let log = log.map(str::to_owned);
        assert_eq!(warnings(&log, "http_json"), "\n    http_json plugin: \"http://localhost/\": Connection refused");
        assert_eq!(warnings(&log, "json"), "");
        let file = |name: &str| PluginFile { imports: vec![name.to_owned()], ..PluginFile::default() };
        assert!(reads(&file("plugin_register_complex_read")) && !reads(&file("plugin_register_write")));
    }
}
