//! The plugin in a daemon of the test's, beside a server of the test's.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use collectd_testing::{Failed, Host};

use crate::module_register;

/// A server that gives the same answer each time, until it is changed.
struct Server {
    address: String,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start(text: impl AsRef<[u8]>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}/metrics", listener.local_addr().expect("it is bound"));
        let answer = Arc::new(Mutex::new(page(text)));
        let shared = Arc::clone(&answer);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.expect("a connection");
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    connection.read_exact(&mut byte).expect("a request");
                    head.push(byte[0]);
                }
                let _ = connection.write_all(&shared.lock().unwrap());
            }
        });
        Server { address, answer }
    }

    fn set(&self, text: impl AsRef<[u8]>) {
        *self.answer.lock().unwrap() = page(text);
    }

    fn try_start(&self, options: &str) -> Result<Host, Failed> {
        Host::try_start(module_register, &config(&self.address, options))
    }

    fn host(&self, options: &str) -> Host {
        self.try_start(options).unwrap_or_else(|failed| panic!("{failed}"))
    }
}

fn page(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", text.len()).as_bytes(), text].concat()
}

fn config(address: &str, options: &str) -> String {
    format!("<Plugin prometheus_scrape>\n<URL \"{address}\">\n{options}\n</URL>\n</Plugin>")
}

fn dispatched(host: &mut Host) -> Vec<String> {
    let values = host.take_values();
    let shown = values.iter().map(|values| {
        let name = values.identifier().to_string();
        let value = values.view().value(0).map_or(String::new(), |value| format!("{value:?}"));
        format!("{} {value}", name.trim_start_matches("fake.example.org/prometheus_scrape"))
    });
    shown.collect()
}

fn log(host: &mut Host) -> Vec<String> {
    host.take_log().iter().map(ToString::to_string).collect()
}

const TEXT: &str = r#"# HELP requests_total How many.
# TYPE requests_total counter
requests_total{method="get",code="200"} 1027 1395066363000
requests_total{method="get",code="500"} 3.9
# TYPE temperature gauge
temperature{room="a/b"} -1.5
temperature{room="c"} NaN
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.5"} 7
latency_seconds_bucket{le="+Inf"} 9
latency_seconds_sum 2.3456
latency_seconds_count 9
# TYPE size summary
size{quantile="0.5"} 100
size_sum 1e3
size_count 10
untold 5
# TYPE new counter
new_total{a="b"} 1 # {trace_id="x"} 1 1.5
new_created{a="b"} 1.5e9
# EOF
"#;

#[test]
fn both_formats_become_values() {
    let server = Server::start(TEXT);
    let mut host = server.host("");
    host.read();
    assert_eq!(
        dispatched(&mut host),
        [
            "/derive-requests_total-200-get Derive(1027)",
            "/derive-requests_total-500-get Derive(3)",
            "/gauge-temperature-a_b Gauge(-1.5)",
            "/derive-latency_seconds_bucket-0.5 Derive(7)",
            "/derive-latency_seconds_bucket-+Inf Derive(9)",
            "/total_time_in_ms-latency_seconds_sum Derive(2346)",
            "/derive-latency_seconds_count Derive(9)",
            "/gauge-size-0.5 Gauge(100.0)",
            "/derive-size_sum Derive(1000)",
            "/derive-size_count Derive(10)",
            "/gauge-untold Gauge(5.0)",
            "/derive-new_total-b Derive(1)",
        ]
    );
    assert_eq!(log(&mut host), [""; 0]);
    host.shutdown();
}

#[test]
fn labels_become_names_as_configured_and_meta_data() {
    let server = Server::start(TEXT);
    let options = "Instance \"app\"\nHost \"h\"\nMetric \"requests_total\"\nMetric \"/^temp/\"\n\
                   PluginInstanceLabel \"code\" \"room\"\nMetaLabel \"method\"";
    let mut host = server.host(options);
    host.read();
    let values = host.take_values();
    let names: Vec<_> = values.iter().map(|values| values.identifier().to_string()).collect();
    let start = "h/prometheus_scrape-app-";
    let expected = ["200/derive-requests_total", "500/derive-requests_total", "a_b/gauge-temperature"];
    assert_eq!(names, expected.map(|name| format!("{start}{name}")));
    let meta: Vec<_> = values[0].meta_data().iter().map(|(key, value)| format!("{key}={}", value.to_text())).collect();
    assert_eq!(meta, ["__name__=requests_total", "method=get", "code=200"]);
    assert_eq!(values[2].meta_data().value("room").map(|value| value.to_text().into_owned()), Some("a/b".into()));
    host.shutdown();

    let mut host = server.host("Metric \"/_/\"\nIgnoreSelected true");
    host.read();
    let expected = ["/gauge-temperature-a_b Gauge(-1.5)", "/gauge-size-0.5 Gauge(100.0)", "/gauge-untold Gauge(5.0)"];
    assert_eq!(dispatched(&mut host), expected);
    host.shutdown();
}

