//! The plugin in the real daemon, beside a real web server: Python's, by http and https.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use collectd_test_daemon::{Builder, Daemon, cargo_build};

const PATIENCE: Duration = Duration::from_secs(60);
const CONF: &str = include_str!("../http_json.conf");
const README: &str = include_str!("../README.md");

/// A web server, until this is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(arguments: &[&Path]) -> Server {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server.py");
        let mut command = Command::new("python3");
        command.arg(script).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3: install the package python3");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let port = line.trim().parse().expect("the server prints its port");
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
    Daemon::builder().load("csv").load_so(cargo_build::cdylib(env!("CARGO_PKG_NAME")), "http_json")
}

fn url(url: &str, inside: &str) -> String {
    let keys = "<Key \"uptime\">\nType \"uptime\"\n</Key>\n<Key \"pools/*/used\">\nType \"gauge\"\n</Key>\n\
                <Key \"requests/total\">\nType \"derive\"\n</Key>";
    format!("<Plugin http_json>\n<URL \"{url}\">\n{inside}\n{keys}\n</URL>\n</Plugin>")
}

#[test]
fn csv_gets_the_numbers() {
    let server = Server::start(&[]);
    let mut daemon = builder().conf(&url(&format!("http://127.0.0.1:{}/status", server.port), "")).start();
    for (metric, value) in [
        ("uptime-uptime", "86400.000000"),
        ("gauge-0", "10.000000"),
        ("gauge-1", "20.000000"),
        ("derive-total", "9007199254740993"),
    ] {
        assert_eq!(daemon.wait_rows(&format!("testhost/http_json/{metric}"), 2)[0].1, value);
    }
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(!daemon.log().contains("http_json plugin: "), "{}", daemon.log());
}

#[test]
fn a_server_that_hangs_holds_up_neither_others_nor_the_end() {
    let server = Server::start(&[]);
    let hanging = url(&format!("http://127.0.0.1:{}/hang", server.port), "Timeout 2\nInstance \"hanging\"");
    let moved = url(&format!("http://127.0.0.1:{}/away", server.port), "Instance \"moved\"");
    let good = url(&format!("http://127.0.0.1:{}/status", server.port), "");
    let mut daemon = builder().conf(&hanging).conf(&moved).conf(&good).start();
    assert!(daemon.wait_rows("testhost/http_json/uptime-uptime", 3).len() >= 3);
    daemon.wait_log("/hang\": the server does not answer within 2s", PATIENCE);
    daemon.wait_log("/away\": the server answers with status 301, and sends to \"/status\"", PATIENCE);
    let begin = Instant::now();
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(begin.elapsed() < Duration::from_secs(20), "it took {:?}", begin.elapsed());
    let lines = daemon.log().lines().filter(|line| line.contains("http_json plugin: ")).count();
    assert_eq!(lines, 2, "{}", daemon.log());
}

/// A certificate of 127.0.0.1 that `NAME-ca.pem` vouches for.
fn certificate(dir: &Path, name: &str) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    let commands = [
        format!("req -x509 {key} -subj /CN={name}-ca -keyout {name}-ca.key -out {name}-ca.pem"),
        format!(
            "req -x509 {key} -subj /CN={name} -CA {name}-ca.pem -CAkey {name}-ca.key -keyout {name}.key -out {name}.pem \
             -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
        ),
    ];
    for command in commands {
        let output = Command::new("openssl").args(command.split(' ')).current_dir(dir).output();
        let output = output.expect("openssl: install the package openssl");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn https_is_for_servers_that_somebody_trusted_vouches_for() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (here, there) = ("here", "there");
    certificate(dir.path(), here);
    certificate(dir.path(), there);
    let file = |name: &str| dir.path().join(name);
    let server = Server::start(&[&file("here.pem"), &file("here.key")]);
    let address = format!("https://127.0.0.1:{}/status", server.port);
    let trusted = |name: &str| format!("CaFile {:?}\nInstance \"{name}\"", file(&format!("{name}-ca.pem")));
    let other_name = address.replace("127.0.0.1", "localhost");
    // Takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent_address = format!("https://{}/", silent.local_addr().expect("it is bound"));
    let mut daemon = builder()
        .conf(&url(&silent_address, &format!("Timeout 1\n{}", trusted(here))))
        .conf(&url(&address, &trusted(here)))
        .conf(&url(&format!("{address}?there"), &trusted(there)))
        .conf(&url(&other_name, &trusted(here)))
        .start();
    assert_eq!(daemon.wait_rows("testhost/http_json-here/uptime-uptime", 1)[0].1, "86400.000000");
    let line = daemon.wait_log("invalid peer certificate: UnknownIssuer", PATIENCE);
    assert!(line.contains(&format!("\"{address}\": ")), "{line}");
    daemon.wait_log(&format!("\"{silent_address}\": the server does not answer within 1s"), PATIENCE);
    let line = daemon.wait_log("not valid for name", PATIENCE);
    assert!(line.contains(&format!("\"{other_name}\": ")), "{line}");
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(!daemon.csv_rows().keys().any(|name| name.contains("there")), "{:?}", daemon.csv_rows());
    drop(silent);
}

#[test]
fn the_configuration_in_the_directory_is_one_and_the_readme_shows_it() {
    assert!(README.contains(CONF), "README.md shows another configuration than http_json.conf");
    let server = Server::start(&[]);
    // As it stands, but for where the server is.
    let conf = CONF.replace("http://localhost:8080/", &format!("http://127.0.0.1:{}/", server.port));
    let mut daemon = builder().conf(&conf).start();
    for metric in ["uptime-uptime", "gauge-used-0", "derive-requests"] {
        assert!(!daemon.wait_rows(&format!("testhost/http_json-app/{metric}"), 1).is_empty());
    }
    assert!(daemon.stop().success(), "{}", daemon.log());
}
