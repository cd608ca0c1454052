//! What tests of receiving share: packets made by hand, senders of all addresses, and the statistics that the plugin
//! dispatches.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use collectd_test_daemon::{Builder, Daemon, Rows, cargo_build};
use collectd_types::{Interval, Notification, Time, Values};
use collectd_wire::{Encoder, Sealer};

use crate::common::soon;

/// Name and password of two users.
pub(crate) const ALICE: (&[u8], &[u8]) = (b"alice", b"w0nderl4nd");
pub(crate) const BOB: (&[u8], &[u8]) = (b"bob", b"bu1|der");
pub(crate) const USERS: &str = "alice: w0nderl4nd\nbob: bu1|der\n";

/// Room for anything.
const LARGEST: usize = 65_507;

/// A daemon that reports ten times a second, with csv and unixsock.
pub(crate) fn reporting(block: &str) -> Builder {
    configure(Daemon::builder(), block)
}

/// The same, which keeps only its own values: what others send reaches neither the cache nor csv.
pub(crate) fn reporting_alone(block: &str) -> Builder {
    configure(Daemon::builder().load("match_regex").conf(OWN_VALUES_ONLY), block)
}

const OWN_VALUES_ONLY: &str = r#"PreCacheChain "Own"
<Chain "Own">
  <Rule>
    <Match "regex">
      Host "^testhost$"
    </Match>
    Target "return"
  </Rule>
  Target "stop"
</Chain>"#;

fn configure(builder: Builder, block: &str) -> Builder {
    let conf = format!("<Plugin rust_network>\n{block}\nReportStats true\n</Plugin>");
    let builder = builder.load_so(cargo_build::cdylib("rust_network"), "rust_network").conf(&conf);
    // Of two write threads that make a new file at once, csv loses what the first one wrote.
    builder.interval(Duration::from_millis(100)).write_threads(1).load("csv").load("unixsock")
}

/// A `Listen` block for a port of this machine.
pub(crate) fn listen(port: u16, options: &str) -> String {
    format!("<Listen \"127.0.0.1\" \"{port}\">\n{options}\n</Listen>\n")
}

/// The plugin instance of its statistics.
pub(crate) fn instance(port: u16) -> String {
    format!("listen-127.0.0.1-{port}")
}

/// A value list of the type `gauge`.
pub(crate) fn gauge(host: &str, name: &str, time: Time, value: f64) -> Values {
    let list = Values::new("gauge").host(host).plugin("p").type_instance(name);
    list.time(time).interval(Interval::from_secs(10)).gauge(value)
}

/// A plain packet.
pub(crate) fn packet(lists: impl IntoIterator<Item = Values>) -> Vec<u8> {
    let mut encoder = Encoder::new(LARGEST);
    for list in lists {
        encoder.push(list.view()).expect("it fits");
    }
    encoder.packet().to_vec()
}

/// A plain packet with a notification.
pub(crate) fn notification(host: &str, time: Time, message: &str) -> Vec<u8> {
    let notification = Notification::warning(message).host(host).plugin("p").time(time);
    collectd_wire::encode_notification(notification.view(), LARGEST).expect("it fits")
}

/// What is signed by a user.
pub(crate) fn signed((user, password): (&[u8], &[u8]), packet: &[u8]) -> Vec<u8> {
    sealed(Sealer::sign(user, password).expect("a user"), packet)
}

/// What is encrypted by a user.
pub(crate) fn encrypted((user, password): (&[u8], &[u8]), packet: &[u8]) -> Vec<u8> {
    sealed(Sealer::encrypt(user, password).expect("a user"), packet)
}

fn sealed(mut sealer: Sealer, packet: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    sealer.seal(packet, &mut sealed).expect("it fits");
    sealed
}

/// Sends packets from one address to one port of 127.0.0.1.
pub(crate) struct Source(UdpSocket);

impl Source {
    pub(crate) fn new(port: u16) -> Source {
        Source::at(Ipv4Addr::LOCALHOST, port)
    }

    /// From another address of the loopback interface.
    pub(crate) fn at(from: impl Into<Ipv4Addr>, port: u16) -> Source {
        let socket = UdpSocket::bind((from.into(), 0)).expect("a free port");
        socket.connect((Ipv4Addr::LOCALHOST, port)).expect("loopback is there");
        Source(socket)
    }

    pub(crate) fn send_all(&self, packets: &[impl AsRef<[u8]>]) {
        packets.iter().for_each(|packet| self.send(packet.as_ref()));
    }

