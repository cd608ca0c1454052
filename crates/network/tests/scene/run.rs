//! Plays a scene: a daemon at one end of a cable, its correspondents at both.

use std::collections::BTreeMap;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use collectd_net::{Interval, Notification, Reader, Server, Time, Value, Values, Waker, Writer};
use collectd_test_daemon::{Builder, Daemon, cargo_build};
use collectd_test_interop::{Namespace, Pair};
use tempfile::TempDir;

use super::outcome::{Arrived, Outcome};
use super::{Feed, Host, Scene, Sink};
use crate::common::preload::Hosts;
use crate::common::record::{Record, add_recorder, records};
use crate::common::side::Side;
use crate::common::{MACHINES_OWN, PATIENCE, soon};

/// What the names in the configurations stand for.
const HOSTS: &str = "\
collectd.internal.tld 10.77.0.2
collectd.external.tld fd77::2
stats-host 10.77.0.1
";

const USERS: &str = "user: secret\nmyhostname: ohl0eQue\nbranch: br4nch\nleaf: l3af\n";

/// How many value lists the host itself has.
const LOCAL: u64 = 40;

/// 2025-06-06.
const START: u64 = 1_749_238_000;

/// How long nothing may have changed.
const STILL: Duration = Duration::from_millis(1200);

impl Scene {
    /// Runs a daemon with this plugin. Where it is known what came of it elsewhere, waits for as much. All pauses are so
    /// many times as long as usual.
    pub(crate) fn play(&self, plugin: Side, slowly: u32, wanted: Option<&Outcome>) -> Outcome {
        let pair = Pair::new();
        let files = tempfile::tempdir().expect("a temporary directory");
        let sinks: Vec<_> = self.sinks.iter().map(|sink| Reading::start(&pair, sink, files.path())).collect();
        let hosts = Hosts::new(HOSTS);
        let builder = hosts.preload(self.builder(plugin, &files));
        let daemon = pair.near.run(|| builder.start());
        let mut play = Play { scene: self, pair, daemon, sinks, nudges: 0, slowly };
        play.local();
        for (index, feed) in (0..).zip(&self.feeds) {
            play.feed(index, feed);
        }
        play.wait_until_still(wanted);
        play.finish(plugin)
    }

    fn builder(&self, plugin: Side, files: &TempDir) -> Builder {
        let path = |name: &str| files.path().join(name).display().to_string();
        let write = |name: &str, text: &str| fs::write(path(name), text).expect("a temporary directory is writable");
        write("passwd", USERS);
        write("collectd-network-auth", USERS);
        let text = self.text.replace("/etc/collectd/", &(path("") + "/"));
        let text = match plugin {
            Side::C => text,
            Side::Ours => {
                let so = cargo_build::cdylib("rust_network");
                fs::create_dir(path("plugins")).expect("a temporary directory is writable");
                fs::copy(so, path("plugins/rust_network.so")).expect("a temporary directory is writable");
                let load = format!("PluginDir \"{}\"\n", path("plugins"));
                // Behind it the daemon's own plugins are to be found again.
                let other = format!("\nPluginDir \"{}\"", collectd_test_daemon::stock_plugin_dir().display());
                load_ours(&text, &load, &other)
            }
        };
        let builder = Daemon::builder().write_threads(1);
        add_recorder(builder.load("unixsock").conf(&text))
    }
}

