//! `collectd-live send`: value lists and notifications to servers.

mod generate;
mod input;
mod line;
mod lines;
mod report;
mod servers;
mod sink;

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use anyhow::{Context, bail};
use collectd_net::{Interval, WriterStatistics};

use crate::console::say;
use crate::signals::Stop;
use crate::types;
use sink::Sink;

/// Send values and notifications, as programs of the exec plugin write them, or made up.
///
/// Lines come from the command line, else from standard input. What is wrong about a line is said, with its place; the
/// others are sent all the same.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// What to send, each a line of the text protocol of the exec plugin; without it standard input is read.
    #[arg(value_name = "LINE", conflicts_with = "generate")]
    lines: Vec<OsString>,

    /// Stop at the first line that is wrong or odd.
    #[arg(long, conflicts_with = "generate")]
    strict: bool,

    /// Say nothing of how much was sent.
    #[arg(short, long)]
    quiet: bool,

    /// The interval of value lists whose line has none; with --generate of all [default there: 10].
    #[arg(long, value_name = "SECONDS", value_parser = interval, allow_negative_numbers = true)]
    interval: Option<Interval>,

    #[command(flatten)]
    servers: servers::Args,
    #[command(flatten)]
    types: types::Args,
    #[command(flatten)]
    generate: generate::Args,
}

const AFTER_HELP: &str = "\
Lines are those of collectd-exec(5): PUTVAL and PUTNOTIF with all their options, comments (#) and
empty lines. N is now, U a gauge that is not known. A line is taken where the daemon takes it, and
means what it means there; what the daemon takes for something else than it looks like is odd, and
said to be. The network protocol has no place for meta data. Packets go out when they are full and
when the input pauses.

Examples:
  collectd-live send --to collectd.example.org 'PUTVAL db1/backup/duration N:42'
  collectd-live send --to 192.0.2.7 \\
      'PUTNOTIF severity=failure time=1792000000 host=db1 message=\"disk full\"'
  ./my-exec-script | collectd-live send --to '[2001:db8::7]:25827' --to 192.0.2.8
  COLLECTD_PASSWORD=w0nderl4nd collectd-live send --to db1 \\
      --security-level encrypt --username alice <values
  collectd-live send --to 127.0.0.1 --generate --hosts 100 --series 10000 --duration 60
  collectd-live send --to 127.0.0.1 --generate --rate 5000 --seed 7 --start-time 1700000000

Example of what is said about a line:
  stdin:3:14: type \"guage\" is not in types.db
    PUTVAL db1/p/guage N:1
                 ^

Exit status: 0 if everything was sent, 1 if a line was wrong or a server could not be sent to, 2 if
the arguments are wrong.";

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let stop = Stop::new().context("cannot handle signals")?;
    if args.generate.generate {
        let mut sink = Sink::new(args.servers.open(Duration::MAX)?);
        let sent = generate::run(&args.generate, args.interval, args.quiet, &mut sink, &stop);
        return finish(args, &mut sink, None, sent.map(|()| 0));
    }
    let mut sink = Sink::new(args.servers.open(lines::LINGER)?);
    let types = args.types.read()?;
    let interval = args.interval.unwrap_or(Interval::UNSET);
    let mut lines = lines::Lines::new(types, interval, args.strict, !args.lines.is_empty());
    let read = lines.send(&args.lines, &mut sink, &stop);
    let report = lines.into_report();
    let wrong = report.wrong;
    finish(args, &mut sink, Some(&report), read.map(|()| wrong))
}

/// Sends what is left, and says how much it was in all.
fn finish(
    args: &Args,
    sink: &mut Sink,
    report: Option<&report::Report>,
    wrong: anyhow::Result<u64>,
) -> anyhow::Result<()> {
    sink.flush();
    if !args.quiet {
        say(format_args!("{}", Summary(&sink.statistics(), report)));
    }
    match wrong? {
        0 => {}
        1 => bail!("a line was not sent"),
        wrong => bail!("{wrong} lines were not sent"),
    }
    if sink.failures() > 0 {
        bail!("not everything was sent to every server");
    }
    Ok(())
}

/// Displayed as a line that begins `N value lists, N notifications from N lines; N wrong, N odd`, and one for each
/// server.
struct Summary<'a>(&'a WriterStatistics, Option<&'a report::Report>);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary(statistics, report) = self;
        write!(f, "{} value lists, {} notifications", statistics.value_lists, statistics.notifications)?;
        if let Some(report) = report {
            write!(f, " from {} lines; {} wrong, {} odd", report.lines, report.wrong, report.odd)?;
        }
        for server in &statistics.servers {
            write!(f, "\n{}: {} packets, {} bytes", server.server, server.packets, server.bytes)?;
            if server.lost > 0 {
                write!(f, "; {} packets lost", server.lost)?;
            }
        }
        Ok(())
    }
}

fn interval(text: &str) -> Result<Interval, String> {
    let seconds: f64 = text.parse().map_err(|_| "it must be a number of seconds")?;
    match Interval::try_from_secs_f64(seconds) {
        Ok(Interval::UNSET) => Err("it must be more than 0 seconds".to_owned()),
        Ok(interval) => Ok(interval),
        Err(error) => Err(error.to_string()),
    }
}
