//! Made-up traffic.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use collectd_net::Reader;
use collectd_test_daemon::UdpSink;
use collectd_types::{Interval, Kind, Time, TypesDb, Values};

use crate::run::{
    Arrived, PATIENCE, address, command, finish, items, send, signal, start, types_db, wait_end, wait_items,
};

fn generate(sink: &UdpSink, args: &[&str]) -> String {
    let (status, said) = send(&[&["--to", &address(sink), "--generate"], args].concat(), "");
    assert_eq!(status, Some(0), "{said}");
    said
}

fn values(sink: &UdpSink, count: usize) -> Vec<Values> {
    wait_items(sink, count).into_iter().map(Arrived::values).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let args = ["--rate", "50000", "--count", "10000", "--notify-every", "1000", "--series", "3000"];
    let packets = |more: &[&str]| {
        let sink = UdpSink::bind();
        let said = generate(&sink, &[&args[..], more].concat());
        assert!(said.contains("10000 value lists, 10 notifications\n"), "{said}");
        assert_eq!(wait_items(&sink, 10_010).len(), 10_010);
        sink.packets()
    };
    let fixed = ["--seed", "7", "--start-time", "1700000000"];
    let first = packets(&fixed);
    assert_eq!(first, packets(&fixed));
    assert_ne!(first, packets(&["--seed", "8", "--start-time", "1700000000"]));

    // All but the times, which follow from the first.
    let without_times = |packets: &[Vec<u8>]| {
        let mut items = items(packets);
        let start = match &items[0] {
            Arrived::Values(values) => values.times().0,
            Arrived::Notification(notification) => panic!("{notification}"),
        };
        for item in &mut items {
            match item {
                Arrived::Values(values) => {
                    let since = values.times().0.since(start).to_raw();
                    *values = std::mem::take(values).time(Time::from_raw(since));
                }
                Arrived::Notification(notification) => {
                    notification.time = Time::from_raw(notification.time.since(start).to_raw());
                }
            }
        }
        items
    };
    let now = packets(&["--seed", "7"]);
    assert_eq!(without_times(&first), without_times(&now));
    assert_ne!(first, now);
}

/// Nothing waits for a packet to fill up.
#[test]
fn what_is_due_goes_out() {
    let sink = UdpSink::bind();
    generate(&sink, &["--series", "200", "--count", "10"]);
    let lists = values(&sink, 10);
    assert_eq!((lists.len(), sink.count()), (10, 10));
    assert!(lists.iter().all(|list| list.times().1 == Interval::from_secs(10)), "{}", lists[0]);
}

#[test]
fn everything_is_of_a_type_that_collectd_has() {
    let sink = UdpSink::bind();
    generate(&sink, &["--series", "6000", "--hosts", "20", "--plugins", "25", "--count", "6000", "--rate", "40000"]);
    let mut types = TypesDb::new();
    types.read_file(types_db()).unwrap();
    let lists = values(&sink, 6000);
    for list in &lists {
        types.check(list.view()).unwrap_or_else(|error| panic!("{list}: {error}"));
    }
    let kinds: BTreeSet<_> =
        lists.iter().flat_map(|list| list.view().values()).map(|value| value.kind().name()).collect();
    assert!(kinds.contains(Kind::Gauge.name()) && kinds.contains(Kind::Derive.name()), "{kinds:?}");
    assert!(
        lists.iter().any(|list| list.view().data().len() == 2)
            && lists.iter().any(|list| list.view().data().len() == 3)
    );
}