/// The change that an administrator makes.
fn load_ours(text: &str, before: &str, behind: &str) -> String {
    let mut lines = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        let bare: String = line.chars().filter(|c| *c != '"').collect();
        match bare.trim() {
            "LoadPlugin network" => lines.push(format!("{before}LoadPlugin rust_network{behind}")),
            "<LoadPlugin network>" => {
                lines.push(format!("{before}<LoadPlugin rust_network>"));
                in_block = true;
            }
            "</LoadPlugin>" if in_block => lines.push(format!("{line}{behind}")),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

struct Play<'s> {
    scene: &'s Scene,
    pair: Pair,
    daemon: Daemon,
    sinks: Vec<Reading>,
    nudges: usize,
    slowly: u32,
}

impl Play<'_> {
    /// What the host itself has to tell.
    fn local(&mut self) {
        for number in 0..LOCAL {
            let (name, value) = match number % 4 {
                0 => ("gauge", "-1.5"),
                1 => ("derive", "-7"),
                2 => ("counter", "18446744073709551615"),
                _ => ("if_octets", "1:2"),
            };
            let time = START + number / 4;
            self.daemon.putval(&format!("local/own/{name}-{}", number / 4), "interval=10", &format!("{time}:{value}"));
        }
        let note = format!("PUTNOTIF severity=warning time={START} host=local plugin=own message=\"all is well\"");
        self.daemon.command(&note).expect("a notification is taken");
        soon("what the host has itself", || (records(&self.daemon).len() as u64 > LOCAL).then_some(()));
        self.flush();
    }

    /// What somebody else tells: metrics of his own, and, as others do that forward, some of this host's.
    fn feed(&self, index: u32, feed: &Feed) {
        let base = |type_: &str| Values::new(type_).host(format!("feed{index}")).plugin("foreign").time(time(0));
        let list = |type_: &str| base(type_).interval(Interval::from_secs(20));
        let mut lists = vec![
            list("gauge").gauge(0.25),
            list("derive").derive(i64::MIN),
            list("counter").counter(u64::MAX),
            list("absolute").absolute(1),
            list("if_octets").derives([1, -1]),
            // As collectd 4 has it.
            list("if_octets").type_instance("old").values([1, u64::MAX].map(Value::Counter)),
            list("load").gauges([f64::NAN, f64::INFINITY, -0.0]),
            // Without an interval; of a type that nobody knows; with too few values.
            base("gauge").type_instance("no interval").gauge(1.0),
            list("no_such_type").gauge(1.0),
            list("load").type_instance("short").gauge(1.0),
        ];
        for number in 0..60_u32 {
            lists.push(list("gauge").type_instance(number.to_string()).time(time(number / 8)).gauge(number.into()));
        }
        // The host's own, as old as it has sent it, older and younger.
        for (seconds, value) in [(0, -1.5), (0, 7.0), (100, 8.0)] {
            let own = Values::new("gauge").host("local").plugin("own").type_instance("0");
            // No two feeds have exactly the same.
            let value = value + f64::from(index);
            lists.push(own.interval(Interval::from_secs(10)).time(time(seconds)).gauge(value));
        }
        let note = Notification::failure(format!("feed {index} is in trouble")).host("other").plugin("foreign");
        let note = note.time(time(index)).build().expect("a notification");
        self.network(feed.host).run(|| {
            let mut server = Server::new(feed.to);
            if !feed.user.is_empty() {
                server = server.security(feed.level, &feed.user, &feed.password);
            }
            let mut writer = Writer::builder().server(server).max_packet_size(1024).build().expect("a writer");
            for list in &lists {
                writer.send(list).expect("it can be sent");
            }
            writer.flush().expect("it can be sent");
            writer.send(&note).expect("it can be sent");
        });
        // Each sender has its turn: the order decides what is the echo of what.
        sleep(self.slowly * Duration::from_millis(100));
    }

    fn network(&self, host: Host) -> &Namespace {
        match host {
            Host::Near => &self.pair.near,
            Host::Far => &self.pair.far,
        }
    }

    fn flush(&self) {
        if self.scene.flushes {
            self.daemon.command("FLUSH plugin=network").expect("FLUSH works");
        }
    }

    /// Has the C plugin give out what it keeps: what waits for a full packet, and what waits for more to be received.
    fn nudge(&mut self) {
        self.flush();
        if let Some(feed) = self.scene.feeds.first() {
            self.nudges += 1;
            self.network(feed.host).run(|| {
                let any = if feed.to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(any).expect("a socket");
                socket.send_to(&[], feed.to).expect("it can be sent");
            });
        }
    }

    fn wait_until_still(&mut self, wanted: Option<&Outcome>) {
        let wanted = wanted.map(Outcome::counts);
        let long_enough = self.slowly * STILL;
        let start = Instant::now();
        let (mut last, mut since) = (Vec::new(), Instant::now());
        loop {
            let counts = self.outcome().counts();
            if counts != last {
                (last, since) = (counts, Instant::now());
            }
            let is_enough = wanted.as_ref().is_none_or(|wanted| last.iter().zip(wanted).all(|(got, want)| got >= want));
            let still = since.elapsed();
            // Where something is missing it may still come.
            if is_enough && still > long_enough || start.elapsed() > PATIENCE / 2 {
                return;
            }
            if still < long_enough / 2 {
                self.nudge();
            }
            sleep(Duration::from_millis(100));
        }
    }

    fn outcome(&self) -> Outcome {
        let (statistics, others): (Vec<_>, Vec<_>) = records(&self.daemon)
            .into_iter()
            .partition(|record| record.host() == "testhost" && record.name().contains("/network"));
        let (mut heard, mut written): (Vec<_>, Vec<_>) = others.into_iter().partition(Record::is_notification);
        heard.sort();
        written.sort();
        if self.scene.hears_itself {
            heard.retain(|note| note.host() != "local" || note.meta.is_empty());
        }
        let sinks = self.sinks.iter().zip(&self.scene.sinks);
        let sinks = sinks.map(|(reading, sink)| {
            let mut arrived = reading.arrived();
            arrived.retain(|arrived| !arrived.is_statistics());
            arrived.sort();
            (format!("{:?} {}", sink.host, sink.at), arrived)
        });
        let statistics: BTreeMap<_, _> =
            statistics.into_iter().map(|list| (list.name(), list.values().to_owned())).collect();
        Outcome {
            written,
            heard,
            sinks: sinks.collect(),
            statistics,
            nudges: self.nudges,
            log: String::new(),
            troubles: Vec::new(),
        }
    }

    fn finish(mut self, plugin: Side) -> Outcome {
        if self.scene.has_statistics {
            // Two reads, so that everything is in the last one.
            sleep(self.slowly * Duration::from_millis(2500));
        }
        let mut outcome = self.outcome();
        let is_well = self.daemon.stop().success();
        outcome.log = self.daemon.log();
        if !self.scene.has_statistics {
            outcome.statistics.clear();
        }
        if plugin == Side::Ours {
            outcome.troubles = self.troubles(&outcome.log);
            if !is_well {
                outcome.troubles.push("the daemon did not end well".into());
            }
        }
        outcome
    }

    /// What should not be in our log.
    fn troubles(&self, log: &str) -> Vec<String> {
        let is_trouble = |line: &&str| line.starts_with("[error]") || line.starts_with("[warning]");
        let is_known = |line: &str| {
            // What the feeds do on purpose.
            let known = MACHINES_OWN.iter().chain(&["not taken: ", "cannot be read to their end: "]);
            known.copied().chain(self.scene.warns.iter().map(String::as_str)).any(|text| line.contains(text))
        };
        log.lines().filter(is_trouble).filter(|line| !is_known(line)).map(str::to_owned).collect()
    }
}

fn time(seconds: u32) -> Time {
    Time::from_secs(START + u64::from(seconds))
}

/// A reader in a thread of its own.
struct Reading {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    fn start(pair: &Pair, sink: &Sink, files: &Path) -> Reading {
        let users = files.join("users");
        fs::write(&users, USERS).expect("a temporary directory is writable");
        let network = if sink.host == Host::Near { &pair.near } else { &pair.far };
        let reader = network.run(|| {
            let builder = Reader::builder().auth_file(&users);
            let is_group = sink.at.ip().is_multicast();
            let builder = if is_group { builder.join(sink.at) } else { builder.listen(sink.at) };
            builder.build().expect("an address of the network")
        });
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let (waker, place) = (reader.waker(), Arc::clone(&arrived));
        let thread = std::thread::spawn(move || {
            for item in reader {
                let arrived = Arrived::new(&item.expect("loopback works"));
                place.lock().unwrap_or_else(PoisonError::into_inner).push(arrived);
            }
        });
        Reading { arrived, waker, thread: Some(thread) }
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
