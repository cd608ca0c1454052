//! `collectd-live print`: one line per value list or notification.

mod output;
mod printer;
mod tally;

use std::io;
use std::time::Duration;

use anyhow::Context;

use crate::console::say;
use crate::filter;
use crate::limits::{self, Clock};
use crate::source::{self, Received, Source};
use crate::{signals, types};
use output::Output;
use printer::{Printer, Progress};
use tally::Tally;

/// Print what daemons send: one line per value list or notification.
///
/// A line shows the time in seconds since 1970, host, plugin and type with their instances, and the
/// values, each with its kind: 0 is a counter, 1 a gauge, 2 a derive, 3 an absolute.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    #[command(flatten)]
    types: types::Args,
    #[command(flatten)]
    filter: filter::Args,
    #[command(flatten)]
    limits: limits::Args,
}

const AFTER_HELP: &str = "\
Without --listen it joins collectd's groups, 239.192.74.66 and ff18::efc0:4a42. It ends on SIGINT
(Ctrl-C) and SIGTERM, too, and then says on standard error how much came:
  120 value lists, 0 notifications in 4 packets, 4991 bytes; 0 malformed

Examples:
  collectd-live print
  collectd-live print --interface eth0 --timeout 10
  collectd-live print --listen '*' --count 100
  collectd-live print --listen 192.0.2.7 --listen '[2001:db8::7]:25827'
  collectd-live print --listen 239.192.74.66 | grep ' db1/'

Example of a line:
  [1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]";

/// For how long what is already there is taken in after a signal, while more and more comes.
const LAST_LOOK: Duration = Duration::from_secs(1);

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let output = Output::stdout().context("cannot write to standard output")?;
    let mut source = args.source.open()?;
    signals::wake_on_signals(source.waker()).context("cannot handle signals")?;
    let mut printer = Printer::new(output, args.filter.filter(), args.limits.count);
    let written = print(&mut source, &mut printer, Clock::start(args.limits.timeout));
    let written = written.and_then(|()| printer.flush());
    if matches!(&written, Err(error) if error.kind() == io::ErrorKind::BrokenPipe) {
        // Whoever read has seen enough.
        return Ok(());
    }
    say(format_args!("{}", Tally(&source.statistics())));
    written.context("cannot write to standard output")
}

/// Prints until the count is reached, the time is up, or a signal came. Errors are of writing.
fn print(source: &mut Source, printer: &mut Printer, mut clock: Clock) -> io::Result<()> {
    let mut stopping = false;
    loop {
        let left = clock.left();
        if left == Some(Duration::ZERO) {
            return Ok(());
        }
        let wait = if stopping || printer.is_behind() { Some(Duration::ZERO) } else { left };
        match source.receive(wait) {
            Received::End => {
                stopping = true;
                clock.shorten(LAST_LOOK);
            }
            Received::Nothing if stopping => return Ok(()),
            Received::Nothing => printer.flush()?,
            Received::Packets(batch) => {
                if printer.print(&batch)? == Progress::Complete {
                    return Ok(());
                }
            }
        }
    }
}
