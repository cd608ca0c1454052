//! `collectd-live top`: hosts, plugins and series on a screen, as they change.

mod app;
mod catalogue;
mod draw;
mod events;
mod feed;
mod keys;
mod rows;
mod search;
mod stopwatch;
mod terminal;
mod text;
mod theme;
mod traffic;
mod unit;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use collectd_types::Time;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::console::say;
use crate::store::{Limits, Store};
use crate::{filter, source, types};
use app::{App, Command};
use events::Event;
use feed::{Feed, History, Shared};
use stopwatch::Stopwatch;
use terminal::Screen;
use theme::Theme;

/// Watch what daemons send on a screen: hosts, plugins, series, values or rates.
///
/// Needs a terminal. Press ? there for all keys; the mouse works, too. Without
/// colours if NO_COLOR is set.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    #[command(flatten)]
    types: types::Args,
    #[command(flatten)]
    filter: filter::Args,

    /// Keep at most this many series; what is beyond is counted on the screen.
    #[arg(long, help_heading = HOW_MUCH, value_name = "N", default_value_t = 100_000, value_parser = series)]
    max_series: usize,

    /// Keep at most this many of the last values of each series, for graphs.
    #[arg(long, help_heading = HOW_MUCH, value_name = "N", default_value_t = 3600, value_parser = points)]
    #[arg(long_help = HISTORY_HELP)]
    history: usize,

    /// Say at the end how much came, and how long drawing took.
    #[arg(long)]
    report: bool,
}

const HOW_MUCH: &str = "How much to keep";

const HISTORY_HELP: &str = "\
Keep at most this many of the last values of each series, for graphs.

With many series it is fewer, down to 60: all have no more together than 60 for \
each of --max-series. One takes 12 bytes, or up to 18.";

const AFTER_HELP: &str = "\
Series are listed below their hosts and plugins; \"t\" shows all of them in one
list, to be sorted by value, change or silence. What did not come for two of its
intervals is silent. Of counters, rates per second are shown.

Examples:
  collectd-live top
  collectd-live top --host 'db*' --filter 'plugin != cpu'
  collectd-live top --listen '*' --max-series 1000000
  collectd-live top --listen 192.0.2.7 --auth-file /etc/collectd/passwd
  ssh HOST tcpdump -i any -U -w - udp port 25826 | collectd-live top --read -

Example of a line: type and type instance, value, change, age, history:
      memory-used                   581 MiB   +3.0 %    2 s  ▁▁▁▂▂▃▄▅▇█";

/// How often the screen is drawn anew while nobody touches a key.
const REDRAW_EVERY: Duration = Duration::from_millis(500);
/// As many points a series has in any case, if it may.
const LEAST_HISTORY: usize = 60;
/// As many of the last notifications are kept.
const NOTIFICATIONS: usize = 1000;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    Screen::check()?;
    let types = args.types.read()?;
    let limits = Limits { series: args.max_series, points: args.history, notifications: NOTIFICATIONS };
    let shared = Arc::new(Shared::new(Store::new(limits, types)));
    let history =
        History { most: args.history, all: LEAST_HISTORY.saturating_mul(args.max_series), least: LEAST_HISTORY };
    let source = args.source.open()?;
    let mut app = App::new(Arc::clone(&shared), Theme::from_environment(), TimeZone::system());
    let (sender, events) = events::listen().context("cannot handle signals")?;
    let mut screen = Screen::open()?;
    let feed = Feed::start(source, args.filter.filter(), history, &shared, sender)?;
    let mut stopwatch = Stopwatch::default();
    let shown = show(&mut app, &mut screen, &events, &mut stopwatch);
    drop(screen);
    feed.stop()?;
    if args.report {
        let (received, taken) = (shared.statistics().1, shared.store().statistics());
        let (lists, dropped) = (received.reader.value_lists, received.dropped);
        say(format_args!("{stopwatch}; {lists} value lists, {} taken; {dropped} dropped", taken.value_lists));
    }
    shown
}

/// Shows what comes, until it is time to end.
fn show(app: &mut App, screen: &mut Screen, events: &Receiver<Event>, times: &mut Stopwatch) -> anyhow::Result<()> {
    loop {
        let due = Instant::now() + REDRAW_EVERY;
        times
            .time(|| {
                app.refresh();
                screen.draw(|frame| draw::draw(app, frame))
            })
            .context("cannot draw")?;
        if !wait(app, screen, events, due)? {
            return Ok(());
        }
    }
}

/// Waits until it is time to draw anew, or something happened that is to be seen. False if it is time to end.
fn wait(app: &mut App, screen: &mut Screen, events: &Receiver<Event>, due: Instant) -> anyhow::Result<bool> {
    loop {
        let mut event = match events.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => return Ok(true),
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
        };
        let mut is_seen = false;
        // All that is there, before the screen is drawn once.
        while let Some(next) = event {
            let command = react(app, next)?;
            if command == Command::Quit {
                return Ok(false);
            }
            is_seen |= command != Command::Ignore;
            obey(command, screen).context("cannot use the terminal")?;
            event = events.try_recv().ok();
        }
        if is_seen {
            return Ok(true);
        }
    }
}

fn react(app: &mut App, event: Event) -> anyhow::Result<Command> {
    Ok(match event {
        Event::Input(input) => app.input(&input),
        Event::InputLost(error) => bail!("cannot read from the terminal: {error}"),
        Event::End => Command::Quit,
        Event::Suspend => Command::Suspend,
        Event::Continue => Command::Redraw,
        Event::SourceEnded(failure) => {
            (app.is_complete, app.failure) = (true, failure);
            Command::Nothing
        }
    })
}

fn obey(command: Command, screen: &mut Screen) -> std::io::Result<()> {
    match command {
        Command::Suspend => {
            screen.suspend();
            events::stop_process();
            screen.resume()
        }
        Command::Redraw => screen.resume(),
        Command::Nothing | Command::Ignore | Command::Quit => Ok(()),
    }
}

/// The time of day where the user is.
fn local_time(zone: &TimeZone, time: Time) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match Timestamp::from_second(seconds) {
        Ok(time) => time.to_zoned_datetime(zone.clone()).strftime("%H:%M:%S").to_string(),
        Err(_) => "--:--:--".to_owned(),
    }
}

fn series(text: &str) -> Result<usize, String> {
    number(text, 10_000_000)
}

fn points(text: &str) -> Result<usize, String> {
    number(text, 100_000)
}

fn number(text: &str, most: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("it must be a whole number from 1 to {most}"))
}
