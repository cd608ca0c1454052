//! The program, and what it sends.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use collectd_test_daemon::{UdpSink, stock_types_db, wait_until};
use collectd_types::{Notification, Values};
use collectd_wire::Item;

/// No wait of a test that works takes nearly as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collectd-live"));
    command.arg("send").args(args).env_remove("COLLECTD_PASSWORD").stdin(Stdio::null());
    command
}

/// Runs it with this input. Its exit status, and what it says.
pub(crate) fn send(args: &[&str], input: &str) -> (Option<i32>, String) {
    finish(start(command(args)), input)
}

/// Starts it with pipes.
pub(crate) fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

pub(crate) fn finish(mut child: Child, input: &str) -> (Option<i32>, String) {
    // It may have ended without reading.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// Sends a signal, as `kill` does.
pub(crate) fn signal(child: &Child, name: &str) {
    let command = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
}

/// The address of a sink, for --to.
pub(crate) fn address(sink: &UdpSink) -> String {
    format!("127.0.0.1:{}", sink.port())
}

/// A value list or a notification that arrived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arrived {
    Values(Values),
    Notification(Notification),
}

impl Arrived {
    pub(crate) fn values(self) -> Values {
        match self {
            Arrived::Values(values) => values,
            Arrived::Notification(notification) => panic!("{notification}"),
        }
    }
}

/// Everything in these packets.
pub(crate) fn items(packets: &[Vec<u8>]) -> Vec<Arrived> {
    let items = packets.iter().flat_map(|packet| collectd_wire::decode(packet));
    let items = items.map(|item| match item.expect("a correct packet") {
        Item::Values(values) => Arrived::Values(values.to_values()),
        Item::Notification(notification) => Arrived::Notification(notification.to_notification()),
    });
    items.collect()
}

/// Waits until so many items have arrived.
pub(crate) fn wait_items(sink: &UdpSink, count: usize) -> Vec<Arrived> {
    wait_until(&format!("{count} items"), PATIENCE, || Some(items(&sink.packets())).filter(|all| all.len() >= count))
}

/// The types of the daemon, for --types-db.
pub(crate) fn types_db() -> PathBuf {
    stock_types_db()
}

/// Waits until it has ended by itself.
pub(crate) fn wait_end(child: &mut Child) {
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(2));
    }
}
