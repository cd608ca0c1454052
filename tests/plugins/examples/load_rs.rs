//! `load_rs`: the system load, like collectd's `load` plugin.
//!
//! ```text
//! LoadPlugin load_rs
//! <Plugin load_rs>
//!   ReportRelative true
//! </Plugin>
//! ```
#![forbid(unsafe_code)]

use std::fs;

use collectd::prelude::*;
use rustix::system::sysinfo;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Load {
    /// Whether to divide by the number of CPUs.
    #[serde(default)]
    report_relative: bool,
}

impl Plugin for Load {
    const NAME: &'static str = "load_rs";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }
}

impl Read for Load {
    fn read(&self) -> Result {
        // `/proc/loadavg` has the same numbers with two digits only.
        let load = sysinfo().loads.map(|load| load as f64 / 65536.0);
        if self.report_relative {
            let cpus = online_cpus()?;
            Values::new("load").type_instance("relative").gauges(load.map(|load| load / cpus)).dispatch()?;
        } else {
            Values::new("load").gauges(load).dispatch()?;
        }
        Ok(())
    }
}

/// As many as the kernel schedules on, which may be more than this process may use.
fn online_cpus() -> Result<f64> {
    let list = fs::read_to_string("/sys/devices/system/cpu/online")?;
    let count = count(list.trim()).ok_or_else(|| Error::msg(format_args!("no list of CPUs: {list:?}")))?;
    Ok(f64::from(count))
}

/// How many numbers there are in a list like `0-3,6`.
fn count(list: &str) -> Option<u32> {
    let ranges = list.split(',').map(|range| range.split_once('-').unwrap_or((range, range)));
    ranges.map(|(first, last)| last.parse::<u32>().ok()?.checked_sub(first.parse().ok()?)?.checked_add(1)).sum()
}

collectd::plugin!(Load: Read);
