//! From what the daemon says of a configuration to the lines that it means.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use collectd_locate::Collectd;
use serde_json::json;

use crate::conf::{Conf, Entry};
use crate::log_line::LogLine;
use crate::private::unexpanded;
use crate::shell::Shell;

/// Options that the daemon itself knows. It passes over others without a word.
const OPTIONS: &[&str] = &[
    "AutoLoadPlugin",
    "BaseDir",
    "CollectInternalStats",
    "FQDNLookup",
    "Hostname",
    "Include",
    "Interval",
    "LoadPlugin",
    "MaxReadInterval",
    "PIDFile",
    "PluginDir",
    "PostCacheChain",
    "PreCacheChain",
    "ReadThreads",
    "Timeout",
    "TypesDB",
    "WriteQueueLimitHigh",
    "WriteQueueLimitLow",
    "WriteThreads",
];
const BLOCKS: &[&str] = &["Chain", "Include", "LoadPlugin", "Plugin"];

/// What is said beside a mistake that has been told already, or is nobody's mistake.
const ECHOES: &[&str] = &[
    "yyparse returned error",
    "configfile: Cannot read file",
    "Unable to read config file",
    "Error: Parsing the config file failed!",
    "Error: Reading the config file failed!",
    "block_begin = ",
    // On a busy machine a thread of the daemon's may be over before it has a name.
    "set_thread_name(",
];
/// The same, unless it is all that is said.
const WEAK_ECHO: &str = "Filter subsystem: Failed to create a ";

pub(crate) const OPEN_QUOTE: &str = "this quote is not closed: the daemon passes over what follows";

/// A mistake and its place, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) file: Option<PathBuf>,
    pub(crate) line: Option<usize>,
    pub(crate) is_error: bool,
    pub(crate) message: String,
}

#[derive(Debug, Default)]
pub(crate) struct Diagnosis {
    pub(crate) findings: Vec<Finding>,
}

impl Diagnosis {
    /// Of the lines of a daemon's log.
    pub(crate) fn of(log: &[String], conf: &Conf, collectd: &Collectd) -> Self {
        let mut diagnosis = Diagnosis::default();
        for line in log {
            let LogLine { severity, message } = LogLine::parse(line);
            if ECHOES.iter().any(|echo| message.starts_with(echo))
                || message.ends_with("successfully loaded.")
                || matches!(severity, Some("notice" | "info" | "debug"))
            {
                continue;
            }
            if message.starts_with(WEAK_ECHO) && !diagnosis.findings.is_empty() {
                continue;
            }
            let is_error = severity != Some("warning");
            if let Some(error) = ParseError::parse(message) {
                diagnosis.add(&error.file, error.line(collectd), true, error.message(conf));
            } else if let Some(entry) = place(message, conf) {
                diagnosis.add(&entry.file, Some(entry.line), is_error, message);
            } else if severity.is_some() {
                let message = message.to_owned();
                diagnosis.findings.push(Finding { file: None, line: None, is_error, message });
            }
        }
        diagnosis
    }

    /// What the daemon passes over without a word.
    pub(crate) fn add_unknown_options(&mut self, conf: &Conf) {
        for entry in conf.entries.iter().filter(|entry| entry.parents.is_empty()) {
            let (known, what) = if entry.is_block { (BLOCKS, "block") } else { (OPTIONS, "option") };
            if !known.iter().any(|key| entry.is(key)) {
                let message = format!("collectd knows no {what} `{}' here, and passes over it", entry.key);
                self.add(&entry.file, Some(entry.line), false, message);
            }
        }
    }

    /// One for each place: the daemon often says the same twice, in general terms the second time.
    pub(crate) fn add(&mut self, file: &Path, line: Option<usize>, is_error: bool, message: impl Into<String>) {
        let same = |finding: &&mut Finding| finding.file.as_deref() == Some(file) && finding.line == line;
        if let Some(before) = self.findings.iter_mut().find(same) {
            before.is_error |= is_error;
            return;
        }
        self.findings.push(Finding { file: Some(file.to_owned()), line, is_error, message: message.into() });
    }

    /// Says those that have a place, as errors beside the log.
    pub(crate) fn tell(&self, shell: &Shell) {
        for finding in self.findings.iter().filter(|finding| finding.file.is_some()) {
            if finding.is_error {
                shell.error(finding);
            } else {
                shell.warn(finding);
            }
            finding.message_to(shell);
        }
    }
}

