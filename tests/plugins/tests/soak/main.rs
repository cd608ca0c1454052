//! Twenty plugins at once, in the real daemon with five write threads: they register, read, write, flush, notify, use the
//! value cache, fail and panic, for SOAK_SECONDS (25). Memory, descriptors and threads must not grow after the first
//! minute, and at the end nothing may be left. `make soak` does it for ten minutes.

mod samples;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use collectd_test_daemon::{Builder, Daemon, cargo_build};

use samples::{Sample, Samples};

const PLUGINS: usize = 20;

/// What each plugin counts, and must have counted. Some of it is the business of a few: the next two.
const BY_ALL: [&str; 14] = [
    "Reads",
    "Values",
    "Flushes",
    "Notified",
    "Heard",
    "Missed",
    "Subscribed",
    "Updated",
    "Expired",
    "Added",
    "AddedReads",
    "Cached",
    "Threads",
    "Failures",
];
const BY_EVERY_FOURTH: &str = "Writes";
const BY_EVERY_TENTH: &str = "Logged";

/// In kB a minute, over two minutes or more. In a shorter time every little step makes a steep line.
const STEEPEST: f64 = 100.0;

fn seconds() -> u64 {
    let text = std::env::var("SOAK_SECONDS").unwrap_or_else(|_| "25".to_owned());
    let seconds = text.parse().ok().filter(|seconds| *seconds >= 20);
    seconds.unwrap_or_else(|| panic!("SOAK_SECONDS must be a whole number of seconds from 20, not {text:?}"))
}

fn name(number: usize) -> String {
    format!("soak_{number:02}")
}

fn builder() -> Builder {
    let so = cargo_build::example(env!("CARGO_PKG_NAME"), "soak");
    // A read that fails shall be back soon, and a busy machine not let the queue grow.
    let limits = "MaxReadInterval 1\nWriteQueueLimitHigh 100\nCollectInternalStats true";
    let mut builder = Daemon::builder().conf(limits);
    for number in 0..PLUGINS {
        builder = builder.load_so(&so, &name(number));
    }
    // What glibc keeps for each thread, and in several arenas, grows for many minutes whoever allocates: about a
    // megabyte. Without that, what is left is the daemon's and ours.
    let tunables = "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1";
    builder.conf(CHAIN).load("unixsock").write_threads(5).env("GLIBC_TUNABLES", tunables)
}

const CHAIN: &str = "<Chain \"soak\">
  <Rule>
    <Match \"rounds\">
    </Match>
    <Target \"marks\">
    </Target>
  </Rule>
</Chain>
PreCacheChain \"soak\"";

#[test]
fn twenty_plugins_do_everything_and_nothing_grows() {
    let (seconds, mut daemon) = (seconds(), builder().start());
    let settled = Duration::from_secs((seconds / 3).min(60));
    let samples = run(&mut daemon, Duration::from_secs(seconds));
    let queue = daemon.command("GETVAL testhost/collectd-write_queue/queue_length").expect("the daemon counts");
    let metrics = daemon.command("LISTVAL").expect("the daemon has a cache").len();
    assert!(daemon.stop().success(), "{}", daemon.log());
    let log = daemon.log();

    let late = samples.after(settled);
    println!("{}", samples.table(Duration::from_secs((seconds / 20).max(1))));
    println!("{late}");
    println!("{metrics} metrics in the cache; {} at the end", queue.join(" "));
    let counts: Vec<_> = (0..PLUGINS).map(|number| counts(&log, &name(number))).collect();
    let sum = |what: &str| counts.iter().map(|counts| counts.get(what).copied().unwrap_or_default()).sum::<i64>();
    for what in BY_ALL.iter().chain([&BY_EVERY_FOURTH, &BY_EVERY_TENTH]) {
        print!("{} {what}  ", sum(what));
    }
    println!();

    for (number, counts) in counts.iter().enumerate() {
        assert_complete(number, counts);
    }
    let steepest = STEEPEST * (120.0 / late.duration().as_secs_f64()).max(1.0);
    assert!(late.slope() < steepest, "memory grows by more than {steepest:.0} kB/min: {late}");
    assert!(late.growth(|sample| sample.descriptors) <= 3 && late.growth(|sample| sample.threads) <= 3, "{late}");
    assert_log(&log);
}

/// Samples once a second, with a signal to flush and a word of others.
fn run(daemon: &mut Daemon, duration: Duration) -> Samples {
    let (start, mut samples) = (Instant::now(), Samples::default());
    for second in 0.. {
        let next = start + Duration::from_secs(second);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        if start.elapsed() >= duration {
            break;
        }
        samples.push(Sample::take(start.elapsed(), daemon));
        daemon.flush_all();
        if second % 5 == 0 {
            let of_one = format!("FLUSH plugin={}/more timeout=1", name((second / 5) as usize % PLUGINS));
            daemon.command(&of_one).unwrap_or_else(|answer| panic!("{of_one}: {answer}"));
            let line = "PUTNOTIF severity=warning time=1700000000 host=outside message=\"from outside\"";
            daemon.command(line).unwrap_or_else(|answer| panic!("{line}: {answer}"));
        }
    }
    samples
}

/// What a plugin says at its end: `What number What number …`.
fn counts(log: &str, plugin: &str) -> BTreeMap<String, i64> {
    let start = format!("[info] {plugin} plugin: counted ");
    let lines: Vec<_> = log.lines().filter_map(|line| line.strip_prefix(&start)).collect();
    assert_eq!(lines.len(), 1, "the end of {plugin} in {log}");
    let words: Vec<_> = lines[0].split(' ').collect();
    words.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].parse().expect("a number"))).collect()
}

#[track_caller]
fn assert_complete(number: usize, counts: &BTreeMap<String, i64>) {
    let plugin = name(number);
    let done = |what: &str| assert!(counts[what] > 0, "{plugin} has no {what}: {counts:?}");
    BY_ALL.into_iter().for_each(done);
    if number == 0 {
        done("Marked");
    }
    if number.is_multiple_of(4) {
        done(BY_EVERY_FOURTH);
    }
    if number.is_multiple_of(10) {
        done(BY_EVERY_TENTH);
    }
    assert_eq!(counts["Added"], counts["AddedEnded"], "{plugin}: every read that was added has ended");
    // Two of the flush closure and one of the plugin itself; one of the log closure; of match and target.
    let lasting = 3 + i64::from(number.is_multiple_of(10)) + if number == 0 { 2 } else { 0 };
    assert_eq!(counts["Live"], lasting, "{plugin}: {counts:?}");
}

/// There is nothing in the log but what was meant to be there, and what a busy machine brings with it.
fn assert_log(log: &str) {
    let meant = [
        " panics",
        " fails",
        "works again",
        "told to panic",
        "failed. Will suspend it",
        "Notification callback soak_",
        "Value too old",
        "which is above its read interval",
        "No such group",
        "Not sleeping because the next interval is",
        "left after shutting down the write threads",
        "water mark reached",
    ];
    let is_meant = |line: &&str| line.starts_with("[info] ") || meant.iter().any(|meant| line.contains(meant));
    // The daemon reads its own statistics without a context.
    let of_the_daemon = "[error] UNKNOWN plugin: plugin_get_interval: Unable to determine Interval from context.";
    let rest: Vec<_> = log.lines().filter(|line| !is_meant(line)).collect();
    assert!(rest.iter().all(|line| *line == of_the_daemon) && rest.len() <= 1, "{rest:#?}");
}
