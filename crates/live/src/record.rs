//! `collectd-live record`: what is received, to a file.

mod file;
mod names;
mod recorder;
mod size;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use collectd_net::Reader;

use crate::console::say;
use crate::limits::{self, Clock};
use crate::progress::Progress;
use crate::signals;
use crate::source::Received;
use crate::source::listen::{self, Live};
use names::Names;
use recorder::Recorder;
use size::Size;

/// Record what daemons send, as it comes, to a file that Wireshark reads.
///
/// The file is pcapng: each datagram with its time, its sender and where it was sent to. Nothing is decoded, so
/// nothing is lost of what is encrypted or cannot be read.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The file to write; - is standard output.
    file: PathBuf,

    #[command(flatten)]
    listen: listen::Args,

    /// End after exactly this many packets.
    #[arg(long, value_name = "N", value_parser = limits::count, allow_negative_numbers = true)]
    count: Option<u64>,

    /// End after this time in all, whether or not anything came; fractions are allowed.
    #[arg(long, value_name = "SECONDS", value_parser = limits::timeout, allow_negative_numbers = true)]
    timeout: Option<Duration>,

    /// Overwrite the file if there is one.
    #[arg(long)]
    force: bool,

    /// Begin another file whenever one has this size: bytes, or with k, M or G.
    #[arg(long, value_name = "SIZE", help_heading = "Many files")]
    rotate_size: Option<Size>,

    /// Begin another file after this time.
    #[arg(long, value_name = "SECONDS", value_parser = limits::timeout, help_heading = "Many files")]
    rotate_every: Option<Duration>,

    /// Keep so many files of this recording, and delete the oldest ones.
    #[arg(long, value_name = "N", value_parser = limits::count, help_heading = "Many files")]
    keep: Option<u64>,
}

const AFTER_HELP: &str = "\
Several files are numbered: of traffic.pcapng the first is traffic.0001.pcapng. It ends on SIGINT
(Ctrl-C) and SIGTERM, too, and leaves no packet half written.

Examples:
  collectd-live record traffic.pcapng --timeout 60
  collectd-live record ring.pcapng --rotate-size 100M --keep 10
  collectd-live record - --listen '*' | tshark -r - -d udp.port==25826,collectd
  collectd-live print --read traffic.pcapng";

/// For how long what is already there is taken in after a signal, while more and more comes.
const LAST_LOOK: Duration = Duration::from_secs(1);

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let names = names(args)?;
    let signals = signals::catch().context("cannot handle signals")?;
    // First, so that nothing is left behind where nothing can be listened on.
    let mut live = args.listen.open(Reader::builder().timestamps(true))?;
    let mut recorder = Recorder::create(names, args.rotate_size, args.rotate_every, args.count)?;
    signals.wake(live.waker()).context("cannot handle signals")?;
    let progress = Progress::unbounded();
    let recorded = record(&mut live, &mut recorder, &progress, Clock::start(args.timeout));
    let recorded = recorded.and_then(|()| recorder.flush());
    progress.clear();
    if let Err(error) = &recorded
        && error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
    {
        // Whoever read has seen enough.
        return Ok(());
    }
    let (statistics, dropped) = (recorder.statistics(), live.statistics().dropped);
    let dropped = if dropped > 0 { format!("; {dropped} dropped by the kernel") } else { String::new() };
    say(format_args!("recorded {statistics}{dropped}"));
    recorded
}

fn names(args: &Args) -> anyhow::Result<Names> {
    let rotates = args.rotate_size.is_some() || args.rotate_every.is_some();
    if args.file.as_os_str() == "-" {
        if rotates {
            return Err(limits::conflict("standard output cannot be many files: give a name instead of -"));
        }
        if io::stdout().is_terminal() {
            bail!("standard output is a terminal, which cannot show this: give a name, or pipe it to a program");
        }
    }
    if args.keep.is_some() && !rotates {
        let message = "--keep is for many files: say with --rotate-size or --rotate-every when another one begins";
        return Err(limits::conflict(message));
    }
    let names = Names::new(args.file.clone(), args.force);
    Ok(if rotates { names.numbered(args.keep) } else { names })
}

/// Records until the count is reached, the time is up, or a signal came.
fn record(live: &mut Live, recorder: &mut Recorder, progress: &Progress, mut clock: Clock) -> anyhow::Result<()> {
    let mut stopping = false;
    while !recorder.is_complete() {
        let left = clock.left();
        if left == Some(Duration::ZERO) {
            break;
        }
        let wait = if stopping || recorder.is_behind() { Some(Duration::ZERO) } else { left };
        match live.receive(wait) {
            Received::End => {
                stopping = true;
                clock.shorten(LAST_LOOK);
            }
            Received::Nothing if stopping => break,
            Received::Nothing => recorder.flush()?,
            Received::Packets(batch) => recorder.record(&batch)?,
        }
        progress.say(|| recorder.statistics().to_string());
    }
    Ok(())
}