    pub(crate) fn send(&self, packet: &[u8]) {
        // What an earlier packet met is told by the next call.
        if self.0.send(packet).is_err() {
            self.0.send(packet).expect("loopback takes packets");
        }
    }
}

/// What the daemon calls itself: a receiver has the values of a sender too.
fn own_name(rows: &Rows) -> &'static str {
    if rows.keys().any(|name| name.starts_with("testhost/")) { "testhost" } else { SENDER }
}

/// The name of a daemon that sends.
pub(crate) const SENDER: &str = "sender";

/// The last statistics: `plugin_instance/type-type_instance`, and the values.
#[derive(Debug, Clone)]
pub(crate) struct Statistics(BTreeMap<String, Vec<f64>>);

impl Statistics {
    /// What is there now.
    pub(crate) fn of(daemon: &Daemon) -> Statistics {
        let rows = daemon.csv_rows();
        let own = format!("{}/network", own_name(&rows));
        let rows = rows.into_iter().filter_map(|(name, rows)| {
            let name = name.strip_prefix(&own)?;
            let (_, values) = rows.last()?;
            let values = values.split(',').map(|value| value.parse().expect("a number")).collect();
            Some((name.trim_start_matches(['-', '/']).to_owned(), values))
        });
        Statistics(rows.collect())
    }

    /// Waits until a number is this large, and then until all numbers are at least as young.
    pub(crate) fn wait(daemon: &Daemon, name: &str, index: usize, number: u64) -> Statistics {
        soon(&format!("{name} with {number}"), || {
            Statistics::of(daemon).get(name, index).filter(|&there| there >= number).map(|_| ())
        });
        Statistics::next(daemon)
    }

    /// Statistics that were made after now.
    pub(crate) fn next(daemon: &Daemon) -> Statistics {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is past 1970").as_secs_f64();
        // When there is something of a second round, the first is there whole.
        soon("two rounds of statistics", || {
            let rows = daemon.csv_rows();
            let rounds = rows.get(&format!("{}/network/queue_length", own_name(&rows)))?;
            let is_young = |(time, _): &&(String, String)| time.parse::<f64>().is_ok_and(|time| time > now);
            (rounds.iter().filter(is_young).count() >= 2).then_some(())
        });
        Statistics::of(daemon)
    }

    /// Waits until a listener has received so many packets, and is through with them.
    pub(crate) fn received(daemon: &Daemon, port: u16, packets: u64) -> Statistics {
        let mut first = Some(Statistics::wait(daemon, &format!("{}/if_packets", instance(port)), 0, packets));
        soon("an end of the work", || {
            let statistics = first.take().unwrap_or_else(|| Statistics::next(daemon));
            (statistics.get("queue_length", 0) == Some(0)).then_some(statistics)
        })
    }

    pub(crate) fn get(&self, name: &str, index: usize) -> Option<u64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
        self.0.get(name).map(|values| values[index] as u64)
    }

    /// A number of a listener.
    pub(crate) fn count(&self, port: u16, name: &str) -> u64 {
        let name = format!("{}/{name}", instance(port));
        self.get(&name, 0).unwrap_or_else(|| panic!("no {name} in {:#?}", self.0))
    }

    /// What a listener has not used, where there is something.
    pub(crate) fn drops(&self, port: u16) -> BTreeMap<String, u64> {
        let prefix = format!("{}/", instance(port));
        let own = self.0.iter().filter_map(|(name, values)| {
            let (_, reason) = name.strip_prefix(&prefix)?.split_once("-dropped-")?;
            Some((reason.to_owned(), values[0]))
        });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
        own.filter(|(_, count)| *count > 0.0).map(|(reason, count)| (reason, count as u64)).collect()
    }
}

/// Names and numbers as [`Statistics::drops`] has them.
pub(crate) fn drops<const N: usize>(drops: [(&str, u64); N]) -> BTreeMap<String, u64> {
    drops.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect()
}

/// What the plugin itself has logged.
pub(crate) fn own_log(daemon: &Daemon) -> String {
    let log = daemon.log();
    log.lines().filter(|line| line.contains("rust_network plugin: ")).map(|line| format!("{line}\n")).collect()
}

/// Writes the users into a file of a directory.
pub(crate) fn auth_file(dir: &std::path::Path) -> String {
    let path = dir.join("users");
    std::fs::write(&path, USERS).expect("a temporary directory is writable");
    format!("AuthFile \"{}\"", path.display())
}
