//! `collectd-live replay`: what was captured, to receivers.

mod sending;
mod target;

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::builder::NonEmptyStringValueParser;
use collectd_net::{Endpoint, Interface, Sleeper, Waited};
use collectd_udp::SendOptions;
use ipnet::IpNet;

use crate::capture::{Capture, Datagrams, Next, Pace, Ports, Speed};
use crate::console::{say, warn};
use crate::limits::{self, Clock};
use crate::progress::Progress;
use crate::signals;
use sending::Sending;
use target::Target;

/// Send again what was recorded, or captured otherwise.
///
/// The datagrams go out as they were, in their order and at their pace. Only their sender is another one: this
/// machine.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The capture, pcapng or pcap; - is standard input.
    file: PathBuf,

    /// Where to send to; may be repeated. Without a port it is 25826.
    #[arg(long, value_name = "ADDR[:PORT]", required = true)]
    to: Vec<Endpoint>,

    /// How fast: "max", or so many times as fast as it was captured.
    #[arg(long, value_name = "TIMES", default_value = "1")]
    speed: Speed,

    /// Send all of it so many times, one after the other.
    #[arg(long = "loop", value_name = "N", value_parser = limits::count, default_value = "1")]
    times: u64,

    /// Send only what came from this address, or this network (192.0.2.0/24); may be repeated.
    #[arg(long, value_name = "ADDR", value_parser = network)]
    from: Vec<IpNet>,

    /// The ports that datagrams went to; may be repeated [default: 25826, or any if "record" wrote it].
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Vec<u16>,

    /// The interface through which datagrams leave.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    interface: Option<String>,

    /// How many hops datagrams may take; to groups only one if not given.
    #[arg(long, value_name = "HOPS", value_parser = clap::value_parser!(u8).range(1..))]
    ttl: Option<u8>,

    /// End after exactly this many packets.
    #[arg(long, value_name = "N", value_parser = limits::count, allow_negative_numbers = true)]
    count: Option<u64>,

    /// End after this time in all; fractions are allowed.
    #[arg(long, value_name = "SECONDS", value_parser = limits::timeout, allow_negative_numbers = true)]
    timeout: Option<Duration>,
}

const AFTER_HELP: &str = "\
In the end it says on standard error what was sent. At full speed a receiver may be too slow, which
nobody tells the sender: compare with what it says it received. The exit status is 1 if something
could not be sent.

Examples:
  collectd-live replay traffic.pcapng --to 192.0.2.7
  collectd-live replay traffic.pcapng --to '[::1]:25827' --to localhost --speed 10
  collectd-live replay tcpdump.pcap --to 239.192.74.66 --interface eth0 --speed max --loop 100";

/// After so many frames it is looked whether it is time to end.
const PATIENCE: u64 = 4096;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.times > 1 && args.file.as_os_str() == "-" {
        return Err(limits::conflict("standard input can be read only once: give a file for --loop"));
    }
    let sleeper = Sleeper::new().context("cannot wait")?;
    signals::catch().and_then(|caught| caught.wake(sleeper.waker())).context("cannot handle signals")?;
    let mut sending = Sending::new(targets(args)?, args.count);
    let start = Instant::now();
    let replayed = replay(args, &sleeper, &mut sending);
    sending.finish();
    sending.take_warnings().iter().for_each(warn);
    let took = start.elapsed();
    for target in sending.targets() {
        say(format_args!("{target} in {:.1} s", took.as_secs_f64()));
    }
    replayed?;
    match sending.unsent() {
        0 => Ok(()),
        unsent => bail!("{unsent} packets could not be sent"),
    }
}

fn targets(args: &Args) -> anyhow::Result<Vec<Target>> {
    let interface = args.interface.as_deref().map(Interface::named).transpose()?;
    let options = SendOptions { ttl: args.ttl, interface, ..SendOptions::default() };
    args.to.iter().map(|endpoint| Target::open(endpoint, &options)).collect()
}

/// An address alone is a network of one.
fn network(text: &str) -> Result<IpNet, &'static str> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "it must be an address, or ADDRESS/LENGTH")
}

fn replay(args: &Args, sleeper: &Sleeper, sending: &mut Sending) -> anyhow::Result<()> {
    let clock = Clock::start(args.timeout);
    let mut datagrams = Datagrams::new(Ports::new(&args.port));
    for _ in 0..args.times {
        let mut capture = Capture::open(&args.file)?;
        let progress = capture.length().map_or_else(Progress::unbounded, Progress::of);
        let round = Round { args, sleeper, clock: &clock, progress: &progress };
        // What was read before an error is sent, too.
        let played = round.play(&mut capture, &mut datagrams, sending);
        sending.flush();
        progress.warn(&sending.take_warnings());
        progress.clear();
        match played? {
            Played::Whole => {}
            Played::Stopped => break,
        }
    }
    for (count, what) in datagrams.statistics().counts() {
        warn(format_args!("{}: {count} {what}", args.file.display()));
    }
    Ok(())
}

/// Once through the capture.
struct Round<'a> {
    args: &'a Args,
    sleeper: &'a Sleeper,
    clock: &'a Clock,
    progress: &'a Progress,
}

enum Played {
    Whole,
    /// By a signal, or a limit.
    Stopped,
}

impl Round<'_> {
    fn play(&self, capture: &mut Capture, datagrams: &mut Datagrams, sending: &mut Sending) -> anyhow::Result<Played> {
        let mut pace = Pace::new(self.args.speed);
        for passed in 1_u64.. {
            if sending.is_complete() || (passed % PATIENCE == 0 && self.pause(Duration::ZERO)?.is_break()) {
                break;
            }
            let position = capture.position();
            let wait = if sending.is_behind() { Some(Duration::ZERO) } else { self.clock.left() };
            let frame = match capture.next(self.sleeper, wait)? {
                Next::Frame(frame) => frame,
                Next::NotYet if sending.is_behind() => {
                    sending.flush();
                    continue;
                }
                Next::End => return Ok(Played::Whole),
                Next::NotYet | Next::Woken => return Ok(Played::Stopped),
            };
            let Some(datagram) = datagrams.find(&frame) else { continue };
            if !self.args.from.is_empty() && !self.args.from.iter().any(|net| net.contains(&datagram.from.ip())) {
                continue;
            }
            let left = pace.left(datagram.time);
            if left > Duration::ZERO || sending.is_full() {
                sending.flush();
                self.progress.warn(&sending.take_warnings());
                if self.pause(left)?.is_break() {
                    break;
                }
            }
            datagram.packets().for_each(|data| sending.push(data));
            self.progress.say_at(position, || sending.to_string());
        }
        Ok(Played::Stopped)
    }

    /// Waits this long, unless it is time to end.
    fn pause(&self, time: Duration) -> anyhow::Result<ControlFlow<()>> {
        let left = self.clock.left();
        let nap = left.map_or(time, |left| left.min(time));
        let woken = self.sleeper.wait(None, Some(nap)).context("cannot wait")? == Waited::Woken;
        let late = left.is_some_and(|left| left <= nap);
        Ok(if woken || late { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