/// So many in ten seconds, to a hundredth: as what arrives has it in its times, and as it arrives.
#[test]
fn the_rate_is_exact() {
    let mut reader = Reader::builder().listen("127.0.0.1:0").build().unwrap();
    let to = reader.local_addrs()[0].to_string();
    let mut child = start(command(&["--to", &to, "--generate", "--rate", "2000", "--duration", "10"]));
    let mut arrivals = Vec::new();
    while arrivals.len() < 20_000 {
        let batch = reader.receive(Some(PATIENCE)).unwrap();
        assert!(!batch.is_empty(), "only {} arrived", arrivals.len());
        let now = Time::now();
        arrivals.extend(batch.items().map(|item| (item.time(), now)));
    }
    wait_end(&mut child);
    let (status, said) = finish(child, "");
    assert_eq!(status, Some(0), "{said}");
    assert!(reader.next_timeout(Duration::from_millis(50)).unwrap().is_none(), "more than 20000");
    let spacing = |from: usize, to: usize| arrivals[to].0.since(arrivals[from].0).as_secs_f64();
    assert!((spacing(0, 19_999) - 9.9995).abs() < 1e-6, "{}", spacing(0, 19_999));
    assert!((0..19_999).all(|index| (spacing(index, index + 1) - 0.0005).abs() < 1e-8));
    // The machine may be busy with something else most of the time, but not at each moment.
    let delay = |range: std::ops::Range<usize>| {
        let mut delays: Vec<_> =
            arrivals[range].iter().map(|(time, arrival)| arrival.since(*time).as_secs_f64()).collect();
        delays.sort_by(f64::total_cmp);
        delays[delays.len() / 20]
    };
    let (first, last) = (delay(0..2000), delay(18_000..20_000));
    assert!((last - first).abs() < 0.1, "{first} {last}");
}

#[test]
fn what_was_held_up_is_made_up_for() {
    let (sink, other) = (UdpSink::bind(), UdpSink::bind());
    let generate = |sink: &UdpSink| {
        let args = ["--generate", "--rate", "1000", "--duration", "8", "--start-time", "1700000000"];
        start(command(&[&["--to", &address(sink)], &args[..]].concat()))
    };
    let begin = Instant::now();
    let (child, undisturbed) = (generate(&sink), generate(&other));
    let _ = values(&sink, 100);
    let stopped = Instant::now();
    signal(&child, "STOP");
    std::thread::sleep(Duration::from_millis(2500));
    let before = items(&sink.packets()).len();
    signal(&child, "CONT");
    let stopped = stopped.elapsed().as_secs_f64();
    let (status, said) = finish(child, "");
    assert_eq!(status, Some(0), "{said}");
    let told = said
        .split_once("warning: it was held up for ")
        .and_then(|(_, rest)| rest.split_once(" s, and has caught up\n"));
    let told: f64 = told.unwrap_or_else(|| panic!("{said}")).0.parse().unwrap();
    assert!((2.0..stopped + 1.0).contains(&told), "{said}");
    assert!(said.contains("8000 value lists, 0 notifications\n"), "{said}");
    assert!(before < 6000 && values(&sink, 8000).len() == 8000, "{before}");
    // At the time at which it would have ended without, and not so much later.
    let took = begin.elapsed().as_secs_f64();
    assert!((7.9..8.0 + stopped).contains(&took), "{took}");
    // Not even where packets end shows what happened.
    let (status, said) = finish(undisturbed, "");
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(values(&other, 8000).len(), 8000);
    assert_eq!(sink.packets(), other.packets());
}

/// Seconds of processor time, and the most bytes of memory, of a process that runs.
fn cost(child: &Child) -> (f64, u64) {
    let read = |file| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).expect("it runs");
    let stat = read("stat");
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    let status = read("status");
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB");
    (ticks / 100.0, kilobytes.parse::<u64>().unwrap() * 1024)
}

