//! Other programs take what `print` writes, and understand by it what was sent.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;

use collectd_net::SecurityLevel;
use collectd_test_daemon::{Daemon, free_udp_port, stock_types_db, wait_until};
use collectd_test_interop::{InfluxDb, List, Security, sample, send, send_notification};
use common::{Live, PATIENCE};
use tempfile::TempDir;

/// A file with the types of the sample.
fn types_of_sample() -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("types.db");
    fs::write(&path, sample::types_db()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

/// What is printed of these lists, and of notifications behind them.
fn printed(format: &str, lists: &[List], with_notifications: bool) -> Vec<String> {
    let (_dir, extra) = types_of_sample();
    let stock = stock_types_db();
    let live = Live::loopback(&["--format", format, "--types-db", stock.to_str().unwrap(), "--types-db", &extra]);
    let (port, plain) = (live.addrs[0].port(), Security::new(SecurityLevel::None));
    send(port, &plain, lists);
    for notification in sample::notifications().iter().filter(|_| with_notifications) {
        send_notification(port, &plain, notification);
    }
    let ended = live.stop();
    let notifications = if with_notifications { sample::notifications().len() } else { 0 };
    let came = format!("{} value lists, {notifications} notifications ", lists.len());
    assert!(ended.summary().starts_with(&came), "{}", ended.summary());
    ended.stdout
}

/// A daemon that knows the types of the sample, with this configuration; ready for commands.
fn daemon(extra: &str, conf: &str, plugins: &[&str]) -> Daemon {
    let types = format!("TypesDB \"{}\" \"{extra}\"\n", stock_types_db().display());
    let builder = Daemon::builder().write_threads(1).conf(&types).load("unixsock");
    plugins.iter().fold(builder, |builder, plugin| builder.load(plugin)).conf(conf).start()
}

#[test]
fn influxdb_stores_lines_as_it_stores_what_collectd_sends() {
    let lists = sample::lists_without_absolutes();
    let lines = printed("influx", &lists, true);
    let (packets, protocol) = (Security::new(SecurityLevel::None), Security::new(SecurityLevel::None));
    let (by_packet, by_line) = (InfluxDb::start(&packets), InfluxDb::start(&protocol));
    by_line.write(&lines.join("\n"));
    let points: Vec<_> = lines.iter().filter(|line| !line.starts_with("notification,")).collect();
    send(by_packet.port, &packets, &lists);
    let bits = |points: BTreeMap<_, f64>| points.into_iter().map(|(point, x)| (point, x.to_bits())).collect();
    let wanted: BTreeMap<_, u64> = bits(by_packet.wait_points(points.len()));
    assert!(wanted.len() > 300 && wanted.len() == points.len(), "{} {}", wanted.len(), points.len());

    let notifications = by_line.query("SELECT%20*%20FROM%20notification");
    let rows = notifications["results"][0]["series"][0]["values"].as_array().unwrap();
    assert_eq!(rows.len(), sample::notifications().len(), "{notifications}");
    for (row, sent) in rows.iter().zip(sample::notifications()) {
        let has = |text: &str| row.as_array().unwrap().iter().any(|column| column == text);
        let names = sent.view().identifier.names().map(|name| name.to_string());
        assert!(names.iter().filter(|name| !name.is_empty()).all(|name| has(name)), "{row}: {names:?}");
        assert!(has(&String::from_utf8_lossy(&sent.message)), "{row}: {sent}");
    }
    let _ = by_line.query("DROP%20MEASUREMENT%20notification");
    let got: BTreeMap<_, u64> = bits(by_line.points());
    assert_eq!(got.iter().find(|(point, bits)| wanted.get(point) != Some(bits)), None, "surplus or different");
    assert_eq!(wanted.keys().find(|point| !got.contains_key(*point)), None, "missing");
}

/// What its protocol could take for the end of a name is part of it.
#[test]
fn influxdb_reads_names_that_look_like_its_protocol() {
    let names = ["a,b=c d", "\\,\\", "x\\ y\\=", "\"'", "=,= ", "ends in \\"];
    let lists: Vec<_> = names
        .iter()
        .map(|name| {
            let list = collectd_net::Values::new("gauge").host(*name).plugin(*name).plugin_instance(*name);
            let list = list.type_instance(*name).time(collectd_net::Time::from_secs(1_700_000_000)).gauge(1.5);
            List::of(list.view())
        })
        .collect();
    let security = Security::new(SecurityLevel::None);
    let db = InfluxDb::start(&security);
    db.write(&printed("influx", &lists, false).join("\n"));
    let got = db.points();
    // A \ before one of these, or at the end, cannot be said.
    let told = |name: &str| {
        let pairs = [("\\,", "\\x5c,"), ("\\=", "\\x5c="), ("\\ ", "\\x5c ")];
        let name = pairs.iter().fold(name.to_owned(), |name, (pair, told)| name.replace(pair, told));
        name.strip_suffix('\\').map_or(name.clone(), |name| format!("{name}\\x5c"))
    };
    for name in names {
        let [measurement, name] = [format!("{name}_value"), name.to_owned()].map(|name| told(&name));
        let point = ([measurement, name.clone(), name.clone(), "gauge".to_owned(), name], 1_700_000_000_000_000_000);
        assert_eq!(got.get(&point), Some(&1.5), "{point:?} is not in {got:#?}");
    }
    assert_eq!(got.len(), names.len());
}

/// What one daemon gets by `PUTVAL`, and another over the network, both write to the same rows.
#[test]
fn unixsock_takes_commands_as_network_takes_packets() {
    let lists = sample::lists_for_commands();
    let lines = printed("putval", &lists, true);
    let (_dir, extra) = types_of_sample();
    let port = free_udp_port();
    let listen = format!("<Plugin network>\nListen \"127.0.0.1\" \"{port}\"\n</Plugin>\n");
    let mut by_packet = daemon(&extra, &listen, &["csv", "network"]);
    let mut by_command = daemon(&extra, "", &["csv"]);
    for line in &lines {
        by_command.command(line).unwrap_or_else(|answer| panic!("{line}: {answer}"));
    }
    let mut last = lists.last().unwrap().clone();
    by_command.wait_dispatched(&last.identifier(), last.seconds());
    (last.names[0], last.time) = ("last".to_owned(), last.time + (1 << 30));
    // The daemon's socket may be bound a moment after it says that it is ready.
    send(port, &Security::new(SecurityLevel::None), &lists);
    send(port, &Security::new(SecurityLevel::None), &[last]);
    let listed = |daemon: &Daemon| {
        let lines = daemon.command("LISTVAL").unwrap();
        let names = lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with("last/")).collect();
        names.sort();
        names
    };
    let nudge = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    wait_until("the last list", PATIENCE, || {
        // The plugin may keep it until more comes.
        nudge.send_to(&[], (Ipv4Addr::LOCALHOST, port)).unwrap();
        by_packet.csv_rows().keys().any(|name| name.starts_with("last/")).then_some(())
    });
    assert_eq!(listed(&by_command), listed(&by_packet));
    assert!(by_packet.stop().success() && by_command.stop().success());
    let (mut wanted, got) = (by_packet.csv_rows(), by_command.csv_rows());
    wanted.retain(|name, _| !name.starts_with("last/"));
    assert!(got.values().map(Vec::len).sum::<usize>() > 300);
    assert_eq!(got.iter().find(|(name, rows)| wanted.get(*name) != Some(rows)), None, "surplus or different");
    assert_eq!(wanted.keys().find(|name| !got.contains_key(*name)), None, "missing");
    // collectd logs notifications as it understood them.
    for sent in sample::notifications() {
        let text = format!("message = {}", String::from_utf8_lossy(&sent.message));
        assert!(by_command.log().contains(&text), "{text} is not in\n{}", by_command.log());
    }
}

