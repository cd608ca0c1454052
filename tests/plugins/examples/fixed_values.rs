//! Dispatches the same value lists in every run: all kinds of values and their extremes, and names at their
//! limits. For tests that compare what different writers make of them.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering};

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// A type with one gauge and a name as long as they get; the tests have it in a types.db of their own.
    long_type: Option<String>,
    /// In how many reads to dispatch; the time stamps differ.
    #[serde(default = "once")]
    reads: u64,
}

fn once() -> u64 {
    1
}

struct FixedValues {
    config: Config,
    done: AtomicU64,
}

impl Plugin for FixedValues {
    const NAME: &'static str = "fixed_values";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(FixedValues { config, done: AtomicU64::new(0) })
    }
}

impl Read for FixedValues {
    fn read(&self) -> Result {
        // Reads do not overlap.
        let done = self.done.load(Ordering::Relaxed);
        if done == self.config.reads {
            return Ok(());
        }
        let time = Time::from_raw(Time::from_secs(FIRST + 10 * done).to_raw() + HALF);
        let lists = extremes().chain(several_values()).chain(names(self.config.long_type.as_deref()));
        for list in lists {
            list.time(time).interval(Interval::from_secs(10)).dispatch()?;
        }
        for list in times(time) {
            list.dispatch()?;
        }
        self.done.store(done + 1, Ordering::Relaxed);
        log::info!("read {} is complete", done + 1);
        Ok(())
    }
}

/// In the past, so that no clock of a test machine is before it.
const FIRST: u64 = 1_749_238_000;
/// Half a second, in units of 2⁻³⁰ s.
const HALF: u64 = 1 << 29;

fn base(type_: &str) -> Values {
    Values::new(type_).host("fixed").plugin("values")
}

fn extremes() -> impl Iterator<Item = Values> {
    let denormal = f64::from_bits(1);
    let gauges = [
        ("zero", 0.0),
        ("minus-zero", -0.0),
        ("third", 1.0 / 3.0),
        ("max", f64::MAX),
        ("min", f64::MIN),
        ("min-positive", f64::MIN_POSITIVE),
        ("denormal", denormal),
        ("inf", f64::INFINITY),
        ("minus-inf", f64::NEG_INFINITY),
        ("nan", f64::NAN),
    ];
    let derives = [("zero", 0), ("min", i64::MIN), ("max", i64::MAX), ("minus-one", -1)];
    let unsigned = [("zero", 0), ("one", 1), ("half", 1 << 63), ("max", u64::MAX)];
    let gauges = gauges.map(|(name, gauge)| base("gauge").type_instance(name).gauge(gauge));
    let derives = derives.map(|(name, derive)| base("derive").type_instance(name).derive(derive));
    let counters = unsigned.map(|(name, counter)| base("counter").type_instance(name).counter(counter));
    let absolutes = unsigned.map(|(name, absolute)| base("absolute").type_instance(name).absolute(absolute));
    gauges.into_iter().chain(derives).chain(counters).chain(absolutes)
}

fn several_values() -> impl Iterator<Item = Values> {
    let mixed = [1, u64::MAX, 3, 4].map(Value::Counter).into_iter().chain([Value::Gauge(5.5)]);
    [
        base("load").gauges([0.1, f64::NAN, 5000.0]),
        base("if_octets").plugin_instance("eth0").derives([i64::MIN, i64::MAX]),
        base("ps_count").gauges([0.0, -1.0]),
        base("mysql_qcache").values(mixed),
    ]
    .into_iter()
}

fn names(long_type: Option<&str>) -> impl Iterator<Item = Values> {
    let long = &"x".repeat(127);
    let umlauts = "ü".repeat(63);
    let gauge = || base("gauge").gauge(1.5);
    [
        gauge().host(long),
        gauge().plugin(long),
        gauge().plugin_instance(long),
        gauge().type_instance(long),
        gauge().host("größe").plugin("naïve").plugin_instance("ζ☃").type_instance("日本 語"),
        gauge().host(umlauts.clone() + "x").plugin_instance(umlauts),
        gauge().type_instance(b"not UTF-8: \xff\xfe"),
        gauge().host("a b").plugin("c.d").plugin_instance("e-f").type_instance("g:h,i"),
        gauge().host("tab\there").plugin_instance("%s%n").type_instance("\"line\"\nbreak\\ \x01\x7f"),
    ]
    .into_iter()
    .chain(long_type.map(|name| base(name).gauge(2.5)))
}

/// One metric several times, with times and intervals that differ by less than a second.
fn times(time: Time) -> impl Iterator<Item = Values> {
    (0..4u32).map(move |step| {
        let gauge = f64::from(step);
        let step = u64::from(step);
        let time = Time::from_raw(time.to_raw() + step * (HALF / 4 + 1));
        let interval = Interval::from_raw((step + 1) * HALF / 5);
        base("gauge").type_instance("often").time(time).interval(interval).gauge(gauge)
    })
}

collectd::plugin!(FixedValues: Read);
