//! `cargo collectd run`: the plugin in a private collectd, and what it does.

mod show;
mod watch;

use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context;
use collectd_locate::Collectd;
use collectd_net::Reader;
use serde_json::json;

use crate::Verdict;
use crate::conf::Conf;
use crate::daemon::{Daemon, Start};
use crate::plan::{Plan, check_with, warn_of_quotes};
use crate::project;
use crate::seconds;
use crate::shell::Shell;
use crate::signals::Stop;
use show::Shown;
use watch::Watch;

/// Build the plugin and run it in a private collectd; show what it logs, and each value list and notification.
///
/// The daemon runs in the foreground with a temporary base directory, and nothing of it stays. Lines of the log go to
/// standard error; value lists and notifications go to standard output, as `collectd-live print` writes them: time in
/// seconds since 1970, host, plugin, type, and the values with their kinds (0 counter, 1 gauge, 2 derive, 3 absolute).
/// They come through the daemon's own network plugin, so what is shown is what writers get: after the filter chains.
/// Meta data does not travel that way.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// How often plugins are read.
    #[arg(long, value_name = "SECONDS", value_parser = seconds::parse)]
    interval: Option<Duration>,

    /// End after this time; otherwise Ctrl-C does.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds::parse)]
    limit: Option<Duration>,

    /// Load this plugin of collectd's, too; may be repeated.
    #[arg(long, value_name = "PLUGIN")]
    with: Vec<String>,

    /// The configuration to include [default: collectd.conf or NAME.conf beside Cargo.toml, if one is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Build and start again when the sources or the configuration change.
    #[arg(long)]
    watch: bool,

    #[command(flatten)]
    project: project::Args,
}

const AFTER_HELP: &str = "\
Without --interval it is one second, or what the configuration says. The configuration need not load the plugin, nor
set any directory: BaseDir, PIDFile and PluginDir are those of the private daemon.

Exit status: 0 if the daemon ended well, when it was told to; 1 if the build or the daemon failed. With --watch, 0 after
Ctrl-C.

Examples:
  cargo collectd run
  cargo collectd run --for 5s --with load --with cpu
  cargo collectd run --watch --config try.conf";

/// How long to wait for something to happen before looking at the clock.
const TICK: Duration = Duration::from_millis(50);

/// Why a daemon runs no more.
enum End {
    /// It was time, or somebody pressed Ctrl-C.
    Stopped(Verdict),
    /// It ended by itself.
    Ended,
    /// There is something new to build.
    Changed(PathBuf),
}

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let stop = Stop::on_signals()?;
    let collectd = Collectd::find()?;
    check_with(&collectd, &args.with)?;
    let project = args.project.find()?;
    let given = args.config.as_deref().map(project::config_given).transpose()?;
    // As long as the plugin's own name is not known.
    let mut config = given.clone().or_else(|| project.config(&project.library));
    let start = Instant::now();
    loop {
        // Who watches ends it that way; otherwise it has not even begun.
        let told_to_end = if args.watch { Verdict::Good } else { Verdict::Bad };
        let watch = Watch::new(&project, config.as_deref());
        let built = if stop.is_set() { Ok(None) } else { project.build(shell) };
        if stop.is_set() {
            return Ok(told_to_end);
        }
        let ran = match built {
            Ok(Some(built)) => {
                config = given.clone().or_else(|| project.config(&built.name));
                let plan = Plan {
                    collectd: &collectd,
                    project: &project,
                    built: &built,
                    config: config.as_deref(),
                    interval: args.interval,
                    with: &args.with,
                };
                supervise(&plan, args.limit, args.watch.then_some(&watch), &stop, shell)
            }
            Ok(None) => Ok(End::Ended),
            Err(error) => Err(error),
        };
        let end = match ran {
            // What is wrong may be what is being written.
            Err(error) if args.watch => {
                shell.error(format_args!("{error:#}"));
                End::Ended
            }
            ran => ran?,
        };
        let changed = match end {
            End::Stopped(verdict) => return Ok(verdict),
            End::Ended if !args.watch => return Ok(Verdict::Bad),
            End::Changed(path) => path,
            End::Ended => match wait_for_change(&watch, &stop, args.limit.map(|limit| start + limit), shell) {
                Some(path) => path,
                None if stop.is_set() => return Ok(told_to_end),
                None => return Ok(Verdict::Bad),
            },
        };
        shell.status("Changed", changed.display());
        shell.message("changed", || json!({"file": changed.to_string_lossy()}));
    }
}

/// Until there is something to build, or nobody wants it any more.
fn wait_for_change(watch: &Watch, stop: &Stop, deadline: Option<Instant>, shell: &Shell) -> Option<PathBuf> {
    shell.status("Waiting", "for a change");
    while !stop.is_set() && deadline.is_none_or(|deadline| Instant::now() < deadline) {
        if let Some(path) = watch.changed() {
            return Some(path);
        }
        sleep(TICK);
    }
    None
}

/// Runs one daemon to its end.
fn supervise(
    plan: &Plan<'_>,
    limit: Option<Duration>,
    watch: Option<&Watch>,
    stop: &Stop,
    shell: &Shell,
) -> anyhow::Result<End> {
    // Any port of this machine that is free.
    let mut reader = Reader::builder().listen("127.0.0.1:0").buffer_size(8 << 20).build()?;
    let port =
        reader.local_addrs().first().map(std::net::SocketAddr::port).context("no port of this machine is free")?;
    let private = plan.prepare(Some(port), shell)?;
    warn_of_quotes(&plan.config.map(Conf::read).unwrap_or_default(), shell);
    let how = Start { options: &["-f"], shown: Some(*shell), ..Start::default() };
    let mut daemon = Daemon::start(plan.collectd, &private, &how)?;
    let version = plan.collectd.version.as_deref().unwrap_or("of unknown version");
    shell.status("Running", format_args!("collectd {version} with {} ({})", plan.built.name, plan.built.so.display()));
    shell.message(
        "running",
        || json!({"pid": daemon.id(), "name": plan.built.name, "file": plan.built.so.to_string_lossy()}),
    );
    let mut shown = Shown::default();
    let deadline = limit.map(|limit| Instant::now() + limit);
    let changed = loop {
        shown.show(&mut reader, TICK, shell)?;
        if daemon.ended()?.is_some()
            || stop.is_set()
            || shell.is_unread()
            || deadline.is_some_and(|deadline| Instant::now() >= deadline)
        {
            break None;
        }
        if let Some(path) = watch.and_then(Watch::changed) {
            break Some(path);
        }
    };
    let was_running = daemon.ended()?.is_none();
    let end = daemon.stop(stop, shell)?;
    // What it had not sent before.
    shown.show(&mut reader, Duration::ZERO, shell)?;
    shell.status("Ended", format_args!("collectd, {end}; {shown}"));
    shell.message(
        "ended",
        || json!({"code": end.status.code(), "value_lists": shown.value_lists, "notifications": shown.notifications}),
    );
    if !was_running {
        plan.explain(&daemon.log(), &private, shell);
        shell.error(format_args!("collectd ended by itself: {}", end.status));
        return Ok(End::Ended);
    }
    if let Some(after) = end.killed_after {
        let after = after.as_secs_f64();
        shell.error(format_args!("it had not ended after {after:.1} s and was killed: does a callback never return?"));
    }
    let verdict = if end.status.success() { Verdict::Good } else { Verdict::Bad };
    Ok(changed.map_or(End::Stopped(verdict), End::Changed))
}
