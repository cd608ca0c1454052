//! What a process uses, over time.

use std::fmt::{self, Write as _};
use std::fs;
use std::time::Duration;

use collectd_test_daemon::Daemon;

/// At one moment.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    at: Duration,
    resident: u64,
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
}

impl Sample {
    pub(crate) fn take(at: Duration, daemon: &Daemon) -> Sample {
        let entries = |what: &str| fs::read_dir(format!("/proc/{}/{what}", daemon.pid())).expect("it runs").count();
        Sample { at, resident: daemon.resident_bytes(), descriptors: entries("fd"), threads: entries("task") }
    }

    fn kilobytes(self) -> f64 {
        f64::from(u32::try_from(self.resident / 1024).expect("less than four terabytes"))
    }
}

#[derive(Default)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    pub(crate) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// Those from then on.
    pub(crate) fn after(&self, time: Duration) -> Samples {
        Samples(self.0.iter().copied().filter(|sample| sample.at >= time).collect())
    }

    pub(crate) fn duration(&self) -> Duration {
        let [first, .., last] = &*self.0 else { panic!("too few samples") };
        last.at - first.at
    }

    /// Of the straight line that fits the resident memory best, in kB a minute.
    pub(crate) fn slope(&self) -> f64 {
        let points: Vec<_> = self.0.iter().map(|sample| (sample.at.as_secs_f64() / 60.0, sample.kilobytes())).collect();
        let count = f64::from(u32::try_from(points.len()).expect("a handful"));
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let covariance: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        covariance / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
    }

    /// How much more there is in the last quarter than in the first one, of what comes and goes: compared by medians.
    pub(crate) fn growth(&self, of: impl Fn(&Sample) -> usize) -> usize {
        let median = |samples: &[Sample]| {
            let mut sorted: Vec<_> = samples.iter().map(&of).collect();
            sorted.sort_unstable();
            sorted[sorted.len() / 2]
        };
        let quarter = self.0.len().div_ceil(4);
        median(&self.0[self.0.len() - quarter..]).saturating_sub(median(&self.0[..quarter]))
    }

    /// One line for each step.
    pub(crate) fn table(&self, step: Duration) -> String {
        let mut table = "   seconds   resident kB  descriptors  threads\n".to_owned();
        let mut next = Duration::ZERO;
        for sample in &self.0 {
            if sample.at >= next {
                next += step;
                let Sample { at, descriptors, threads, .. } = sample;
                let (seconds, kilobytes) = (at.as_secs(), sample.kilobytes());
                let _ = writeln!(table, "{seconds:10} {kilobytes:13} {descriptors:12} {threads:8}");
            }
        }
        table
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, .., last] = &*self.0 else { return f.write_str("no samples") };
        let range = |of: fn(&Sample) -> usize| {
            let all = || self.0.iter().map(of);
            format!("{} to {}", all().min().unwrap_or_default(), all().max().unwrap_or_default())
        };
        write!(
            f,
            "from second {} to {}: {} kB to {} kB, {:+.1} kB/min; descriptors {}; threads {}",
            first.at.as_secs(),
            last.at.as_secs(),
            first.kilobytes(),
            last.kilobytes(),
            self.slope(),
            range(|sample| sample.descriptors),
            range(|sample| sample.threads),
        )
    }
}
