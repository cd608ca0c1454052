//! The plugin in the real daemon, with notifications of collectd's own threshold plugin, and a hook in Python.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use collectd_test_daemon::{Builder, Daemon, cargo_build};

const PATIENCE: Duration = Duration::from_secs(60);

/// A web server that tells what it got.
struct Hook {
    server: Child,
    lines: Receiver<String>,
}

impl Hook {
    fn start() -> (Hook, u16) {
        Hook::start_with(&[])
    }

    /// A certificate and its key are for https.
    fn start_with(arguments: &[PathBuf]) -> (Hook, u16) {
        let mut server = Command::new("python3")
            .args(["-c", include_str!("receiver.py")])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3: install the package python3");
        let (sender, lines) = channel();
        let stdout = server.stdout.take().expect("a pipe");
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let hook = Hook { server, lines };
        let port = hook.line().parse().expect("a port");
        (hook, port)
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the server says something")
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A daemon in which gauges beyond 10 are warnings, and beyond 20 failures.
fn watching(hooks: &str) -> Builder {
    let so: PathBuf = cargo_build::cdylib("collectd-example-notify-webhook");
    Daemon::builder()
        .load("unixsock")
        .load("threshold")
        .conf("<Plugin threshold>\n<Type \"gauge\">\nWarningMax 10\nFailureMax 20\nPersist true\n</Type>\n</Plugin>")
        .load_so(so, "notify_webhook")
        .conf(&format!("<Plugin notify_webhook>\n{hooks}\n</Plugin>"))
        .write_threads(1)
}

#[test]
fn what_is_beyond_a_threshold_arrives() {
    let (hook, port) = Hook::start();
    let hooks = format!(
        "<Webhook \"all\">\nURL \"http://127.0.0.1:{port}/all\"\nHoldBack 600\n</Webhook>\n\
         <Webhook \"bad\">\nURL \"http://localhost:{port}/bad\"\nSeverity \"failure\"\nFormat \"Text\"\n\
         Template \"%{{severity}} %{{host}}/%{{plugin}} %{{type_instance}}\"\n</Webhook>"
    );
    let mut daemon = watching(&hooks).start();
    // A name with what would end a string of JSON.
    let name = "h/p/gauge-say \"no\\";
    daemon.putval(name, "interval=1", "N:15");
    let line = hook.line();
    let json = line.strip_prefix("/all application/json ").expect("JSON");
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!((&json["severity"], &json["host"], &json["plugin"]), (&"WARNING".into(), &"h".into(), &"p".into()));
    assert_eq!((&json["type"], &json["type_instance"]), (&"gauge".into(), &"say \"no\\".into()));
    let message = json["message"].as_str().expect("a text");
    assert!(message.contains("15.000000") && message.contains("10.000000"), "{message}");

    // Persist: each value is told, until they are held back. Only the failure goes to both.
    for value in [16, 17, 18] {
        daemon.putval(name, "interval=1", &format!("N:{value}"));
    }
    daemon.putval(name, "interval=1", "N:25");
    let mut lines = [hook.line(), hook.line()];
    lines.sort();
    assert!(lines[0].contains("\"severity\":\"FAILURE\"") && lines[0].contains("\"held_back\":0"), "{lines:#?}");
    assert_eq!(lines[1], "/bad text/plain; charset=utf-8 FAILURE h/p say \"no\\");
    // At its end the daemon does not wait until the time is over.
    assert!(daemon.stop().success(), "{}", daemon.log());
    let line = hook.line();
    assert!(line.contains("18.000000") && line.contains("\"held_back\":2"), "{line}");
    assert!(!daemon.log().contains("[error] notify_webhook"), "{}", daemon.log());
}

/// A certificate of 127.0.0.1 that nobody but itself vouches for, and its key.
fn certificate(dir: &Path, name: &str) -> [PathBuf; 2] {
    let files = ["pem", "key"].map(|end| dir.join(format!("{name}.{end}")));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=hook", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-out"])
        .arg(&files[0])
        .arg("-keyout")
        .arg(&files[1])
        .output()
        .expect("openssl: install the package openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    files
}

#[test]
fn https_is_for_hooks_that_somebody_trusted_vouches_for() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let [here, there] = ["here", "there"].map(|name| certificate(dir.path(), name));
    let (hook, port) = Hook::start_with(&here);
    let block = |name: &str, ca: String| {
        format!("<Webhook \"{name}\">\nURL \"https://127.0.0.1:{port}/{name}-secret\"\nRetries 0\n{ca}\n</Webhook>\n")
    };
    let hooks = [
        block("right", format!("CaFile {:?}", here[0])),
        block("wrong", format!("CaFile {:?}", there[0])),
        block("system", String::new()),
    ];
    let mut daemon = watching(&hooks.concat()).start();
    daemon.putval("h/p/gauge", "interval=1", "N:99");
    let line = hook.line();
    assert!(line.starts_with("/right-secret application/json {"), "{line}");
    for name in ["wrong", "system"] {
        daemon.wait_log(&format!("webhook {name:?}: a notification is given up, attempt 1: "), PATIENCE);
    }
    assert!(daemon.stop().success(), "{}", daemon.log());
    let refused = daemon.log().lines().filter(|line| line.contains("invalid peer certificate")).count();
    assert_eq!(refused, 2, "{}", daemon.log());
    assert!(!daemon.log().contains("secret"), "{}", daemon.log());
}

/// Values go their way while a hook does not answer, and the daemon ends in time.
#[test]
fn a_hook_that_hangs_stops_nothing() {
    // It accepts, as far as the kernel does that by itself.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("an address").port();
    let hooks = format!("<Webhook \"dead\">\nURL \"http://127.0.0.1:{port}/\"\nTimeout 1\nQueueLength 5\n</Webhook>");
    let mut daemon = watching(&hooks).load("csv").start();
    let start = Instant::now();
    for metric in 0..50 {
        daemon.putval(&format!("h/p/gauge-{metric}"), "interval=1", "N:99");
    }
    let _ = daemon.wait_rows("h/p/gauge-49", 1);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    daemon.wait_log("webhook \"dead\": the queue is full", PATIENCE);
    daemon.wait_log("webhook \"dead\": attempt 1: ", PATIENCE);
    let start = Instant::now();
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(daemon.log().contains("notifications have not been sent"), "{}", daemon.log());
}

#[test]
fn the_start_stops_at_a_mistake() {
    let output = watching("<Webhook \"a\">\nURL \"ftp://127.0.0.1/\"\n</Webhook>").check_start_fails();
    assert!(output.contains("<Webhook \"a\">: URL: expected http://HOST/"), "{output}");
}

/// The configuration beside the code.
#[test]
fn the_example_is_one() {
    let conf = include_str!("../notify_webhook.conf");
    let conf: String =
        conf.lines().filter(|line| !line.starts_with("LoadPlugin")).map(|line| format!("{line}\n")).collect();
    let so = cargo_build::cdylib("collectd-example-notify-webhook");
    let outcome = Daemon::builder().load("df").load("threshold").load_so(so, "notify_webhook").conf(&conf).run_once();
    assert!(outcome.status.success(), "{}", outcome.output);
    let bad = |line: &&str| ["[error]", "[warning]"].iter().any(|level| line.starts_with(level));
    let complaints: Vec<_> = outcome.output.lines().filter(bad).collect();
    // `-T` does not wait for its write threads.
    assert!(complaints.iter().all(|line| line.contains("left after shutting down")), "{complaints:#?}");
}
