//! `cargo collectd test`: everything about a plugin that can be tested without knowing what it is for.

mod counts;
mod host;
mod life;
mod live;
mod process;
mod report;
mod symbols;
mod unit;
mod valgrind;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use collectd_locate::{Collectd, program};

use crate::Verdict;
use crate::conf::Conf;
use crate::plan::{Plan, check_with, warn_of_quotes};
use crate::project::{self, Built, Project};
use crate::seconds;
use crate::shell::Shell;
use crate::signals::Stop;
use report::Report;

/// Test the plugin: its own tests, its file in a test host and in the real daemon, its symbols, what it frees.
///
/// Step by step, and all of them whatever the others say:
///
/// unit tests: `cargo test`. What it says is shown as it comes.
///
/// test host: the file in a fake daemon, which is part of this program and plays collectd 5.12 in a process of its own. It
/// takes the plugin's own blocks of the configuration, and calls every callback that the plugin registers: reads, writes
/// with made-up values, notifications, log lines, flushes, the matches and targets of the chains, the shutdown. None may
/// fail, log an error, or do what the daemon would not survive.
///
/// collectd -T: the installed daemon with the whole configuration, in a directory of its own. It starts, reads once and
/// ends.
///
/// collectd -f: the same daemon for some seconds. Value lists and notifications are counted; no plugin may log an error,
/// and the daemon has to end well when it is told to.
///
/// symbols: the file exports module_register and nothing else, and all that it needs the daemon or a library has.
///
/// free counts: in the test host again. What was registered is freed, once; what the daemon hands out comes back; and two
/// hundred rounds of its callbacks, or as many as there is time for, leave no more memory behind than eight.
///
/// valgrind, if asked for: collectd -f under valgrind. Wrong accesses to memory, and memory that is definitely lost, are
/// told if the plugin is in their stack; what the daemon does without it is not.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The configuration [default: collectd.conf or NAME.conf beside Cargo.toml, if one is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// How long collectd -f runs.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds::parse, default_value = "3s")]
    span: Duration,

    /// Load this plugin of collectd's into the real daemon, too; may be repeated.
    #[arg(long, value_name = "PLUGIN")]
    with: Vec<String>,

    /// Run the daemon under valgrind as well.
    #[arg(long)]
    valgrind: bool,

    /// Arguments for cargo test.
    #[arg(last = true, value_name = "ARGS")]
    cargo: Vec<OsString>,

    #[command(flatten)]
    project: project::Args,
}

const AFTER_HELP: &str = "\
What the plugin talks to has to be there, or the configuration must do without it: an error in the log is a failure. Files
without a directory are in the private base directory, others are where they are.

Exit status: 0 if all steps are fine; 1 if one failed, or the crate does not compile.

Examples:
  cargo collectd test
  cargo collectd test --valgrind --for 10s
  cargo collectd test --config try.conf --with load -- --no-fail-fast";

/// What is tested.
struct Subject<'a> {
    collectd: &'a Collectd,
    project: &'a Project,
    built: &'a Built,
    config: Option<&'a Path>,
    /// What stands there.
    conf: Conf,
    args: &'a Args,
}

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let stop = Stop::on_signals()?;
    let collectd = Collectd::find()?;
    check_with(&collectd, &args.with)?;
    let project = args.project.find()?;
    let valgrind = if args.valgrind { Some(find_valgrind()?) } else { None };
    let config = args.config.as_deref().map(project::config_given).transpose()?;

    let mut report = Report::new(shell);
    report.step("unit tests", "cargo test", || unless_stopped(&stop, unit::run(&project, &args.cargo, shell)))?;
    let Some(built) = unless_stopped(&stop, project.build(shell))? else {
        bail!("`{}` does not compile: mend what the compiler says above", project.package);
    };
    let config = config.or_else(|| project.config(&built.name));
    let conf = config.as_deref().map(Conf::read).unwrap_or_default();
    warn_of_quotes(&conf, shell);
    let subject =
        Subject { collectd: &collectd, project: &project, built: &built, config: config.as_deref(), conf, args };
    let seconds = args.span.as_secs_f64();

    let doing = format!("test host with {}", built.so.display());
    report.step("test host", &doing, || unless_stopped(&stop, host::run(&subject)))?;
    report.step("collectd -T", "collectd -T", || live::once(&subject, &stop, shell))?;
    let doing = format!("collectd -f for {seconds} s");
    report.step("collectd -f", &doing, || live::running(&subject, &stop, shell))?;
    report.step("symbols", &format!("symbols of {}", built.so.display()), || symbols::run(&subject, shell))?;
    report.step("free counts", "test host, counting", || unless_stopped(&stop, counts::run(&subject)))?;
    if let Some(program) = valgrind {
        let doing = format!("collectd -f under valgrind for {seconds} s");
        report.step("valgrind", &doing, || valgrind::run(&subject, &program, &stop, shell))?;
    }
    Ok(if report.finish(&built.name) { Verdict::Good } else { Verdict::Bad })
}

fn find_valgrind() -> anyhow::Result<PathBuf> {
    program("valgrind").context("--valgrind: there is no valgrind; `cargo collectd doctor` says how to install it")
}

/// Ctrl-C ends the programs that are run, too: what they say then is not what is wrong.
fn unless_stopped<T>(stop: &Stop, result: anyhow::Result<T>) -> anyhow::Result<T> {
    if stop.is_set() { bail!("interrupted") } else { result }
}

impl Subject<'_> {
    fn plan(&self) -> Plan<'_> {
        Plan {
            collectd: self.collectd,
            project: self.project,
            built: self.built,
            config: self.config,
            interval: None,
            with: &self.args.with,
        }
    }

    /// The daemon's, and the crate's own.
    fn types_dbs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let own = self.project.file("types.db");
        Ok(std::iter::once(self.collectd.types_db()?).chain(own).collect())
    }
}

/// As `1 value list`, `2 value lists`.
fn plural(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