/// `collectdctl` too takes what stands behind `PUTVAL`, word by word, as far as it can read times: whole seconds.
#[test]
fn collectdctl_takes_the_words() {
    let is_whole = |list: &List| list.time.trailing_zeros() >= 30 && list.interval.trailing_zeros() >= 30;
    let lists: Vec<_> = sample::lists_for_commands().into_iter().filter(is_whole).take(5).collect();
    assert_eq!(lists.len(), 5);
    let (_dir, extra) = types_of_sample();
    let daemon = daemon(&extra, "", &[]);
    for (line, list) in printed("putval", &lists, false).iter().zip(&lists) {
        let words: Vec<_> = line.strip_prefix("PUTVAL ").unwrap().split(' ').collect();
        let socket = daemon.unixsock();
        let mut command = Command::new("collectdctl");
        let output =
            command.arg("-s").arg(&socket).arg("putval").args(&words).output().expect("collectdctl is installed");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        daemon.wait_dispatched(&list.identifier(), list.seconds());
    }
}

/// collectd's own write_graphite writes the same, but for the digits of doubles and the order of lines.
#[test]
fn graphite_gets_what_write_graphite_would_send() {
    let lists = sample::lists_for_commands();
    let graphite = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let conf = format!(
        "<Plugin write_graphite>\n<Node \"test\">\nHost \"127.0.0.1\"\nPort \"{}\"\nStoreRates false\n</Node>\n</Plugin>\n",
        graphite.local_addr().unwrap().port()
    );
    let (_dir, extra) = types_of_sample();
    let mut daemon = daemon(&extra, &conf, &["write_graphite"]);
    let received = thread::spawn(move || {
        let mut text = Vec::new();
        graphite.accept().unwrap().0.read_to_end(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    });
    for line in printed("putval", &lists, false) {
        daemon.command(&line).unwrap_or_else(|answer| panic!("{line}: {answer}"));
    }
    let last = lists.last().unwrap();
    daemon.wait_dispatched(&last.identifier(), last.seconds());
    assert!(daemon.stop().success());
    let wanted = received.join().unwrap();
    let mut wanted: Vec<_> =
        wanted.lines().map(graphite_line).filter(|(_, x, _)| !f64::from_bits(*x).is_nan()).collect();
    let got = printed("graphite", &lists, false);
    let mut got: Vec<_> = got.iter().map(|line| graphite_line(line)).collect();
    wanted.sort();
    got.sort();
    assert!(got.len() > 300, "{}", got.len());
    assert_eq!(got.iter().zip(&wanted).find(|(got, wanted)| got != wanted), None);
    assert_eq!(got.len(), wanted.len());
}

/// Name, value to 15 digits, time.
fn graphite_line(line: &str) -> (String, u64, u64) {
    let mut words = line.trim_end().rsplitn(3, ' ');
    let time = words.next().unwrap().parse().unwrap();
    let value: f64 = words.next().unwrap().parse().unwrap();
    let value: f64 = format!("{value:.14e}").parse().unwrap();
    (words.next().unwrap().to_owned(), value.to_bits(), time)
}

const PARSER: &str = "\
import sys
sys.path.append('/usr/lib/python3/dist-packages')
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        labels = sorted(sample.labels.items())
        print(family.type, sample.name, repr(labels), repr(float(sample.value)), sample.timestamp, sep='\\t')
";

/// Type, name, labels, value, milliseconds of each sample, in some order: what Prometheus' client library for Python
/// reads, which is strict about names, labels and numbers.
fn samples(text: String) -> Vec<(String, String, String, u64, u64)> {
    let mut command = Command::new("python3");
    command.args(["-c", PARSER]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = command.spawn().expect("python3 is installed");
    let mut stdin = python.stdin.take().unwrap();
    let writer = thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = python.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "install python3-prometheus-client: {complaint}");
    writer.join().unwrap().unwrap();
    let sample = |line: &str| {
        let fields: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let [type_, name, labels, value, time] = &fields[..] else { panic!("{line}") };
        let (value, time): (f64, f64) = (value.parse().unwrap(), time.parse().unwrap());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of this century")]
        let time = (time * 1000.0).round() as u64;
        let value = if value.is_nan() { f64::NAN } else { value };
        (type_.clone(), name.clone(), labels.clone(), value.to_bits(), time)
    };
    String::from_utf8(output.stdout).unwrap().lines().map(sample).collect()
}

#[test]
fn prometheus_understands_every_sample() {
    let lists = sample::lists();
    let lines = printed("prometheus", &lists, false);
    // A stream has the families in the order of their samples; what their types are shows when they are together.
    let mut together: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in &lines {
        let head = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE "));
        let name = head.map_or_else(|| line.split('{').next(), |rest| rest.split(' ').next());
        together.entry(name.unwrap()).or_default().push(line);
    }
    let together = together.into_values().flatten().map(|line| format!("{line}\n")).collect::<String>();
    let mut got = samples(together);
    let stream: Vec<_> = samples(lines.join("\n") + "\n")
        .into_iter()
        .map(|(_, name, labels, value, time)| (name, labels, value, time))
        .collect();
    got.sort();
    let mut wanted = Vec::new();
    for list in &lists {
        let [host, plugin, plugin_instance, _, type_instance] = &list.names;
        let quoted = |text: &String| if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") };
        let is_kept = |byte: &u8| byte.is_ascii_alphanumeric();
        let key: String = plugin.bytes().map(|byte| if is_kept(&byte) { char::from(byte) } else { '_' }).collect();
        let type_key = if plugin_instance.is_empty() { &key } else { "type" };
        let mut labels = vec![("instance", host)];
        labels.extend(Some((key.as_str(), plugin_instance)).filter(|(_, text)| !text.is_empty()));
        labels.extend(Some((type_key, type_instance)).filter(|(_, text)| !text.is_empty()));
        labels.sort();
        let labels: Vec<_> = labels.iter().map(|(key, text)| format!("('{key}', {})", quoted(text))).collect();
        for value in list.values() {
            let type_ = if value.kind() == collectd_types::Kind::Gauge { "gauge" } else { "counter" };
            let bits = if value.as_f64().is_nan() { f64::NAN.to_bits() } else { value.as_f64().to_bits() };
            let millis = u64::try_from((u128::from(list.time) * 1000) >> 30).unwrap();
            wanted.push((type_.to_owned(), format!("[{}]", labels.join(", ")), bits, millis));
        }
    }
    wanted.sort();
    assert_eq!(stream.len(), wanted.len());
    let mut named: Vec<_> =
        got.into_iter().map(|(type_, _, labels, bits, millis)| (type_, labels, bits, millis)).collect();
    named.sort();
    assert_eq!(named.iter().zip(&wanted).find(|(got, wanted)| got != wanted), None);
    assert_eq!(named.len(), wanted.len());
}
