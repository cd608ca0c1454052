//! Made-up traffic, exact about its rate and the same for the same seed.

mod pace;
mod series;
mod stalls;
mod templates;

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::builder::RangedU64ValueParser;
use collectd_net::{Interval, Time};

use super::sink::Sink;
use crate::console::say;
use crate::signals::Stop;
use pace::Pace;
use series::Traffic;
use stalls::Stalls;

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Made-up traffic")]
pub(crate) struct Args {
    /// Make the values up: like collectd-tg, with an exact rate, and again the same with the same seed.
    #[arg(long)]
    pub(super) generate: bool,

    /// So many hosts.
    #[arg(long, value_name = "N", requires = "generate", default_value_t = 1000, value_parser = count())]
    hosts: u64,

    /// So many plugins on each host, as far as it has so many series.
    #[arg(long, value_name = "N", requires = "generate", default_value_t = 20, value_parser = count())]
    plugins: u64,

    /// So many series, in each interval a value list of each, spread evenly.
    #[arg(long, value_name = "N", requires = "generate", default_value_t = 10_000, value_parser = count())]
    series: u64,

    /// So many value lists in a second; the interval is then what follows from that.
    #[arg(long, value_name = "LISTS/S", requires = "generate", conflicts_with = "interval", value_parser = rate, allow_negative_numbers = true)]
    rate: Option<f64>,

    /// End after so many seconds.
    #[arg(long, value_name = "SECONDS", requires = "generate", value_parser = crate::limits::timeout)]
    duration: Option<Duration>,

    /// End after so many value lists.
    #[arg(long, value_name = "N", requires = "generate", value_parser = crate::limits::count)]
    count: Option<u64>,

    /// Also a notification after every so many value lists.
    #[arg(long, value_name = "N", requires = "generate", value_parser = count())]
    notify_every: Option<u64>,

    /// Another number, other values.
    #[arg(long, value_name = "N", requires = "generate", default_value_t = 0)]
    seed: u64,

    /// Give the first value list this time, in seconds since 1970, instead of the current one.
    #[arg(long, value_name = "SECONDS", requires = "generate", value_parser = start_time, allow_negative_numbers = true)]
    start_time: Option<Time>,
}

const DEFAULT_INTERVAL: Interval = Interval::from_secs(10);

/// How often somebody who looks at a terminal is told how far it is.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// So many steps are made up for at once, so that what had to wait does not come in one burst.
const STEPS: u32 = 4;

/// Sends until it is complete or a signal comes. Unless it is to be quiet it says at what rate.
pub(super) fn run(
    args: &Args,
    interval: Option<Interval>,
    quiet: bool,
    sink: &mut Sink,
    stop: &Stop,
) -> anyhow::Result<()> {
    let interval = match args.rate {
        Some(rate) => Interval::try_from_secs_f64(args.series as f64 / rate).context("--rate is too low")?,
        None => interval.unwrap_or(DEFAULT_INTERVAL),
    };
    anyhow::ensure!(!interval.is_unset(), "--rate is more than can be timed with so few series");
    let start = args.start_time.unwrap_or_else(Time::now);
    let pace = match args.rate {
        Some(rate) => Pace::with_rate(rate, start),
        None => Pace::with_interval(args.series, interval, start),
    };
    let traffic = Traffic { hosts: args.hosts, plugins: args.plugins, series: args.series, interval, seed: args.seed };
    let end = args.count.unwrap_or(u64::MAX).min(args.duration.map_or(u64::MAX, |duration| pace.count_until(duration)));
    let notify_every = args.notify_every.unwrap_or(u64::MAX);
    let begin = Instant::now();
    let mut run = Run { traffic, pace, notify_every, begin, end, sent: 0, stalls: Stalls::default(), sink };
    let mut progress = (!quiet && io::stderr().is_terminal()).then(|| begin + SAY_EVERY);
    while run.sent < end && !stop.is_set() {
        let woken = Instant::now();
        run.send_what_is_due()?;
        if run.sent < end {
            let (next, now) = (run.due(), Instant::now());
            let next = if next > now { next } else { woken + pace::STEP };
            stop.wait(next.saturating_duration_since(now))?;
        }
        if let Some(when) = progress.as_mut().filter(|when| **when <= woken) {
            *when = woken + SAY_EVERY;
            run.say_rate();
        }
    }
    if !quiet {
        run.say_rate();
    }
    run.stalls.finish();
    Ok(())
}

struct Run<'a> {
    traffic: Traffic,
    pace: Pace,
    notify_every: u64,
    begin: Instant,
    end: u64,
    sent: u64,
    stalls: Stalls,
    sink: &'a mut Sink,
}

impl Run<'_> {
    /// Where the next step ends.
    fn step_end(&self) -> u64 {
        self.pace.step_end(self.sent).min(self.end)
    }

    /// When the next step is sent: with its last value list.
    fn due(&self) -> Instant {
        self.begin + self.pace.offset(self.step_end().saturating_sub(1))
    }

    fn send_what_is_due(&mut self) -> anyhow::Result<()> {
        for _ in 0..STEPS {
            let due = self.due();
            if self.sent >= self.end || Instant::now() < due {
                break;
            }
            self.stalls.note(due.elapsed());
            self.send_step()?;
        }
        Ok(())
    }

    /// Sends value lists in packets of their own: where packets end depends on the numbers only, not on when it was woken.
    fn send_step(&mut self) -> anyhow::Result<()> {
        let end = self.step_end();
        for number in self.sent..end {
            let (round, series) = (number / self.traffic.series, number % self.traffic.series);
            let values = self.traffic.values(series, round, self.pace.time(number));
            self.sink.send(&values)?;
            if (number + 1) % self.notify_every == 0 {
                let notification = self.traffic.notification(&values, number)?;
                self.sink.send(&notification)?;
            }
        }
        self.sink.flush();
        self.sent = end;
        Ok(())
    }

    fn say_rate(&self) {
        let seconds = self.begin.elapsed().as_secs_f64();
        // The last one stands for the time until the next, although nobody waits for that.
        let rate = self.sent as f64 / seconds.max(self.pace.seconds(self.sent));
        say(format_args!("{} value lists in {seconds:.3} s: {rate:.1}/s", self.sent));
    }
}

fn count() -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=u64::from(u32::MAX))
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 1e-3);
    rate.ok_or_else(|| "it must be a number of value lists in a second, at least 0.001".to_owned())
}

fn start_time(text: &str) -> Result<Time, String> {
    let seconds: f64 = text.parse().map_err(|_| "it must be a number of seconds")?;
    match Time::try_from_secs_f64(seconds) {
        Ok(Time::UNSET) => Err("it must be after 1970 began".to_owned()),
        time => time.map_err(|error| error.to_string()),
    }
}
