//! A running `collectd-live print`, and what the tests send it.

#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod terminal;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use collectd_types::{Time, Values};
use collectd_udp::{SendOptions, Sender};
use collectd_wire::Encoder;

/// No wait of a test that works takes nearly as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test; killed when dropped.
pub(crate) struct Live {
    child: Child,
    stdout: Option<Receiver<String>>,
    stderr: Receiver<String>,
    /// What was written to standard error before "listening on".
    pub(crate) warnings: Vec<String>,
    pub(crate) addrs: Vec<SocketAddr>,
}

/// What is left when the program has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Lines that were not taken before.
    pub(crate) stdout: Vec<String>,
    pub(crate) stderr: Vec<String>,
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collectd-live"));
    command.args(args).stdin(Stdio::null());
    command
}

impl Live {
    /// Runs `collectd-live print` with these arguments until it listens.
    pub(crate) fn print(args: &[&str]) -> Live {
        let mut live = Live::print_to(Stdio::piped(), args);
        live.stdout = Some(lines(live.child.stdout.take().expect("a pipe")));
        live
    }

    /// The same on any free port of 127.0.0.1.
    pub(crate) fn loopback(args: &[&str]) -> Live {
        Live::print(&[&["--listen", "127.0.0.1:0"], args].concat())
    }

    /// The same, with its output elsewhere than in [`next_line`](Self::next_line).
    pub(crate) fn print_to(stdout: Stdio, args: &[&str]) -> Live {
        let mut command = command(&[&["print"], args].concat());
        let mut child = command.stdout(stdout).stderr(Stdio::piped()).spawn().expect("the program starts");
        let stderr = lines(child.stderr.take().expect("a pipe"));
        let mut live = Live { child, stdout: None, stderr, warnings: Vec::new(), addrs: Vec::new() };
        while live.addrs.is_empty() {
            let line = live.stderr.recv_timeout(PATIENCE).expect("it listens");
            match line.strip_prefix("listening on ") {
                Some(addrs) => live.addrs.extend(addrs.split(", ").map(|addr| addr.parse::<SocketAddr>().unwrap())),
                None => live.warnings.push(line),
            }
        }
        live
    }

    /// Something that sends to the address that it listens on.
    pub(crate) fn sender(&self) -> Sender {
        Sender::connect(self.addrs[0], &SendOptions::default()).expect("loopback")
    }

    /// Sends packets to the address that it listens on.
    pub(crate) fn send(&self, packets: &[impl AsRef<[u8]>]) {
        self.sender().send_batch(packets).expect("loopback takes datagrams");
    }

    /// The next line of its output, while it is running.
    pub(crate) fn next_line(&self) -> String {
        self.stdout.as_ref().expect("piped").recv_timeout(PATIENCE).expect("there is a line")
    }

    /// The end of its output that nobody reads.
    pub(crate) fn take_stdout(&mut self) -> impl Read {
        self.child.stdout.take().expect("a pipe that nobody reads")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal, as `kill` does.
    pub(crate) fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(2));
        };
        let stdout = self.stdout.as_ref().map(rest).unwrap_or_default();
        Ended { status, stdout, stderr: rest(&self.stderr) }
    }

    /// Ends it as a user does.
    pub(crate) fn stop(self) -> Ended {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Checks that all went well, and returns the line that tells how much came.
    #[track_caller]
    pub(crate) fn summary(&self) -> &str {
        assert!(self.status.success(), "{}: {:?}", self.status, self.stderr);
        let [summary] = &self.stderr[..] else { panic!("one line was expected: {:?}", self.stderr) };
        summary
    }
}

/// Waits until something is there.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The lines of a stream, read in a thread of their own so that the writer never waits.
pub(crate) fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            // Invalid UTF-8 would be an error here: it must not come out of the program.
            if sender.send(line.expect("UTF-8")).is_err() {
                break;
            }
        }
    });
    receiver
}

pub(crate) fn rest(lines: &Receiver<String>) -> Vec<String> {
    let mut rest = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => rest.push(line),
            Err(RecvTimeoutError::Disconnected) => return rest,
            Err(RecvTimeoutError::Timeout) => panic!("the stream is still open"),
        }
    }
}

/// The value list that prints as `[7] h/p/gauge [(1, NUMBER.0)]`.
pub(crate) fn gauge(number: u32) -> Values {
    Values::new("gauge").host("h").plugin("p").time(Time::from_secs(7)).gauge(number.into())
}

pub(crate) fn gauge_line(number: u32) -> String {
    format!("[7] h/p/gauge [(1, {number}.0)]")
}

/// One packet with these value lists.
pub(crate) fn packet(lists: impl IntoIterator<Item = Values>) -> Vec<u8> {
    let mut encoder = Encoder::new(65_000);
    for values in lists {
        values.check().unwrap();
        encoder.push(values.view()).unwrap();
    }
    encoder.packet().to_vec()
}