impl Finding {
    pub(crate) fn message_to(&self, shell: &Shell) {
        let level = if self.is_error { "error" } else { "warning" };
        shell.message(
            "finding",
            || json!({"file": self.file.as_deref().map(Path::to_string_lossy), "line": self.line, "level": level, "message": self.message}),
        );
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", file.display())?;
        }
        if let Some(line) = self.line {
            write!(f, "{line}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// ``Parse error in file `F', line 3 near `x': syntax error``.
struct ParseError<'a> {
    file: PathBuf,
    line: usize,
    /// `<newline>`, or nothing at the end.
    near: &'a str,
    what: &'a str,
}

impl<'a> ParseError<'a> {
    fn parse(message: &'a str) -> Option<Self> {
        let rest = message.strip_prefix("Parse error in file `")?;
        let (file, rest) = rest.split_once("', line ")?;
        let (line, rest) = rest.split_once(" near `")?;
        let (near, what) = rest.split_once("': ")?;
        Some(ParseError { file: file.into(), line: line.parse().ok()?, near, what })
    }

    /// The daemon counts on from one file to the next. Alone, a file that cannot be parsed does nothing, and its lines
    /// are counted from 1.
    fn line(&self, collectd: &Collectd) -> Option<usize> {
        let mut alone = Command::new(&collectd.program);
        let output = alone.args(["-T", "-C"]).arg(unexpanded(&self.file)).stdin(Stdio::null()).output();
        let said = String::from_utf8_lossy(&output.ok()?.stderr).into_owned();
        let alone = said.lines().find_map(ParseError::parse)?.line;
        // The end of a line is counted before it is complained of.
        let past = self.near == "<newline>" || (self.near.is_empty() && alone > 1);
        Some(if past { alone.saturating_sub(1).max(1) } else { alone })
    }

    fn message(&self, conf: &Conf) -> String {
        let open = conf.unclosed.iter().map(|&at| &conf.entries[at]).rfind(|entry| entry.file == self.file);
        match (open, self.near) {
            (Some(block), _) => format!("{}; <{}> of line {} is not closed", self.what, block.key, block.line),
            (None, "") => self.what.to_owned(),
            (None, "<newline>") if self.what == "syntax error, unexpected EOL" => {
                format!("{}: the key has no value", self.what)
            }
            (None, near) => format!("{} near `{near}'", self.what),
        }
    }
}

/// If a plugin was not found, and the one that is made here is not loaded: perhaps that one was meant.
pub(crate) fn other_name(log: &[String], conf: &Conf, own: &str) -> Option<String> {
    let is_missing =
        log.iter().any(|line| LogLine::parse(line).message.starts_with("plugin_load: Could not find plugin"));
    let is_loaded = conf.loaded().any(|name| name.eq_ignore_ascii_case(own));
    (is_missing && !is_loaded).then(|| format!("the plugin that is made here is loaded with `LoadPlugin {own}`"))
}

/// The entry that a message is about.
fn place<'a>(message: &str, conf: &'a Conf) -> Option<&'a Entry> {
    if let Some(rest) = message.strip_prefix("plugin_load: ") {
        let name = quoted(rest).into_iter().next()?;
        return conf.top("LoadPlugin").find(|entry| entry.arg().eq_ignore_ascii_case(name));
    }
    if let Some(rest) = message.strip_prefix("dlopen(\"") {
        let file = Path::new(rest.split('"').next()?);
        let name = file.file_stem()?.to_string_lossy();
        return conf.top("LoadPlugin").find(|entry| entry.arg().eq_ignore_ascii_case(&name));
    }
    let quoted = quoted(message);
    let named = message.split_once(" plugin: ").map(|(name, _)| name);
    let names: Vec<&str> = named.into_iter().chain(quoted.iter().copied()).collect();
    let is_home = |entry: &Entry| {
        ["Plugin", "Match", "Target", "Chain"].iter().any(|key| entry.is(key))
            && names.iter().any(|name| entry.arg().eq_ignore_ascii_case(name))
    };
    let homes: Vec<usize> = (0..conf.entries.len()).filter(|&at| is_home(&conf.entries[at])).collect();
    let inside = |entry: &&Entry| entry.parents.iter().any(|parent| homes.contains(parent));
    // What is in quotes is the mistake, or what is expected instead: the first one that is there.
    let words = message.split(|c: char| !c.is_alphanumeric() && c != '_');
    let about = quoted.iter().copied().chain(words.filter(|word| word.len() > 1)).find_map(|word| {
        let entries = conf.entries.iter().filter(inside);
        let is_it = |entry: &&Entry| entry.is(word) || entry.args.iter().any(|arg| arg == word);
        entries.clone().find(|entry| entry.is(word)).or_else(|| entries.clone().find(is_it))
    });
    let outside =
        || quoted.iter().find_map(|word| conf.entries.iter().find(|entry| entry.parents.is_empty() && entry.is(word)));
    about.or_else(|| homes.first().map(|&at| &conf.entries[at])).or_else(outside)
}

/// What stands in quotes of any kind: "a", `a', 'a'.
fn quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '`', '\'']) {
        let end = match &rest[start..=start] {
            "\"" => &['"'][..],
            "`" => &['\'', '`'],
            _ => &['\''],
        };
        let inside = &rest[start + 1..];
        let Some(len) = inside.find(end) else { break };
        found.push(&inside[..len]);
        rest = &inside[len + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_all_kinds_are_known() {
        assert_eq!(quoted("a \"b\" `c' `d` 'e' \"f"), ["b", "c", "d", "e"]);
        assert!(quoted("don't").is_empty());
    }

    #[test]
    fn a_place_is_said_once() {
        let mut diagnosis = Diagnosis::default();
        diagnosis.add(Path::new("f"), Some(3), false, "first");
        diagnosis.add(Path::new("f"), Some(3), true, "second");
        let expected = Finding { file: Some("f".into()), line: Some(3), is_error: true, message: "first".to_owned() };
        assert_eq!(diagnosis.findings, [expected]);
    }
}
