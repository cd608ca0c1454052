//! What a daemon has left behind, as lines for each scenario.

use std::time::{SystemTime, UNIX_EPOCH};

use collectd_test_daemon::Rows;

use crate::scenario::{END, Scenario, Side, directory};

/// Everything that can be seen of a daemon, at one moment.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// `[severity] text`
    pub(crate) log: String,
    pub(crate) stderr: String,
    pub(crate) recorded: String,
    pub(crate) csv: Rows,
}

/// The same, told in the words of the scenarios.
#[derive(Debug, Default, Clone)]
pub(crate) struct Lines(Vec<String>);

impl Seen {
    /// Lines of the log, of the recorder, of csv and of standard error, in this order.
    pub(crate) fn lines(&self, side: Side, since: SystemTime) -> Lines {
        let mut lines = Vec::new();
        for line in self.log.lines().filter(|line| !is_noise(line)) {
            let (severity, text) = line.strip_prefix('[').and_then(|line| line.split_once("] ")).unwrap_or(("?", line));
            lines.push(format!("log {severity}: {text}"));
        }
        lines.extend(self.recorded.lines().map(|line| normal_numbers(line, since)));
        for (identifier, rows) in &self.csv {
            let rows = rows.iter().map(|(time, values)| format!("csv {identifier} {},{values}", moment(time, since)));
            lines.extend(rows);
        }
        lines.extend(self.stderr.lines().filter(|line| !is_noise(line)).map(|line| format!("stderr: {line}")));
        let here = format!("{}/", directory().display());
        let short = |line: String| {
            let line = line.replace(&here, "");
            // What the daemon calls the callbacks of a module.
            if side == Side::Python { line.replace("python.", "") } else { line }
        };
        Lines(lines.into_iter().map(short).collect())
    }
}

impl Lines {
    /// Those about a scenario. If it had the daemon for itself, also warnings and errors that do not name it.
    pub(crate) fn of(&self, scenario: &Scenario) -> Vec<String> {
        let is_trouble =
            |line: &str| ["notice", "warning", "error"].iter().any(|word| line.starts_with(&format!("log {word}: ")));
        let lines =
            self.0.iter().filter(|line| line.contains(&scenario.name) || scenario.is_alone() && is_trouble(line));
        lines.cloned().collect()
    }

    /// Warnings and errors that are about none of the scenarios.
    pub(crate) fn of_none<'a>(&'a self, scenarios: &'a [Scenario]) -> impl Iterator<Item = &'a String> {
        let trouble = self.0.iter().filter(|line| line.starts_with("log warning: ") || line.starts_with("log error: "));
        trouble.filter(|line| !scenarios.iter().any(|scenario| line.contains(&scenario.name)))
    }
}

/// What the daemon says of its own accord, or repeats of what the recorder tells better.
fn is_noise(line: &str) -> bool {
    line.ends_with("successfully loaded.")
        || line.starts_with("[info] Notification: ")
        || line.starts_with("[warning] unixsock plugin: No such group")
}

/// What there was while the daemon ran, then what came at its end.
pub(crate) fn with_end(before: Vec<String>, after: &[String]) -> Vec<String> {
    let mut rest = after.to_vec();
    for line in &before {
        if let Some(at) = rest.iter().position(|other| other == line) {
            rest.remove(at);
        }
    }
    if rest.is_empty() {
        return before;
    }
    [before, vec![END.to_owned()], rest].concat()
}

/// Makes seconds of the daemon's units, and "now" of what is the time of the test.
fn normal_numbers(line: &str, since: SystemTime) -> String {
    let words = line.split(' ').map(|word| {
        let end = if word.ends_with(':') { ":" } else { "" };
        let Some((key, number)) = word.trim_end_matches(':').split_once('=') else { return word.to_owned() };
        match (key, number.parse::<u64>()) {
            ("time", Ok(raw)) => format!("{}{end}", moment(&seconds(raw), since)),
            ("interval" | "timeout", Ok(raw)) => format!("{key} {}{end}", seconds(raw)),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[expect(clippy::cast_precision_loss, reason = "numbers to compare, not to count on")]
fn seconds(raw: u64) -> String {
    (raw as f64 / f64::from(1 << 30)).to_string()
}

fn moment(seconds: &str, since: SystemTime) -> String {
    let at: f64 = seconds.parse().unwrap_or(f64::NAN);
    let since = since.duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    // The values of csv are a little rounded.
    if (since - 1.0..since + 600.0).contains(&at) { "now".to_owned() } else { seconds.to_owned() }
}
