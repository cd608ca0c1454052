//! `cargo collectd check`: is a configuration right?

mod listen;
mod plugins;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use collectd_locate::Collectd;
use serde_json::json;

use crate::Verdict;
use crate::conf::Conf;
use crate::diagnosis::{Diagnosis, Finding, OPEN_QUOTE, other_name};
use crate::private::{Private, quote, unexpanded};
use crate::project;
use crate::shell::Shell;
use crate::signals::Stop;
use listen::listen;

/// Have the real daemon read a collectd.conf; say where the mistakes are.
///
/// collectd -t reads nothing in Debian's and most other releases, and collectd -T initialises every plugin and calls
/// its reads: it opens sockets, writes to databases, takes the place of a daemon that runs. This is -T that ends before
/// that. The daemon parses the files, loads the plugins and hands them their blocks, which is when they say what they
/// do not like; then it comes to a line, added behind the last one, that it cannot follow, and gives up.
///
/// So there is no pid file, no base directory, and nothing that plugins do at the start. What they do already while
/// they are configured, they do: scripts of python and perl run, the network plugin binds the addresses that it is to
/// listen on for a moment, in a network of its own where the system allows that. The daemon's log goes nowhere but here: log
/// plugins are left out.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The configuration, with all that it includes.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Take plugins from this directory first; may be repeated. That of the crate here, or of FILE's, is built and taken.
    #[arg(long, value_name = "DIR")]
    plugin_dir: Vec<PathBuf>,

    #[command(flatten)]
    project: project::Args,
}

const AFTER_HELP: &str = "\
A mistake is a line FILE:LINE: error: MESSAGE, or warning for what the daemon goes on with, or passes over without a word.
The line is the one that the daemon names, or that has the words of its message in the plugin's block.

Exit status: 0 if there is nothing to complain about, 1 for mistakes and warnings.

Examples:
  cargo collectd check collectd.conf
  cargo collectd check /etc/collectd/collectd.conf";

/// No plugin has this name, so that the daemon gives up.
const LAST: &str = "cargo collectd check ends here";
/// They would write to the log of the daemon that runs.
const LOG_PLUGINS: [&str; 3] = ["logfile", "syslog", "log_logstash"];

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let stop = Stop::on_signals()?;
    let collectd = Collectd::find()?;
    let file = args.file.canonicalize().with_context(|| format!("cannot read {}", args.file.display()))?;
    if !file.is_file() {
        bail!("{} is not a file", args.file.display());
    }
    let conf = Conf::read(&file);
    let private = Private::new()?;
    // Who checks the configuration of a system is in no crate.
    let own = plugins::named(args.project.find_for(&file)?);
    let others = plugins::named(args.project.others(&file));
    let dirs = plugins::dirs(args, &conf, &collectd);
    let added = plugins::add_own(own.iter().chain(&others), &conf, &private, shell);
    if stop.is_set() {
        // Cargo was, too.
        bail!("interrupted");
    }
    added?;
    plugins::add(&conf, &dirs, &private)?;
    let copy = private.write("checked.conf", &without_log_plugins(&file, &conf)?)?;
    let text = format!(
        "PluginDir {}\nLoadPlugin logfile\n<Plugin logfile>\nFile \"stderr\"\nTimestamp false\nPrintSeverity true\n\
         </Plugin>\nInclude {}\nLoadPlugin {}\n",
        quote(private.path("plugins")),
        quote(unexpanded(&copy)),
        quote(LAST)
    );
    let wrapper = private.write("collectd.conf", &text)?;
    shell.status("Checking", format_args!("{} ({} lines with keys)", args.file.display(), conf.entries.len()));
    let said = listen(private.start_alone(&collectd, &["-T"], &wrapper)?, &stop)?;
    if !said.lines.iter().any(|line| line.contains(LAST) || line.contains("Parse error in file")) {
        bail!("the daemon did not read the file to its end: {}\n{}", said.status, said.lines.join("\n"));
    }
    // Where the copies are that it has loaded matters to nobody.
    let lines: Vec<String> = said.lines.iter().filter(|line| is_of_interest(line)).cloned().collect();
    let lines = private.as_of_the_system(&lines, &collectd);
    let mut diagnosis = Diagnosis::of(&lines, &conf, &collectd);
    for finding in &mut diagnosis.findings {
        if finding.file.as_ref() == Some(&copy) {
            finding.file = Some(file.clone());
        }
    }
    diagnosis.add_unknown_options(&conf);
    add_unread_characters(&mut diagnosis, &said.unread, &conf);
    let verdict = report(args, &file, diagnosis, shell)?;
    if let [(name, _)] = &own[..]
        && let Some(hint) = other_name(&lines, &conf, name)
    {
        shell.note(hint);
    }
    Ok(verdict)
}