#[test]
fn what_is_wrong_is_one_line_and_the_rest_is_taken() {
    let large = "x 1\n".repeat(10_000);
    for (text, taken, problem) in [
        (
            "<html>\n<p>\nup 1\n",
            1,
            "line 1: it does not begin with the name of a metric (and 1 lines more that are wrong)",
        ),
        ("up 1\nup{a=\"\x1b", 1, "line 2: label \"a\": no value in quotes"),
        ("up 1\nup \x1b[2J\n", 1, r#"line 2: "\u{1b}[2J" is not a number"#),
        ("a{b=\"c\"} 1\na{d=\"c\"} 2\n", 1, "line 2: \"a-c\" is there already: it differs only in labels"),
        ("# TYPE a counter\na_total 1e300\nb 1\n", 1, "line 2: 1000000"),
        ("a 1\nb 2\nc 3\nd 4\ne 5\nf 6\n", 4, "line 5: there are more than 4 samples; from here on they are left out"),
        (&large, 0, "the answer has more than 1000 bytes"),
    ] {
        let server = Server::start(text);
        let mut host = server.host("MaxSeries 4\nMaxBodySize 1000");
        for _ in 0..2 {
            host.read();
            assert_eq!(dispatched(&mut host).len(), taken, "{problem}");
        }
        let lines = log(&mut host);
        let start = format!("warning: prometheus_scrape plugin: \"{}\": {problem}", server.address);
        assert!(lines.len() == 1 && lines[0].starts_with(&start), "{problem}: {lines:?}");
        assert!(!lines[0].contains(char::is_control), "{lines:?}");
        server.set("up 1\n");
        host.read();
        assert_eq!(dispatched(&mut host), ["/gauge-up Gauge(1.0)"]);
        let line = format!("notice: prometheus_scrape plugin: \"{}\" works again", server.address);
        assert_eq!(log(&mut host), [line]);
        host.shutdown();
    }
}

#[test]
fn bytes_that_are_no_text_are_no_harm() {
    let server = Server::start(b"up{a=\"\xff\x00\"} 1\n\xfe\xfd 2\n");
    let mut host = server.host("");
    host.read();
    let values = host.take_values();
    assert_eq!(values[0].identifier().type_instance, "up-\u{fffd}_");
    assert_eq!(log(&mut host).len(), 1);
    host.shutdown();
}

#[test]
fn mistakes_in_the_configuration_are_told_with_the_address() {
    let u = "http://h/?token=secret";
    for (config, problem) in [
        (config("h", ""), "<URL \"h\">: this is not an address that begins with http:// or https://"),
        (config(u, "Timeout 0"), "<URL \"http://h/\">: Timeout is 0"),
        (config(u, "MaxSeries 0"), "<URL \"http://h/\">: MaxSeries is 0"),
        (config(u, "MaxBodySize 0"), "<URL \"http://h/\">: MaxBodySize is 0"),
        (config("http://h/", "Metric \"/(/\""), "Metric: \"/(/\": \"(\" is not closed"),
        (
            config(u, "PluginInstanceLabel \"a\"\nMetaLabel \"a\""),
            "\"a\" is both a PluginInstanceLabel and a MetaLabel",
        ),
        (config("HTTPS://h/", "CaFile \"/nowhere\""), "CaFile \"/nowhere\": No such file"),
        (config("https://h/", "CaFile \"/nowhere\""), "<URL \"https://h/\">: CaFile \"/nowhere\": No such file"),
    ] {
        let failed = Host::try_start(module_register, &config).unwrap_err();
        assert!(failed.log().iter().any(|line| line.text.contains(problem)), "{problem}: {failed}");
        assert!(!failed.to_string().contains("secret"), "{failed}");
    }
}

/// Each of the two is worth copying without the other.
#[test]
fn the_client_is_that_of_http_json() {
    assert_eq!(include_str!("http.rs"), include_str!("../../http_json/src/http.rs"), "a fix of one is a fix of both");
    for tls in [include_str!("../../http_json/src/tls.rs"), include_str!("../../notify_webhook/src/tls.rs")] {
        assert_eq!(include_str!("tls.rs"), tls, "a fix of one is a fix of all");
    }
}
