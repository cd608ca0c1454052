//! `memory_rs`: how the memory is used, like collectd's `memory` plugin on Linux.
//!
//! ```text
//! LoadPlugin memory_rs
//! <Plugin memory_rs>
//!   ValuesAbsolute true
//!   ValuesPercentage true
//! </Plugin>
//! ```
#![forbid(unsafe_code)]

use std::fs;

use collectd::MultiValue;
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Memory {
    /// Whether to report bytes.
    #[serde(default = "yes")]
    values_absolute: bool,
    /// Whether to report percentages.
    #[serde(default)]
    values_percentage: bool,
}

fn yes() -> bool {
    true
}

impl Plugin for Memory {
    const NAME: &'static str = "memory_rs";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }
}

impl Read for Memory {
    fn read(&self) -> Result {
        let parts = parts(&fs::read_to_string("/proc/meminfo")?)?;
        if self.values_absolute {
            parts.dispatch()?;
        }
        if self.values_percentage {
            parts.dispatch_percentages()?;
        }
        Ok(())
    }
}

/// What all of the memory consists of, in bytes.
fn parts(meminfo: &str) -> Result<MultiValue> {
    let bytes = |name| bytes(meminfo, name).unwrap_or(0.0);
    let [free, buffered, cached, slab] = ["MemFree", "Buffers", "Cached", "Slab"].map(bytes);
    let used = bytes("MemTotal") - (free + buffered + cached + slab);
    if used < 0.0 {
        return Err(Error::msg(format_args!("the parts have {} bytes more than the whole", -used)));
    }
    let parts = MultiValue::new(Values::new("memory"))
        .gauge("used", used)
        .gauge("buffered", buffered)
        .gauge("cached", cached)
        .gauge("free", free);
    // Before Linux 2.6.19 the two parts of the slab were not told apart.
    Ok(if meminfo.contains("SReclaimable:") {
        parts.gauge("slab_unrecl", bytes("SUnreclaim")).gauge("slab_recl", bytes("SReclaimable"))
    } else {
        parts.gauge("slab", slab)
    })
}

/// The value of a line such as `MemFree:  2848716 kB`.
fn bytes(meminfo: &str, name: &str) -> Option<f64> {
    let mut lines = meminfo.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    let kibibytes: f64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024.0)
}

collectd::plugin!(Memory: Read);