fn report(args: &Args, file: &Path, mut diagnosis: Diagnosis, shell: &Shell) -> anyhow::Result<Verdict> {
    diagnosis.findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    for finding in &mut diagnosis.findings {
        // As it was called.
        if finding.file.as_deref() == Some(file) {
            finding.file = Some(args.file.clone());
        }
        shell.print(Line(finding));
        finding.message_to(shell);
    }
    let errors = diagnosis.findings.iter().filter(|finding| finding.is_error).count();
    let warnings = diagnosis.findings.len() - errors;
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let counts = [count(errors, "error"), count(warnings, "warning")].join(", ");
    shell.status("Checked", format_args!("{}: {counts}", args.file.display()));
    shell.message("checked", || json!({"file": args.file.to_string_lossy(), "errors": errors, "warnings": warnings}));
    Ok(if diagnosis.findings.is_empty() { Verdict::Good } else { Verdict::Bad })
}

/// `FILE:LINE: error: MESSAGE`.
struct Line<'a>(&'a Finding);

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Finding { file, line, is_error, message } = self.0;
        if let Some(file) = file {
            write!(f, "{}:", file.display())?;
        }
        if let Some(line) = line {
            write!(f, "{line}:")?;
        }
        let space = if file.is_some() { " " } else { "" };
        write!(f, "{space}{}: {message}", if *is_error { "error" } else { "warning" })
    }
}

fn is_log_plugin(name: &str) -> bool {
    LOG_PLUGINS.iter().any(|plugin| plugin.eq_ignore_ascii_case(name))
}

/// The same lines, but empty where a log plugin is loaded or configured, or a directory of plugins is set.
fn without_log_plugins(file: &Path, conf: &Conf) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<&str> = text.lines().collect();
    let is_out = |at: usize| {
        let entry = &conf.entries[at];
        let is_about_logs = (entry.is("LoadPlugin") || entry.is("Plugin")) && is_log_plugin(entry.arg());
        entry.parents.is_empty() && (is_about_logs || entry.is("PluginDir"))
    };
    for at in (0..conf.entries.len()).filter(|&at| conf.entries[at].file == file && is_out(at)) {
        let entry = &conf.entries[at];
        let first = entry.line - 1;
        let end = if entry.is_block {
            let rest = lines[first..].iter().position(|line| {
                line.trim_start().strip_prefix("</").is_some_and(|rest| {
                    rest.trim_start().to_ascii_lowercase().starts_with(&entry.key.to_ascii_lowercase())
                })
            });
            match rest {
                Some(len) => first + len + 1,
                // It is not closed: the daemon is to say so.
                None => continue,
            }
        } else {
            first + 1
        };
        lines[first..end].fill("");
    }
    Ok(lines.join("\n") + "\n")
}

/// Not the end that this command makes, and nothing that comes of its surroundings.
fn is_of_interest(line: &str) -> bool {
    let comes_of_the_network =
        ["bind: ", "bind("].iter().any(|what| line.contains(what)) || line.contains("sockent_server_listen failed");
    !line.contains(LAST) && !comes_of_the_network
}

/// What the daemon's scanner cannot read it writes to standard output, and goes on.
fn add_unread_characters(diagnosis: &mut Diagnosis, unread: &str, conf: &Conf) {
    let unread: String = unread.lines().filter(|line| !line.contains("block_begin = ")).collect();
    let Some(first) = unread.trim().chars().next() else { return };
    let has_it = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        if first == '"' { line.matches('"').count() % 2 == 1 } else { line.contains(first) }
    };
    let line_of = |file: &PathBuf| {
        let text = String::from_utf8_lossy(&std::fs::read(file).ok()?).into_owned();
        text.lines().position(has_it).map(|at| (file.clone(), at + 1))
    };
    let message = match first {
        '"' => OPEN_QUOTE.to_owned(),
        other => format!("the daemon cannot read {other:?} here, and passes over it"),
    };
    match conf.files.iter().find_map(line_of) {
        Some((file, line)) => diagnosis.add(&file, Some(line), true, message),
        None => diagnosis.findings.push(Finding { file: None, line: None, is_error: true, message }),
    }
}
