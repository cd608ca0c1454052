//! `collectd-live print`: a line per value list or notification, in one of several formats.

mod csv;
mod entry;
mod format;
mod graphite;
mod influx;
mod json;
mod line;
mod lines;
mod output;
mod printer;
pub(crate) mod prometheus;
mod putval;
mod rates;
mod sources;
mod style;
mod tally;
mod text;

use std::io;
use std::time::Duration;

use anyhow::Context;
use clap::ColorChoice;
use clap::error::ErrorKind;

use crate::console::say;
use crate::filter;
use crate::limits::{self, Clock};
use crate::source::{self, Received, Source};
use crate::{signals, types};
use format::Format;
pub(crate) use lines::JsonLines;
use output::Output;
use printer::{Printer, Progress};
use rates::Rates;
use sources::Sources;
use tally::{Tally, Unprinted};

/// Print what daemons send, a line for each value list or notification.
///
/// By default a line shows the time in seconds since 1970, host, plugin and type with their instances, and the
/// values, each with its kind: 0 is a counter, 1 a gauge, 2 a derive, 3 an absolute.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP, after_long_help = format!("{FORMATS}\n\n{AFTER_HELP}"))]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    #[command(flatten)]
    types: types::Args,
    #[command(flatten)]
    filter: filter::Args,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    limits: limits::Args,
}

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "How it looks")]
struct Look {
    /// What lines look like; more about each below.
    #[arg(long, short, value_name = "FORMAT", default_value = "line")]
    format: Format,

    /// With --format json: times as integers of 2^-30 s, as collectd counts, and the bits of values.
    #[arg(long)]
    exact: bool,

    /// Show what counters, derives and absolutes change by in a second, as collectd reckons it.
    ///
    /// Rates stand in place of the values; in JSON beside them. The first of a series has none: it is NaN, U, null or
    /// left out.
    #[arg(long)]
    rate: bool,

    /// With --rate: remember so many series; beyond these, rates are not known.
    #[arg(long, value_name = "N", requires = "rate", default_value = "100000")]
    max_series: usize,

    /// Colours of lines: auto is on a terminal, unless NO_COLOR is set.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

const AFTER_HELP: &str = "\
Without --listen it joins collectd's groups, 239.192.74.66 and ff18::efc0:4a42.
It ends on SIGINT (Ctrl-C) and SIGTERM, too, and then says on standard error how
much came:
  120 value lists, 0 notifications in 4 packets, 4991 bytes; 0 malformed

Examples:
  collectd-live print
  collectd-live print --interface eth0 --timeout 10
  collectd-live print --listen '*' --count 100
  collectd-live print --listen 192.0.2.7 --listen '[2001:db8::7]:25827'
  collectd-live print --plugin cpu --type-instance idle --rate
  collectd-live print --filter 'host ~ \"foobar\" && plugin == \"swap\" && value > 1e6'
  collectd-live print --filter 'kind == notification && severity != okay'
  collectd-live print --format json | jq .host
  collectd-live print --format putval | socat - UNIX-CONNECT:/run/collectd-unixsock

Exit status: 0 if all went well, also if whoever reads the output has seen enough;
1 if something failed; 2 if the arguments are wrong.";

const FORMATS: &str = "\
Formats. Numbers have all their digits. Of text from outside, control characters
and what is not UTF-8 are written as \\xNN (in JSON \\u00NN and U+FFFD). Data
sources have the names of types.db; if it does not know them, \"value\" or their
number.
  line        [1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]
  json        An object: kind (values or notification), host, plugin,
              plugin_instance, type, type_instance, time, interval, values (each
              with name, type, value), signed, encrypted, username; of a
              notification also severity (1 failure, 2 warning, 4 okay) and
              message. Times are seconds. NaN and infinities are strings.
  csv         A row for each value, below a row that names the columns.
  putval      PUTVAL and PUTNOTIF, for collectd's unixsock and exec plugins. With
              --rate, only gauges can be read back.
  influx      Measurements and tags as InfluxDB's input for collectd names them:
              PLUGIN_SOURCE; host, instance, type, type_instance. What is not
              finite is left out. Notifications are in \"notification\".
  graphite    Names as collectd's write_graphite gives by default; values are
              rates only with --rate. What is not known is left out.
              Notifications cannot be said.
  prometheus  Names as collectd's write_prometheus gives:
              collectd_PLUGIN_TYPE_SOURCE_total. Each sample has its time.
              Notifications cannot be said.";

/// For how long what is already there is taken in after a signal, while more and more comes.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Traffic that pauses for so long lets a file be brought up to date.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let Look { format, exact, rate, max_series, color } = args.look;
    if exact && format != Format::Json {
        let message = "the argument '--exact' needs '--format json'\n";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message).into());
    }
    let types = args.types.read()?;
    let output = Output::stdout().context("cannot write to standard output")?;
    let signals = signals::catch().context("cannot handle signals")?;
    let mut source = args.source.open()?;
    signals.wake(source.waker()).context("cannot handle signals")?;
    let mut printer = Printer {
        output,
        exporter: format.exporter(exact, style::wanted(color)),
        filter: args.filter.filter(),
        sources: Sources::new(&types),
        rates: rate.then(|| Rates::new(max_series)),
        wanted: args.limits.count.unwrap_or(u64::MAX),
        unsaid: 0,
    };
    let written = print(&mut source, &mut printer, Clock::start(args.limits.timeout));
    let written = written.and_then(|()| printer.flush());
    if matches!(&written, Err(error) if error.kind() == io::ErrorKind::BrokenPipe) {
        // Whoever read has seen enough.
        return Ok(());
    }
    say(format_args!("{}{}", Tally(&source.statistics()), Unprinted(&printer)));
    written.context("cannot write to standard output")?;
    source.finish()
}

/// Prints until the count is reached, the time is up, or a signal came. Errors are of writing.
fn print(source: &mut Source, printer: &mut Printer, mut clock: Clock) -> io::Result<()> {
    let mut stopping = false;
    printer.begin()?;
    loop {
        let left = clock.left();
        if left == Some(Duration::ZERO) {
            return Ok(());
        }
        let wait = match left {
            _ if stopping => Some(Duration::ZERO),
            left if printer.is_behind() => Some(left.map_or(PAUSE, |left| left.min(PAUSE))),
            left => left,
        };
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
