//! `cpu_rs`: what the CPUs spend their time with, like collectd's `cpu` plugin on Linux.
//!
//! ```text
//! LoadPlugin cpu_rs
//! <Plugin cpu_rs>
//!   ReportByCpu true
//!   ReportByState true
//!   ValuesPercentage true
//! </Plugin>
//! ```
#![forbid(unsafe_code)]

use std::fs;
use std::sync::{Mutex, PoisonError};

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// Whether each CPU is reported, or the sum of all.
    #[serde(default = "yes")]
    report_by_cpu: bool,
    /// Whether each state is reported, or the sum of all but `idle`.
    #[serde(default = "yes")]
    report_by_state: bool,
    /// Whether states of single CPUs are reported as percentages too; sums always are.
    #[serde(default)]
    values_percentage: bool,
    /// Whether the number of CPUs is reported.
    #[serde(default)]
    report_num_cpu: bool,
    /// Whether the time spent for guests is reported.
    #[serde(default)]
    report_guest_state: bool,
    /// Whether that is taken out of `user` and `nice`, which the kernel counts it in.
    #[serde(default = "yes")]
    subtract_guest_state: bool,
}

fn yes() -> bool {
    true
}

/// In the order of the columns in /proc/stat. Old kernels have fewer.
const STATES: [&str; 10] =
    ["user", "nice", "system", "idle", "wait", "interrupt", "softirq", "steal", "guest", "guest_nice"];
const USER: usize = 0;
const NICE: usize = 1;
const IDLE: usize = 3;
const GUEST: usize = 8;
const GUEST_NICE: usize = 9;

/// Of one CPU, or all: the jiffies per second in each state, where they are known.
type Rates = [Option<f64>; STATES.len()];

/// By CPU and state: the last count of jiffies, and when it was read.
type Counts = Vec<[Option<(Time, Value)>; STATES.len()]>;

struct Cpu {
    config: Config,
    counts: Mutex<Counts>,
}

impl Plugin for Cpu {
    const NAME: &'static str = "cpu_rs";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Cpu { config, counts: Mutex::default() })
    }
}

impl Read for Cpu {
    fn read(&self) -> Result {
        let config = &self.config;
        let now = Time::now();
        let stat = fs::read_to_string("/proc/stat")?;
        let mut known = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rates: Vec<Rates> = Vec::new();
        let mut known_before = Vec::new();
        for (cpu, counts) in stat.lines().filter_map(|line| counts(line, config)) {
            // Those that are switched off have no line.
            rates.resize(rates.len().max(cpu + 1), Rates::default());
            for (state, count) in counts.into_iter().enumerate() {
                rates[cpu][state] = rate(&mut known, cpu, state, now, Value::Derive(count));
                if rates[cpu][state].is_some() {
                    known_before.push((cpu, state, count));
                }
            }
        }
        if config.report_num_cpu {
            Values::new("count").gauge(rates.len() as f64).dispatch()?;
        }
        if !config.report_by_cpu {
            config.dispatch_percentages("", &sums(&rates))?;
        } else if !config.report_by_state || config.values_percentage {
            for (cpu, rates) in rates.iter().enumerate() {
                config.dispatch_percentages(&cpu.to_string(), rates)?;
            }
        } else {
            // Like percentages, counts are reported from the second read on.
            for (cpu, state, count) in known_before {
                let values = Values::new("cpu").plugin_instance(cpu.to_string()).type_instance(STATES[state]);
                values.derive(count).dispatch()?;
            }
        }
        Ok(())
    }
}

impl Config {
    /// Dispatches which part of the time was spent in which state; nothing if no time has passed.
    fn dispatch_percentages(&self, plugin_instance: &str, rates: &Rates) -> Result {
        let active = rates.iter().enumerate().filter(|&(state, _)| state != IDLE).filter_map(|(_, rate)| *rate);
        let active = active.reduce(add);
        let total: f64 = [active, rates[IDLE]].into_iter().flatten().sum();
        let states =
            if self.report_by_state { STATES.into_iter().zip(*rates).collect() } else { vec![("active", active)] };
        for (state, rate) in states {
            if let Some(rate) = rate.filter(|_| total != 0.0) {
                let values = Values::new("percent").plugin_instance(plugin_instance).type_instance(state);
                values.gauge(100.0 * rate / total).dispatch()?;
            }
        }
        Ok(())
    }
}

/// Remembers a count, and compares it with the one before.
fn rate(known: &mut Counts, cpu: usize, state: usize, now: Time, count: Value) -> Option<f64> {
    known.resize(known.len().max(cpu + 1), Default::default());
    let (before, earlier) = known[cpu][state].replace((now, count))?;
    count.rate_since(earlier, now.since(before))
}

/// The rates of all CPUs together.
fn sums(rates: &[Rates]) -> Rates {
    std::array::from_fn(|state| rates.iter().filter_map(|rates| rates[state]).reduce(add))
}

fn add(a: f64, b: f64) -> f64 {
    a + b
}

/// The number of a CPU and its counts, from a line such as `cpu0 24548 0 9643 40506 …`. The line with the sums has no
/// number.
fn counts(line: &str, config: &Config) -> Option<(usize, Vec<i64>)> {
    let (cpu, counts) = line.strip_prefix("cpu")?.split_once(' ')?;
    let cpu = cpu.parse().ok()?;
    let mut counts: Vec<i64> =
        counts.split_ascii_whitespace().map_while(|count| count.parse().ok()).take(STATES.len()).collect();
    if counts.len() <= IDLE {
        return None;
    }
    if !config.report_guest_state {
        counts.truncate(GUEST);
    } else if config.subtract_guest_state {
        for (state, guest) in [(USER, GUEST), (NICE, GUEST_NICE)] {
            counts[state] = (counts[state] - counts.get(guest).unwrap_or(&0)).max(0);
        }
    }
    Some((cpu, counts))
}

collectd::plugin!(Cpu: Read);
