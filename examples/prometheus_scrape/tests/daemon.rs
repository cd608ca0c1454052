//! The plugin in the real daemon, beside real expositions: of Prometheus' own client in both formats, and of the
//! daemon's plugin `write_prometheus`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, cargo_build, wait_until};

const PATIENCE: Duration = Duration::from_secs(60);
const CONF: &str = include_str!("../prometheus_scrape.conf");
const README: &str = include_str!("../README.md");

/// Prometheus' own client, until this is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(format: &str) -> Server {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(format).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3: install the package python3");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let port = line.trim().parse();
        let port = port.expect("the server prints its port: it needs the package python3-prometheus-client");
        Server { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn builder() -> Builder {
    Daemon::builder().load("csv").load_so(cargo_build::cdylib(env!("CARGO_PKG_NAME")), "prometheus_scrape")
}

fn url(port: u16, inside: &str) -> String {
    format!("<Plugin prometheus_scrape>\n<URL \"http://127.0.0.1:{port}/metrics\">\n{inside}\n</URL>\n</Plugin>")
}

#[test]
fn csv_gets_what_the_client_of_prometheus_serves_in_both_formats() {
    let servers = ["text", "openmetrics"].map(|format| (format, Server::start(format)));
    let mut builder = builder();
    for (format, server) in &servers {
        builder = builder.conf(&url(server.port, &format!("Instance \"{format}\"")));
    }
    let mut daemon = builder.start();
    for (format, _) in &servers {
        for (metric, value) in [
            ("derive-http_requests_total-get-_", "9007199254740991"),
            ("derive-http_requests_total-post-say \"no\"_\\", "2"),
            ("total_time_in_ms-cpu_seconds_total", "1235"),
            ("gauge-temperature", "-12.500000"),
            ("derive-latency_seconds_bucket-0.1", "1"),
            ("derive-latency_seconds_bucket-1.0", "2"),
            ("derive-latency_seconds_bucket-+Inf", "3"),
            ("total_time_in_ms-latency_seconds_sum", "5550"),
            ("derive-latency_seconds_count", "3"),
            ("derive-size_sum", "100"),
            ("derive-size_count", "1"),
            ("gauge-build_info-1.2", "1.000000"),
            ("gauge-state-on", "0.000000"),
            ("gauge-state-off", "1.000000"),
        ] {
            let rows = daemon.wait_rows(&format!("testhost/prometheus_scrape-{format}/{metric}"), 2);
            assert_eq!(rows[0].1, value, "{format}: {metric}");
        }
    }
    assert!(daemon.stop().success(), "{}", daemon.log());
    // The text format has no place for when a counter began but metrics of their own.
    let is_created = |name: &&String| name.contains("openmetrics") && name.contains("created");
    assert_eq!(daemon.csv_rows().keys().find(is_created), None);
    assert!(!daemon.log().contains("prometheus_scrape plugin: "), "{}", daemon.log());
}

/// A port that is free now. Whoever gets it in between makes the other daemon fail.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

#[test]
fn what_another_daemon_writes_for_prometheus_arrives() {
    let port = free_port();
    let mut writer = Daemon::builder()
        .hostname("away")
        .load("unixsock")
        .load("write_prometheus")
        .conf(&format!("<Plugin write_prometheus>\nHost \"127.0.0.1\"\nPort {port}\n</Plugin>"))
        .start();
    writer.putval("away/p-1/if_octets-eth0", "interval=60", "N:1000:2000");
    writer.putval("away/p-1/temperature-cpu", "interval=60", "N:42.5");
    // What a daemon would find in its own.
    writer.putval("away/prometheus_scrape-p/gauge-up", "interval=60", "N:1");
    let options = "PluginInstanceLabel \"instance\"\nMetric \"/^collectd_prometheus_scrape_/\"\nIgnoreSelected true";
    let mut daemon = builder().conf(&url(port, options)).start();
    for (metric, value) in [
        ("derive-collectd_p_if_octets_rx_total-1-eth0", "1000"),
        ("derive-collectd_p_if_octets_tx_total-1-eth0", "2000"),
        ("gauge-collectd_p_temperature-1-cpu", "42.500000"),
    ] {
        let what = format!("{metric} in {:?}", daemon.csv_rows().keys());
        let rows = wait_until(&what, PATIENCE, || {
            daemon.csv_rows().remove(&format!("testhost/prometheus_scrape-away/{metric}"))
        });
        assert_eq!(rows[0].1, value, "{metric}");
    }
    assert!(daemon.stop().success(), "{}", daemon.log());
    let own = "collectd_prometheus_scrape";
    assert!(!daemon.csv_rows().keys().any(|name| name.contains(own)), "{:?}", daemon.csv_rows().keys());
    assert!(writer.stop().success(), "{}", writer.log());
    assert!(!daemon.log().contains("prometheus_scrape plugin: "), "{}", daemon.log());
}

#[test]
fn the_configuration_in_the_directory_is_one_and_the_readme_shows_it() {
    assert!(README.contains(CONF), "README.md shows another configuration than prometheus_scrape.conf");
    let server = Server::start("text");
    // As it stands, but for where the server is.
    let conf = CONF.replace("http://localhost:9100/", &format!("http://127.0.0.1:{}/", server.port));
    let mut daemon = builder().conf(&conf).start();
    assert!(!daemon.wait_rows("testhost/prometheus_scrape-node/gauge-temperature", 1).is_empty());
    assert!(daemon.stop().success(), "{}", daemon.log());
}
