//! A running `collectd-live serve`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use collectd_types::{Interval, Time, Values};
use collectd_udp::{SendOptions, Sender};
use serde_json::Value;

use crate::common::{self, PATIENCE};

/// The program under test; killed when dropped.
pub(crate) struct Serve {
    child: Child,
    pub(crate) stderr: Receiver<String>,
    /// Where it receives, and where it serves.
    pub(crate) udp: SocketAddr,
    pub(crate) http: SocketAddr,
}

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Serve {
    /// Serves on a free port what comes to a free port, both of 127.0.0.1.
    pub(crate) fn start(args: &[&str]) -> Serve {
        Serve::start_as(&["--listen", "127.0.0.1:0"], args)
    }

    pub(crate) fn start_as(listen: &[&str], args: &[&str]) -> Serve {
        let mut command = common::command(&[&["serve", "--http", "127.0.0.1:0"], listen, args].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = common::lines(child.stderr.take().unwrap());
        let (mut udp, mut http) = (None, None);
        while udp.is_none() || http.is_none() {
            let line = stderr.recv_timeout(PATIENCE).expect("it listens and serves");
            if let Some(addr) = line.strip_prefix("listening on ") {
                udp = addr.parse().ok();
            }
            if listen.contains(&"--read") {
                udp = Some(([127, 0, 0, 1], 0).into());
            }
            if let Some(url) = line.strip_prefix("serving http://") {
                http = url.trim_end_matches('/').parse().ok();
            }
        }
        Serve { child, stderr, udp: udp.unwrap(), http: http.unwrap() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    /// Sends value lists, as many to a packet as there are room for.
    pub(crate) fn send(&self, lists: &[Values]) {
        let mut sender = Sender::connect(self.udp, &SendOptions::default()).unwrap();
        for lists in lists.chunks(20) {
            sender.send_batch(&[common::packet(lists.iter().cloned())]).unwrap();
        }
    }

    pub(crate) fn send_packet(&self, packet: &[u8]) {
        Sender::connect(self.udp, &SendOptions::default()).unwrap().send_batch(&[packet]).unwrap();
    }

    /// Sends these bytes over a connection, and reads what comes until it is closed.
    pub(crate) fn raw(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The answer to a long one may come, and the connection be closed, before all of it is written.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        // What was sent and not read makes it a reset, after the answer.
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Asks as a browser does, with further lines of its head.
    pub(crate) fn ask(&self, method: &str, path: &str, head: &str) -> Answer {
        let host = self.http;
        let answer =
            self.raw(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{head}\r\n").as_bytes());
        Answer::parse(&answer)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
    }

    /// Waits until it has taken so many value lists and notifications.
    #[track_caller]
    pub(crate) fn wait_received(&self, count: u64) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let statistics = self.json("/api/statistics");
            let received = statistics["value_lists"].as_u64().unwrap() + statistics["notifications"].as_u64().unwrap();
            if received >= count {
                return statistics;
            }
            assert!(Instant::now() < deadline, "{statistics}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A line of `/proc/PID/status` in kB.
    pub(crate) fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|other| other.strip_prefix(line)).unwrap();
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap()
    }

    /// Sends a signal, and waits for the end: its exit status, and what it said after the start.
    pub(crate) fn end(&mut self, signal: &str) -> (std::process::ExitStatus, Vec<String>) {
        let kill = format!("kill -{signal} {}", self.pid());
        assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let status = common::until("it ends", || self.child.try_wait().unwrap());
        (status, common::rest(&self.stderr))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn parse(answer: &[u8]) -> Answer {
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = &answer[end + 4..];
        let body = if head.contains("transfer-encoding: chunked") { joined(body) } else { body.to_vec() };
        Answer { status, head, body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// A line of the head.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The chunks of a body.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|part| part == b"\r\n") {
        let len = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        whole.extend(&body[end + 2..end + 2 + len]);
        body = &body[end + 4 + len..];
        if len == 0 {
            break;
        }
    }
    whole
}

/// A time that was so many seconds ago, to a whole second, when this test first asked for one: it is not another one
/// when the next second has come meanwhile.
pub(crate) fn ago(seconds: u64) -> Time {
    thread_local! {
        static NOW: u64 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    }
    Time::from_secs(NOW.with(|now| *now) - seconds)
}

/// A value list without values, measured so many seconds ago.
pub(crate) fn list(identifier: &str, seconds: u64) -> Values {
    let id: collectd_types::Identifier = identifier.parse().unwrap();
    let values = Values::new(&id.type_).host(&id.host).plugin(&id.plugin).plugin_instance(&id.plugin_instance);
    values.type_instance(&id.type_instance).interval(Interval::from_secs(10)).time(ago(seconds))
}
