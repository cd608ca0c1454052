//! What usual plugins send.

/// A plugin.
pub(super) struct Template {
    pub(super) plugin: &'static str,
    /// What its instances are called, with a number behind it; `None` if there is usually but one, without a name.
    pub(super) instance: Option<&'static str>,
    pub(super) metrics: &'static [Metric],
}

/// Type, type instance, and data sources.
pub(super) struct Metric(pub(super) &'static str, pub(super) &'static str, pub(super) &'static [Source]);

/// A data source, and between which values or about how fast in a second it moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    Gauge(f64, f64),
    Derive(u64),
}

use Source::{Derive as D, Gauge as G};

/// As many as collectd-tg has if not told otherwise.
pub(super) const TEMPLATES: [Template; 20] = [
    Template {
        plugin: "cpu",
        instance: Some(""),
        metrics: &[
            Metric("cpu", "user", &[D(20)]),
            Metric("cpu", "system", &[D(5)]),
            Metric("cpu", "wait", &[D(2)]),
            Metric("cpu", "idle", &[D(70)]),
            Metric("cpu", "nice", &[D(1)]),
            Metric("cpu", "softirq", &[D(1)]),
        ],
    },
    Template {
        plugin: "interface",
        instance: Some("eth"),
        metrics: &[
            Metric("if_octets", "", &[D(900_000), D(200_000)]),
            Metric("if_packets", "", &[D(900), D(500)]),
            Metric("if_errors", "", &[D(1), D(1)]),
            Metric("if_dropped", "", &[D(1), D(1)]),
        ],
    },
    Template {
        plugin: "memory",
        instance: None,
        metrics: &[
            Metric("memory", "used", &[G(1e9, 8e9)]),
            Metric("memory", "free", &[G(1e8, 4e9)]),
            Metric("memory", "cached", &[G(1e9, 9e9)]),
            Metric("memory", "buffered", &[G(1e7, 5e8)]),
            Metric("memory", "slab_recl", &[G(1e7, 2e8)]),
        ],
    },
    Template {
        plugin: "load",
        instance: None,
        metrics: &[Metric("load", "", &[G(0.0, 8.0), G(0.0, 6.0), G(0.0, 5.0)])],
    },
    Template {
        plugin: "df",
        instance: Some("disk"),
        metrics: &[
            Metric("df_complex", "used", &[G(1e9, 4e11)]),
            Metric("df_complex", "free", &[G(1e9, 4e11)]),
            Metric("df_complex", "reserved", &[G(1e8, 2e8)]),
        ],
    },
    Template {
        plugin: "disk",
        instance: Some("sd"),
        metrics: &[
            Metric("disk_octets", "", &[D(400_000), D(700_000)]),
            Metric("disk_ops", "", &[D(30), D(60)]),
            Metric("disk_time", "", &[D(40), D(90)]),
            Metric("disk_merged", "", &[D(3), D(20)]),
            Metric("pending_operations", "", &[G(0.0, 12.0)]),
        ],
    },
    Template {
        plugin: "swap",
        instance: None,
        metrics: &[
            Metric("swap", "used", &[G(0.0, 2e9)]),
            Metric("swap", "free", &[G(0.0, 2e9)]),
            Metric("swap_io", "in", &[D(10)]),
            Metric("swap_io", "out", &[D(10)]),
        ],
    },
    Template {
        plugin: "processes",
        instance: None,
        metrics: &[
            Metric("ps_state", "running", &[G(0.0, 9.0)]),
            Metric("ps_state", "sleeping", &[G(80.0, 400.0)]),
            Metric("ps_state", "zombies", &[G(0.0, 2.0)]),
            Metric("fork_rate", "", &[D(12)]),
        ],
    },
    Template {
        plugin: "tcpconns",
        instance: Some("80-local-"),
        metrics: &[
            Metric("tcp_connections", "ESTABLISHED", &[G(0.0, 900.0)]),
            Metric("tcp_connections", "TIME_WAIT", &[G(0.0, 3000.0)]),
            Metric("tcp_connections", "LISTEN", &[G(1.0, 2.0)]),
        ],
    },
    Template { plugin: "uptime", instance: None, metrics: &[Metric("uptime", "", &[G(1e5, 9e6)])] },
    Template { plugin: "users", instance: None, metrics: &[Metric("users", "", &[G(0.0, 5.0)])] },
    Template {
        plugin: "irq",
        instance: None,
        metrics: &[Metric("irq", "LOC", &[D(900)]), Metric("irq", "RES", &[D(300)]), Metric("irq", "TLB", &[D(20)])],
    },
    Template { plugin: "contextswitch", instance: None, metrics: &[Metric("contextswitch", "", &[D(8000)])] },
    Template { plugin: "entropy", instance: None, metrics: &[Metric("entropy", "", &[G(256.0, 4096.0)])] },
    Template {
        plugin: "sensors",
        instance: Some("coretemp-isa-"),
        metrics: &[
            Metric("temperature", "temp1", &[G(30.0, 85.0)]),
            Metric("temperature", "temp2", &[G(30.0, 85.0)]),
            Metric("fanspeed", "fan1", &[G(600.0, 2400.0)]),
        ],
    },
    Template {
        plugin: "ping",
        instance: None,
        metrics: &[
            Metric("ping", "gateway.example.org", &[G(0.2, 9.0)]),
            Metric("ping_droprate", "gateway.example.org", &[G(0.0, 1.0)]),
            Metric("ping_stddev", "gateway.example.org", &[G(0.0, 4.0)]),
        ],
    },
    Template {
        plugin: "apache",
        instance: Some("vhost"),
        metrics: &[
            Metric("apache_requests", "", &[D(120)]),
            Metric("apache_bytes", "", &[D(2_000_000)]),
            Metric("apache_connections", "", &[G(1.0, 250.0)]),
        ],
    },
    Template {
        plugin: "mysql",
        instance: Some("db"),
        metrics: &[
            Metric("mysql_commands", "select", &[D(700)]),
            Metric("mysql_commands", "insert", &[D(60)]),
            Metric("mysql_commands", "update", &[D(40)]),
            Metric("mysql_octets", "", &[D(80_000), D(600_000)]),
            Metric("threads", "connected", &[G(1.0, 150.0)]),
        ],
    },
    Template {
        plugin: "nginx",
        instance: None,
        metrics: &[
            Metric("nginx_requests", "", &[D(400)]),
            Metric("nginx_connections", "active", &[G(1.0, 900.0)]),
            Metric("nginx_connections", "waiting", &[G(0.0, 700.0)]),
        ],
    },
    Template {
        plugin: "vmem",
        instance: None,
        metrics: &[
            Metric("vmpage_io", "memory", &[D(3000), D(5000)]),
            Metric("vmpage_faults", "", &[D(9000), D(3)]),
            Metric("vmpage_number", "dirty", &[G(0.0, 90_000.0)]),
        ],
    },
];
