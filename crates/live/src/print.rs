//! `collectd-live print`: one line per value list or notification.

mod output;
mod printer;
mod tally;

use std::io;
use std::time::Duration;

use anyhow::Context;
use collectd_udp::Receiver;

use crate::console::say;
use crate::limits::{self, Clock};
use crate::{listen, signals};
use output::Output;
use printer::{Printer, Progress};

/// Print what daemons send: one line per value list or notification.
///
/// A line shows the time in seconds since 1970, host, plugin and type with their instances, and the
/// values, each with its kind: 0 is a counter, 1 a gauge, 2 a derive, 3 an absolute.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    listen: listen::Args,
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
    let mut receiver = args.listen.open()?;
    signals::wake_on_signals(receiver.waker()).context("cannot handle signals")?;
    let mut printer = Printer::new(output, args.limits.count);
    let written = print(&mut receiver, &mut printer, Clock::start(args.limits.timeout));
    let written = written.and_then(|()| printer.flush());
    if matches!(&written, Err(error) if error.kind() == io::ErrorKind::BrokenPipe) {
        // Whoever read has seen enough.
        return Ok(());
    }
    let tally = printer.tally(receiver.dropped());
    say(format_args!("{tally}"));
    written.context("cannot write to standard output")
}

/// Prints until the count is reached, the time is up, or a signal came. Errors are of writing.
fn print(receiver: &mut Receiver, printer: &mut Printer, mut clock: Clock) -> io::Result<()> {
    let mut stopping = false;
    loop {
        let left = clock.left();
        if left == Some(Duration::ZERO) {
            return Ok(());
        }
        let wait = if stopping || printer.is_behind() { Some(Duration::ZERO) } else { left };
        match receiver.recv_batch(wait) {
            Ok(batch) if batch.is_woken() => {
                stopping = true;
                clock.shorten(LAST_LOOK);
            }
            Ok(batch) if batch.is_empty() && stopping => return Ok(()),
            Ok(batch) if batch.is_empty() => printer.flush()?,
            Ok(batch) => {
                if printer.print(&batch)? == Progress::Complete {
                    return Ok(());
                }
            }
            Err(error) => printer.receive_failed(&error),
        }
    }
}