#[test]
fn many_series_cost_little() {
    let mut reader = Reader::builder().listen("127.0.0.1:0").build().unwrap();
    let to = reader.local_addrs()[0].to_string();
    let child = start(command(&["--to", &to, "--generate", "--series", "100000", "--rate", "10000"]));
    let mut count = 0;
    while count < 30_000 {
        count += reader.receive(Some(PATIENCE)).unwrap().items().count();
    }
    let (seconds, bytes) = cost(&child);
    signal(&child, "TERM");
    let (status, said) = finish(child, "");
    assert_eq!(status, Some(0), "{said}");
    // Of three seconds. A build for finding mistakes is slower.
    let limit = if cfg!(debug_assertions) { 0.9 } else { 0.3 };
    assert!(seconds < limit, "{seconds} s");
    assert!(bytes < 32 << 20, "{bytes} bytes");
}

#[test]
fn a_signal_ends_it() {
    let sink = UdpSink::bind();
    let mut child = start(command(&["--to", &address(&sink), "--generate", "--rate", "1000"]));
    let _ = values(&sink, 10);
    signal(&child, "INT");
    wait_end(&mut child);
    let (status, said) = finish(child, "");
    assert_eq!(status, Some(0), "{said}");
    let count: usize = said.split_once(" value lists in ").unwrap().0.parse().unwrap();
    assert_eq!(values(&sink, count).len(), count);
}

/// What both generators are asked for: 120 series of 6 hosts with 4 plugins, each once in a second.
fn check_shape(lists: &[Values]) {
    let distinct = |of: fn(&Values) -> String| lists.iter().map(of).collect::<BTreeSet<_>>().len();
    assert_eq!(distinct(|list| list.view().host().to_string()), 6);
    assert_eq!(distinct(|list| list.view().plugin().to_string()), 4);
    let mut series = BTreeMap::<_, Vec<_>>::new();
    for list in lists {
        assert_eq!(list.times().1, Interval::from_secs(1), "{list}");
        series.entry(list.identifier().clone()).or_default().push(list);
    }
    assert_eq!(series.len(), 120);
    for of_one in series.values() {
        assert!(of_one.len() >= 2, "{}", of_one[0]);
        for pair in of_one.windows(2) {
            let spacing = pair[1].times().0.since(pair[0].times().0).as_secs_f64();
            assert!((spacing - 1.0).abs() < 1e-3, "{spacing}");
            for (before, after) in pair[0].view().values().zip(pair[1].view().values()) {
                assert!(after.kind() != Kind::Derive || after.as_f64() >= before.as_f64(), "{} {}", pair[0], pair[1]);
            }
        }
    }
    let kinds: BTreeSet<_> =
        lists.iter().flat_map(|list| list.view().values()).map(|value| value.kind().name()).collect();
    assert_eq!(kinds, BTreeSet::from(["derive", "gauge"]));
}

/// A process that is ended, whatever becomes of the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_is_like_collectd_tg() {
    let (theirs, ours) = (UdpSink::bind(), UdpSink::bind());
    let port = theirs.port().to_string();
    let mut tg = Command::new("collectd-tg");
    tg.args(["-n", "120", "-H", "6", "-p", "4", "-i", "1", "-d", "127.0.0.1", "-D", &port]).stdout(Stdio::null());
    let tg = Killed(tg.spawn().expect("collectd-tg is installed with collectd-utils"));
    generate(&ours, &["--series", "120", "--hosts", "6", "--plugins", "4", "--interval", "1", "--count", "480"]);
    // Packets of theirs go out when they are full only.
    let deadline = SystemTime::now() + PATIENCE;
    let complete = loop {
        let mut counts = BTreeMap::new();
        let lists: Vec<_> = items(&theirs.packets()).into_iter().map(Arrived::values).collect();
        lists.iter().for_each(|list| *counts.entry(list.identifier().clone()).or_insert(0) += 1);
        if counts.len() == 120 && counts.values().all(|count| *count >= 2) {
            break lists;
        }
        assert!(SystemTime::now() < deadline, "{} series of collectd-tg", counts.len());
        std::thread::sleep(Duration::from_millis(50));
    };
    drop(tg);
    check_shape(&complete);
    check_shape(&values(&ours, 480));
}
