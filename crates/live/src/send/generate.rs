//! Made-up traffic, exact about its rate and the same for the same seed.

mod pace;
mod series;
mod stalls;
mod templates;

use std::time::{Duration, Instant};

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

/// So many steps are made up for at once, so that what had to wait does not come in one burst.
const STEPS: u32 = 4;

pub(super) fn run(args: &Args, interval: Option<Interval>, sink: &mut Sink, stop: &Stop) -> anyhow::Result<()> {
    let interval = match args.rate {
        Some(rate) => Interval::try_from_secs_f64(args.series as f64 / rate)?,
        None => interval.unwrap_or(DEFAULT_INTERVAL),
    };
    anyhow::ensure!(!interval.is_unset(), "--rate is more than can be timed with so few series");
    let start = args.start_time.unwrap_or_else(Time::now);
    let pace = Pace { series: args.series, interval, start };
    let traffic = Traffic { hosts: args.hosts, plugins: args.plugins, series: args.series, interval, seed: args.seed };
    let end = args.count.unwrap_or(u64::MAX).min(args.duration.map_or(u64::MAX, |duration| pace.count_until(duration)));
    let (begin, mut stalls, mut sent) = (Instant::now(), Stalls::default(), 0);
    let notify_every = args.notify_every.unwrap_or(u64::MAX);
    while sent < end && !stop.is_set() {
        let woken = Instant::now();
        for _ in 0..STEPS {
            let step_end = pace.step_end(sent).min(end);
            let due = begin + pace.offset(step_end - 1);
            if sent >= end || Instant::now() < due {
                break;
            }
            stalls.note(due.elapsed());
            send_step(&traffic, &pace, sent..step_end, notify_every, sink)?;
            sent = step_end;
        }
        if sent < end {
            let (next, now) = (begin + pace.offset(pace.step_end(sent).min(end) - 1), Instant::now());
            let next = if next > now { next } else { woken + pace::STEP };
            stop.wait(next.saturating_duration_since(now))?;
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    stalls.finish();
    say(format_args!("{sent} value lists in {seconds:.3} s: {:.1}/s", sent as f64 / seconds.max(pace.seconds(sent))));
    Ok(())
}

/// Sends value lists in packets of their own: where packets end depends on the numbers only, not on when it was woken.
fn send_step(
    traffic: &Traffic,
    pace: &Pace,
    step: std::ops::Range<u64>,
    notify_every: u64,
    sink: &mut Sink,
) -> anyhow::Result<()> {
    for number in step {
        let (time, round, series) = (pace.time(number), number / traffic.series, number % traffic.series);
        let values = traffic.values(series, round, time);
        sink.send(&values)?;
        if (number + 1) % notify_every == 0 {
            let notification = traffic.notification(&values, number)?;
            sink.send(&notification)?;
        }
    }
    sink.flush();
    Ok(())
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
