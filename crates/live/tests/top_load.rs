//! `collectd-live top` with 100,000 series.
//!
//!   TOP_SECONDS  for how long it is watched (5); from 60 on, the store is filled to its full length before
//!
//! How quick it is, and what the kernel drops of a sender that waits for nobody, is judged only if the program was built
//! for release: `cargo test --release`.

mod common;

use std::env;
use std::fs;
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use collectd_types::{Interval, Time, Values};
use collectd_udp::Sender;
use collectd_wire::Encoder;
use common::terminal::{Left, Terminal, wait_for};

const HOSTS: usize = 1000;
const SERIES_PER_HOST: usize = 100;
const SERIES: usize = HOSTS * SERIES_PER_HOST;
/// The interval of the senders, in seconds.
const INTERVAL: u64 = 10;
/// What it may take.
const MOST_MEMORY: u64 = 200 << 20;
const MOST_MILLISECONDS: f64 = 50.0;
const MOST_PROCESSOR: f64 = 0.10;
/// By how much memory may have grown while no series came.
const GROWTH: u64 = 8 << 20;
/// Until it has sorted all series a few times, which takes memory for a while: from then on the peak stays.
const SETTLING: Duration = Duration::from_secs(3);
const SETTLINGS: usize = 10;

fn seconds() -> u64 {
    env::var("TOP_SECONDS").map_or(5, |text| text.parse().expect("TOP_SECONDS is a number"))
}

/// What a process took until now.
struct Usage {
    processor: Duration,
    memory: u64,
    peak: u64,
}

impl Usage {
    fn of(id: u32) -> Usage {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name").split(' ').collect();
        let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum();
        let status = fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let kilobytes = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells");
            line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().expect("a number")
        };
        Usage {
            processor: Duration::from_millis(ticks * 10),
            memory: kilobytes("VmRSS") << 10,
            peak: kilobytes("VmHWM") << 10,
        }
    }
}

/// Sends the same series again and again.
struct Load {
    sender: Sender,
    port: u16,
    round: u64,
    lists: u64,
}

impl Load {
    fn new(terminal: &Terminal) -> Load {
        Load { sender: terminal.sender(), port: terminal.addrs[0].port(), round: 0, lists: 0 }
    }

    /// The packets of some hosts in the next round.
    fn packets(&mut self, hosts: Range<usize>) -> Vec<Vec<u8>> {
        let time = Time::from_secs(1_700_000_000 + self.round * INTERVAL);
        let mut encoder = Encoder::new(1452);
        let mut packets = Vec::new();
        for host in hosts {
            for series in 0..SERIES_PER_HOST {
                let list = self.list(host, series).time(time);
                if encoder.push(list.view()).is_err() {
                    packets.push(encoder.packet().to_vec());
                    encoder.clear();
                    encoder.push(list.view()).expect("there is room");
                }
                self.lists += 1;
            }
        }
        packets.push(encoder.packet().to_vec());
        packets
    }

    fn list(&self, host: usize, series: usize) -> Values {
        let list = Values::new(if series.is_multiple_of(2) { "gauge" } else { "derive" })
            .host(format!("host{host:04}.example.org"));
        let list = list.plugin("plugin").plugin_instance((series / 10).to_string()).type_instance(series.to_string());
        let list = list.interval(Interval::from_secs(INTERVAL));
        let number = self.round * (1 + (host as u64 * 7 + series as u64 * 13 + self.round * 31) % 101);
        if series.is_multiple_of(2) { list.gauge(number as f64) } else { list.derive(number.cast_signed()) }
    }

    /// A whole round, as fast as it is received.
    fn send_round(&mut self) {
        for first in (0..HOSTS).step_by(20) {
            let packets = self.packets(first..first + 20);
            self.sender.send_batch(&packets).expect("loopback takes datagrams");
            self.wait_for_room();
        }
        self.round += 1;
    }

    fn settle(&mut self, terminal: &Terminal) -> Usage {
        self.send_for(SETTLING);
        Usage::of(terminal.id())
    }

