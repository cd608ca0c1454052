//! The examples, run as they are.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use collectd_net::{Server, Writer};

use crate::common::{PATIENCE, collect, listen, next, values};

/// The program that cargo built next to this one.
fn example(name: &str) -> Command {
    let tests = std::env::current_exe().expect("this program");
    let path: PathBuf = tests.ancestors().nth(2).expect("target/PROFILE/deps/it").join("examples").join(name);
    assert!(path.exists(), "{} is missing: `cargo test` builds it, `cargo test --test` does not", path.display());
    Command::new(path)
}

/// A program that is ended with the test.
struct Running {
    child: Child,
    addr: String,
}

impl Running {
    /// Starts it, and waits until it says where it listens.
    fn start(command: &mut Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let addr = address(child.stderr.take().expect("piped"));
        Running { child, addr }
    }

    /// The lines that it prints.
    fn lines(&mut self) -> Receiver<String> {
        let stdout = BufReader::new(self.child.stdout.take().expect("piped"));
        let (sender, receiver) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        receiver
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `listening on [127.0.0.1:1234]`, behind warnings.
fn address(stderr: ChildStderr) -> String {
    let mut stderr = BufReader::new(stderr);
    let mut line = String::new();
    while !line.starts_with("listening on ") {
        line.clear();
        assert!(stderr.read_line(&mut line).expect("it can be read") > 0, "it ended");
    }
    // Read on, or the program gets stuck when the pipe is full.
    std::thread::spawn(move || std::io::copy(&mut stderr.take(u64::MAX), &mut std::io::sink()));
    line.trim().trim_start_matches("listening on [").trim_end_matches(']').to_owned()
}

#[test]
fn the_reader_prints_what_comes() {
    let mut reader = Running::start(example("reader").arg("127.0.0.1:0"));
    let lines = reader.lines();
    let mut writer = Writer::new(reader.addr.as_str()).unwrap();
    writer.send(&values("h", "p")).unwrap();
    writer.flush().unwrap();
    assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "[1700000000] h/p/gauge [(1, 1.5)]");
}

#[test]
fn the_writer_sends_the_load() {
    let (mut reader, addr) = listen();
    assert!(example("writer").arg(addr.to_string()).status().unwrap().success());
    let [load] = &collect(&mut reader, 1)[..] else { panic!("one list") };
    assert_eq!((load.plugin().as_str(), load.values().unwrap().values().len()), (Some("load"), 3));
    assert!(!example("writer").stderr(Stdio::null()).status().unwrap().success(), "it needs an address");
}

#[test]
fn the_relay_takes_in_what_is_protected_and_passes_it_on() {
    let (mut reader, addr) = listen();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("passwd");
    std::fs::write(&path, "alice: w0nderl4nd\n").unwrap();
    let relay = Running::start(example("relay").args(["127.0.0.1:0", &addr.to_string()]).arg(&path));
    let addr = relay.addr.as_str();
    Writer::new(addr).unwrap().send(&values("plain", "p")).unwrap();
    Writer::new(Server::new(addr).sign("alice", "w0nderl4nd")).unwrap().send(&values("signed", "p")).unwrap();
    let mut writer = Command::new(example("writer").get_program());
    assert!(writer.args([addr, "alice", "w0nderl4nd"]).status().unwrap().success());
    let item = next(&mut reader);
    assert_eq!((item.host().as_str(), item.is_signed()), (Some("signed"), false));
    assert_eq!(next(&mut reader).plugin(), "load");

    let plain = Running::start(example("relay").args(["127.0.0.1:0", &reader.local_addrs()[0].to_string()]));
    Writer::new(plain.addr.as_str()).unwrap().send(&values("plain", "p")).unwrap();
    assert_eq!(next(&mut reader).host(), "plain");
}
