//! What the tests share.

#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod packets;
pub(crate) mod preload;
pub(crate) mod record;
pub(crate) mod side;

use std::path::PathBuf;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, Rows, cargo_build, wait_until};
use collectd_types::{Kind, ValuesRef};
use tempfile::TempDir;

/// For what a healthy daemon does in a fraction of a second, on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How many value lists the sample `fixed_values` dispatches in a read, without the long type.
pub(crate) const SAMPLE: usize = 39;

/// A daemon with `rust_network`, and these lines in its block.
pub(crate) fn sender(block: &str) -> Builder {
    let conf = format!("<Plugin rust_network>\n{block}\n</Plugin>");
    unconfigured_sender().conf(&conf)
}

/// A daemon with `rust_network`; its blocks are for the caller to add.
pub(crate) fn unconfigured_sender() -> Builder {
    Daemon::builder().load_so(cargo_build::cdylib("rust_network"), "rust_network")
}

/// A daemon with collectd's own `network` plugin, and these lines in its block.
pub(crate) fn c_network(block: &str) -> Builder {
    Daemon::builder().load("network").conf(&format!("<Plugin network>\n{block}\n</Plugin>"))
}

/// A `Server` line for a port of this machine.
pub(crate) fn server(port: u16) -> String {
    format!("Server \"127.0.0.1\" \"{port}\"\n")
}

/// Adds a sample plugin with its block.
pub(crate) fn load_sample(builder: Builder, name: &str, block: &str) -> Builder {
    let so = cargo_build::example("collectd-test-plugins", name);
    let conf = format!("<Plugin {name}>\n{block}\n</Plugin>");
    builder.load_so(so, name).conf(&conf)
}

/// A value list as it was in a packet, to the last bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) names: [Vec<u8>; 5],
    pub(crate) time: u64,
    pub(crate) interval: u64,
    pub(crate) values: Vec<(Kind, u64)>,
}

impl List {
    pub(crate) fn new(list: ValuesRef<'_>) -> List {
        List {
            names: list.identifier().names().map(|name| name.as_bytes().to_vec()),
            time: list.time().to_raw(),
            interval: list.interval().to_raw(),
            values: list.values().map(|value| (value.kind(), value.to_bits())).collect(),
        }
    }

    /// As in an identifier.
    pub(crate) fn name(&self) -> String {
        let [host, plugin, plugin_instance, type_, type_instance] =
            self.names.each_ref().map(|name| String::from_utf8_lossy(name).into_owned());
        let dash = |instance: String| if instance.is_empty() { instance } else { format!("-{instance}") };
        format!("{host}/{plugin}{}/{type_}{}", dash(plugin_instance), dash(type_instance))
    }
}

/// All value lists of correct packets, in order.
pub(crate) fn lists(packets: &[impl AsRef<[u8]>]) -> Vec<List> {
    let mut lists = Vec::new();
    for packet in packets {
        for item in collectd_wire::decode(packet.as_ref()) {
            let item = item.expect("a correct packet");
            lists.push(List::new(item.values().expect("no notifications are sent")));
        }
    }
    lists
}

/// The names of all value lists, in order.
pub(crate) fn names(packets: &[impl AsRef<[u8]>]) -> Vec<String> {
    lists(packets).iter().map(List::name).collect()
}

/// Rows without those of plugins that the test does not care about.
pub(crate) fn rows_of(daemon: &Daemon, wanted: impl Fn(&str) -> bool) -> Rows {
    daemon.csv_rows().into_iter().filter(|(name, _)| wanted(name)).collect()
}

/// How many lines of the daemon's log have this in them.
pub(crate) fn log_lines(daemon: &Daemon, needle: &str) -> usize {
    daemon.log().lines().filter(|line| line.contains(needle)).count()
}

/// What is in logs for reasons of the machine.
pub(crate) const MACHINES_OWN: &[&str] = &["No such group", "net.core.rmem_max"];

/// Fails if the daemon's log has a warning or an error.
#[track_caller]
pub(crate) fn assert_no_trouble(daemon: &Daemon) {
    let log = daemon.log();
    let is_trouble = |line: &&str| line.starts_with("[warning]") || line.starts_with("[error]");
    // Of the machine: without a collectd of the system's there is no group for the socket; who is not root gets small
    // buffers.
    let is_known = |line: &str| MACHINES_OWN.iter().any(|text| line.contains(text));
    let troubles: Vec<_> = log.lines().filter(is_trouble).filter(|line| !is_known(line)).collect();
    assert!(troubles.is_empty(), "{troubles:#?}");
}

/// What the names that tests use resolve to, see `c/names.c`; a directory with its switches.
pub(crate) struct Names {
    dir: TempDir,
}

impl Names {
    pub(crate) fn new() -> Names {
        let dir = tempfile::tempdir().expect("a temporary directory");
        preload::build("names", dir.path());
        Names { dir }
    }

    /// Has the daemon ask here.
    pub(crate) fn preload(&self, builder: Builder) -> Builder {
        builder.env("LD_PRELOAD", self.file("names.so")).env("NAMES_DIR", self.dir.path())
    }

    /// Gives slow.test another address of the loopback interface than 127.0.0.1.
    pub(crate) fn move_to(&self, address: &str) {
        std::fs::write(self.file("address"), address).expect("a temporary directory is writable");
    }

    /// Turns `hang` or `again` on or off.
    pub(crate) fn switch(&self, name: &str, on: bool) {
        let file = self.file(name);
        let done = if on { std::fs::write(file, "") } else { std::fs::remove_file(file) };
        done.expect("a temporary directory is writable");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Waits for something that a healthy daemon does soon.
pub(crate) fn soon<T>(what: &str, ready: impl FnMut() -> Option<T>) -> T {
    wait_until(what, PATIENCE, ready)
}