    fn wait_for_room(&self) {
        while waiting(self.port) > 1 << 20 {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Rounds one after the other at their interval, a part every few milliseconds.
    fn send_for(&mut self, time: Duration) {
        const PARTS: usize = 250;
        let start = Instant::now();
        let mut part = 0;
        while start.elapsed() < time {
            let first = part % PARTS * (HOSTS / PARTS);
            let packets = self.packets(first..first + HOSTS / PARTS);
            self.sender.send_batch(&packets).expect("loopback takes datagrams");
            part += 1;
            self.round += u64::from(part.is_multiple_of(PARTS));
            let due = Duration::from_secs(INTERVAL) * u32::try_from(part).unwrap() / u32::try_from(PARTS).unwrap();
            thread::sleep(due.saturating_sub(start.elapsed()));
            self.wait_for_room();
        }
    }
}

/// How many bytes wait in the socket of this port.
fn waiting(port: u16) -> u64 {
    let wanted = format!(":{port:04X} 00000000:0000");
    // A line may be missing while other sockets come and go.
    let queues = wait_for("the socket", || {
        let all = fs::read_to_string("/proc/net/udp").expect("Linux has it");
        let line = all.lines().find(|line| line.contains(&wanted));
        line.and_then(|line| line.split_whitespace().nth(4)).map(str::to_owned)
    });
    u64::from_str_radix(queues.split(':').nth(1).expect("two queues"), 16).expect("a number")
}

/// What it said about itself at the end.
struct Report {
    line: String,
    median: f64,
    lists: u64,
    taken: u64,
    dropped: u64,
}

impl Report {
    fn of(left: &Left) -> Report {
        let line = left.screen.lines().find(|line| line.contains(" redraws; ")).expect("it reports").to_owned();
        let number = |before: &str, after: &str| {
            let end = &line[line.find(before).expect("it is there") + before.len()..];
            end[..end.find(after).expect("it is there")].to_owned()
        };
        let count = |before: &str, after: &str| number(before, after).parse::<u64>().expect("a number");
        let median = number("median ", " ms").parse().expect("a number");
        let (taken, dropped) = (count("value lists, ", " taken"), count("taken; ", " dropped"));
        let lists =
            number("longest ", " value lists").rsplit("; ").next().expect("a number").parse().expect("a number");
        Report { line, median, lists, taken, dropped }
    }

    /// Checks that drawing is quick, and that nothing is lost of what was delivered.
    fn check(&self) {
        assert!(self.median < MOST_MILLISECONDS * if IS_JUDGED { 1.0 } else { 10.0 }, "{}", self.line);
        assert_eq!(self.lists, self.taken, "{}", self.line);
    }
}

/// Only what was built for release is as quick as it can be.
const IS_JUDGED: bool = !cfg!(debug_assertions);

/// One at a time: otherwise they would measure each other.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn a_hundred_thousand_series() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let seconds = seconds();
    let history = if seconds >= 60 { 60 } else { 4 };
    let terminal = Terminal::top(50, 150, &["--report", "--history", &history.to_string()]);
    let mut load = Load::new(&terminal);
    for _ in 0..=history {
        load.send_round();
    }
    wait_for("all to be received", || (waiting(load.port) == 0).then_some(()));
    terminal.wait_text("1,000 hosts  100,000 series");
    // All of them in one list, sorted by value: what costs most.
    terminal.press("t2");
    terminal.wait_text("VALUE▼");
    let mut before = load.settle(&terminal);
    for _ in 0..SETTLINGS {
        let peak = before.peak;
        before = load.settle(&terminal);
        if before.peak < peak + (1 << 20) {
            break;
        }
    }
    let start = Instant::now();
    load.send_for(Duration::from_secs(seconds));
    let (after, elapsed) = (Usage::of(terminal.id()), start.elapsed());
    wait_for("all to be received", || (waiting(load.port) == 0).then_some(()));
    terminal.press("q");
    let left = terminal.wait_end();
    assert!(left.status.success());
    let report = Report::of(&left);
    let processor = (after.processor - before.processor).as_secs_f64() / elapsed.as_secs_f64();
    println!("{}", report.line);
    println!("{:.1} % of a core over {:.0} s", processor * 100.0, elapsed.as_secs_f64());
    println!("{} kB at first, {} kB at last, {} kB at most", before.peak >> 10, after.memory >> 10, after.peak >> 10);
    report.check();
    assert_eq!((report.lists, report.dropped), (load.lists, 0), "{}", report.line);
    assert!(after.peak < MOST_MEMORY);
    assert!(after.memory < before.peak + GROWTH);
    assert!(processor < MOST_PROCESSOR || !IS_JUDGED);
}

/// collectd's own generator of load, which sends each list once in its interval.
#[test]
fn collectd_tg_with_a_hundred_thousand_series() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let terminal = Terminal::top(50, 150, &["--report"]);
    let addr = terminal.addrs[0];
    let mut command = Command::new("collectd-tg");
    command.args(["-n", &SERIES.to_string(), "-H", "1000", "-p", "20", "-i", &INTERVAL.to_string()]);
    command.args(["-d", &addr.ip().to_string(), "-D", &addr.port().to_string()]);
    let mut generator =
        command.stdout(Stdio::null()).spawn().expect("collectd-tg, of Debian's package collectd-utils, is there");
    terminal.wait("hosts", |screen| screen.contents().contains("1,000 hosts"));
    terminal.press("t2");
    let (before, start) = (Usage::of(terminal.id()), Instant::now());
    thread::sleep(Duration::from_secs(seconds()));
    let (after, elapsed) = (Usage::of(terminal.id()), start.elapsed());
    // A busy machine may not have let it send as much as it should have by now.
    terminal.wait("more than half of the series", |screen| {
        let text = screen.contents();
        let series = text.split(" series").next().and_then(|before| before.rsplit(' ').next());
        series.and_then(|number| number.replace(',', "").parse().ok()).is_some_and(|number: usize| number > SERIES / 2)
    });
    generator.kill().expect("it runs");
    generator.wait().expect("it ends");
    wait_for("all to be received", || (waiting(addr.port()) == 0).then_some(()));
    let screen = terminal.contents();
    terminal.press("q");
    let report = Report::of(&terminal.wait_end());
    let processor = (after.processor - before.processor).as_secs_f64() / elapsed.as_secs_f64();
    println!("{}", report.line);
    println!(
        "{:.1} % of a core over {:.0} s; {} kB at most",
        processor * 100.0,
        elapsed.as_secs_f64(),
        after.peak >> 10
    );
    println!("{screen}");
    report.check();
    assert!(report.lists > SERIES as u64 / 2, "{}", report.line);
    assert!(report.dropped == 0 || !IS_JUDGED, "{}", report.line);
    assert!(after.peak < MOST_MEMORY);
    assert!(processor < MOST_PROCESSOR || !IS_JUDGED);
}
