//! In which units types are measured. types.db does not say; collectd's plugins do.

use std::fmt;

use collectd_types::{Kind, NameRef};

/// A unit of what is shown. Displays as `B`, `B/s`, `1/s`, or nothing if it is not known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Unit {
    /// What is counted or measured; empty if that is not known.
    base: &'static str,
    per_second: bool,
}

/// The unit of a type's values as they are shown, which is per second for all but gauges.
pub(crate) fn unit(type_: NameRef<'_>, kind: Kind) -> Unit {
    Unit { base: base(type_.as_str().unwrap_or("")), per_second: kind != Kind::Gauge }
}

impl Unit {
    /// What is counted or measured; empty if that is not known.
    pub(crate) fn base(self) -> &'static str {
        self.base
    }

    /// Whether it is that much per second.
    pub(crate) fn is_per_second(self) -> bool {
        self.per_second
    }
}

fn base(type_: &str) -> &'static str {
    match type_ {
        "bytes" | "cache_size" | "df" | "df_complex" | "disk_allocation" | "disk_capacity" | "disk_physical"
        | "email_size" | "file_size" | "memory" | "memory_lua" | "mysql_log_position" | "pg_db_size" | "ps_data"
        | "ps_rss" | "ps_stacksize" | "ps_vm" | "swap" | "swap_io" | "vs_memory" => "B",
        "bitrate" => "bit/s",
        "cpufreq" | "frequency" => "Hz",
        "cpu" => "jiffies",
        "current" => "A",
        "df_inodes" => "inodes",
        "disk_io_time" | "disk_latency" | "disk_time" | "ping" | "ping_stddev" | "total_time_in_ms" => "ms",
        "duration" | "response_time" | "uptime" => "s",
        "energy" => "J",
        "energy_wh" => "Wh",
        "fanspeed" => "rpm",
        "humidity" => "%",
        "power" => "W",
        "ps_cputime" => "µs",
        "signal_noise" | "signal_power" => "dBm",
        "nvme_temperature" | "nvme_temp_sensor" | "smart_temperature" | "temperature" => "°C",
        "virt_cpu_total" | "virt_vcpu" => "ns",
        "voltage" | "voltage_threshold" => "V",
        _ if type_.starts_with("percent") => "%",
        _ if type_.ends_with("_octets") || type_.ends_with("_bytes") => "B",
        _ if type_.ends_with("packets") => "packets",
        _ => "",
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.base, self.per_second) {
            ("", true) => f.write_str("1/s"),
            (base, true) => write!(f, "{base}/s"),
            (base, false) => f.write_str(base),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_per_second() {
        let shown = |type_: &'static str, kind| unit(NameRef::until_nul(type_.as_bytes()), kind).to_string();
        assert_eq!(shown("if_octets", Kind::Derive), "B/s");
        assert_eq!(shown("memory", Kind::Gauge), "B");
        assert_eq!(shown("load", Kind::Gauge), "");
        assert_eq!(shown("contextswitch", Kind::Derive), "1/s");
        assert_eq!(shown("percent_bytes", Kind::Gauge), "%");
        assert_eq!(unit(NameRef::until_nul(&[0xff]), Kind::Absolute).to_string(), "1/s");
    }
}
