//! `collectd-live serve`: graphs on a web page, and the same for programs.

mod address;
mod api;
mod catalogue;
mod history;
mod id;
mod live;
mod metrics;
mod page;
mod query;
mod receiving;
mod reply;
mod router;
mod server;
mod shared;
mod statistics;
mod stream;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::console::{say, warn};
use crate::filter;
use crate::limits::{self, Clock};
use crate::source;
use crate::store::{Limits, Store};
use crate::{signals, types};
use address::{HttpAddress, Names};
use history::History;
use receiving::Receiving;
use server::Server;
use shared::Shared;

/// Serve graphs of what daemons send, live, as a web page; and as JSON and for Prometheus.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Serve here instead of 127.0.0.1:8080; a number alone is a port of 127.0.0.1. May be repeated.
    #[arg(long, value_name = "ADDR:PORT", help_heading = "Where to", long_help = HTTP_HELP)]
    http: Vec<HttpAddress>,

    /// Also answer who asks for this name of the machine; may be repeated.
    #[arg(long, value_name = "NAME", help_heading = "Where to", long_help = HTTP_HOST_HELP)]
    http_host: Vec<String>,

    /// Remember so many values of each series, or so long at an interval of 10 s: 500, 30m, 6h, 1d.
    #[arg(long, value_name = "POINTS|TIME", default_value = "1h", help_heading = "How much", long_help = HISTORY_HELP)]
    history: History,

    /// Remember so many series, of which each value of a value list counts as one.
    #[arg(long, value_name = "N", default_value = "100000", help_heading = "How much", long_help = MAX_SERIES_HELP)]
    max_series: NonZeroUsize,

    #[command(flatten)]
    filter: filter::Args,
    /// End after this time; fractions are allowed.
    #[arg(long, value_name = "SECONDS", value_parser = limits::timeout, allow_negative_numbers = true)]
    timeout: Option<Duration>,

    #[command(flatten)]
    source: source::Args,
    #[command(flatten)]
    types: types::Args,
}

const HTTP_HELP: &str = "\
Serve here instead of 127.0.0.1:8080; a number alone is a port of 127.0.0.1. May be repeated.

Whoever reaches the address sees everything: there is no password and no encryption. For others, 0.0.0.0:8080 and \
[::]:8080 are all addresses of this machine; better is a web server before it that asks for passwords.";

const HTTP_HOST_HELP: &str = "\
Also answer who asks for this name of the machine; may be repeated.

Names that were not given are refused, but localhost and addresses: otherwise a page of somebody else's could, by a \
name that it lets point here, have a browser read what only that browser may see.";

const HISTORY_HELP: &str = "\
Remember so many values of each series, or so long at an interval of 10 s: 500, 30m, 6h, 1d. What comes more often is \
remembered for a shorter time. A value takes 8 bytes, its time 4.";

const MAX_SERIES_HELP: &str = "\
Remember so many series, of which each value of a value list counts as one.

When there are as many, a new one takes the place of one that is silent; if none is, it is not remembered, but \
counted on the page.";

const AFTER_HELP: &str = "\
The page is at / and needs nothing from anywhere else. What is shown is in its address, for
bookmarks and to be sent to others. For programs:
  /metrics                      all series for Prometheus, named as write_prometheus names them
  /api/hosts?after=HOST         the hosts
  /api/series?host=HOST&q=TEXT  series and their last values: of a host, or with all words in
                                their names
  /api/history?id=ID&since=S    what was shown of series; S is in seconds since 1970
  /api/live?id=ID&since=S       the same as it changes: server-sent events, one a second
  /api/stream?filter=EXPR       everything as it comes, a JSON object a line, as of \"print\"
  /api/notifications?after=N    the last notifications
  /api/statistics               how much came, and what became of it
An ID is HOST/PLUGIN/PLUGIN_INSTANCE/TYPE/TYPE_INSTANCE, where all but letters, digits and -._~
is written as %XX. It may be repeated, 64 times. It is all in memory, and gone at the end; how
much that is at most, it says when it starts.

With --read, the time that counts as now is that of the last packet, and what was in the file is
served until a signal comes.

Examples:
  collectd-live serve
  collectd-live serve --listen '*' --http 9000 --history 6h
  collectd-live serve --read night.pcapng --history 1d
  collectd-live serve --http 0.0.0.0:8080 --http-host graphs.example.org
  curl -s 'http://127.0.0.1:8080/api/history?id=web1/cpu/0/cpu/idle'
  curl -sN http://127.0.0.1:8080/api/stream | jq .host

Exit status: 0 if all went well, 1 if something failed, 2 if the arguments are wrong.";

/// Notifications that are remembered.
const NOTIFICATIONS: usize = 1000;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let limits = Limits { series: args.max_series.get(), points: args.history.0, notifications: NOTIFICATIONS };
    let types = args.types.read()?;
    let writer = stream::Writer::new(&types);
    let store = Store::new(limits, types);
    let came = signals::flag().context("cannot handle signals")?;
    let caught = signals::catch().context("cannot handle signals")?;
    let server = args.server()?;
    let addrs = server.addrs()?;
    let mut source = args.source.open()?;
    caught.wake(source.waker()).context("cannot handle signals")?;
    let is_live = source.statistics().capture.is_none();
    let shared = Arc::new(Shared::new(store, is_live));
    server.start(shared.clone()).context("cannot start the thread that serves")?;
    announce(&addrs, limits);
    let clock = Clock::start(args.timeout);
    Receiving::new(shared.clone(), writer, args.filter.filter(), came).run(&mut source, &clock);
    let statistics = source.statistics();
    let (lists, beyond) = (statistics.reader.value_lists, shared.store().beyond());
    say(format_args!(
        "{lists} value lists; {} dropped by the kernel; {beyond} beyond --max-series",
        statistics.dropped
    ));
    Ok(())
}

impl Args {
    fn server(&self) -> anyhow::Result<Server> {
        let usual = [HttpAddress::default()];
        let addresses = if self.http.is_empty() { &usual[..] } else { &self.http[..] };
        let names = addresses.iter().filter_map(HttpAddress::name);
        Server::bind(addresses, Names::new(names.chain(self.http_host.iter().map(String::as_str))))
    }
}

/// The most memory that all takes that is remembered.
fn most_bytes(limits: Limits) -> usize {
    limits.bytes() + limits.series * catalogue::BYTES
}

fn announce(addrs: &[SocketAddr], limits: Limits) {
    for addr in addrs {
        say(format_args!("serving http://{addr}/"));
    }
    if let Some(addr) = addrs.iter().find(|addr| !addr.ip().is_loopback()) {
        warn(format_args!("everybody who can reach {} sees what is served", addr.ip()));
    }
    let Limits { series, points, .. } = limits;
    let megabytes = most_bytes(limits) >> 20;
    say(format_args!("remembers {points} values each of at most {series} series, in at most {megabytes} MB"));
}
