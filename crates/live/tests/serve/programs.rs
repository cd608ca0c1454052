//! The stream of everything, and what Prometheus reads.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Lines;
use crate::common::Live;
use crate::server::{Serve, list};

/// What plain packets of real senders have in them.
fn packets() -> Vec<Vec<u8>> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    ["tg-0", "triple-none-0", "notif-none-meta", "putval-none-edge-gauges", "putval-none-utf8", "crafted-nan-variants"]
        .map(|name| std::fs::read(vectors.join(format!("{name}.bin"))).unwrap())
        .to_vec()
}

#[test]
fn the_stream_has_the_lines_of_print() {
    let serve = Serve::start(&[]);
    let mut stream = Lines::open(&serve, "/api/stream");
    let mut some = Lines::open(&serve, "/api/stream?filter=type+%3D%3D+gauge+%26%26+value+%3E+0");
    let print = Live::loopback(&["--format", "json"]);
    let packets = packets();
    for packet in &packets {
        serve.send_packet(packet);
    }
    print.send(&packets);
    let all: usize = packets.iter().map(|packet| collectd_wire::decode(packet).filter(Result::is_ok).count()).sum();
    let count = serve.wait_received(all as u64)["value_lists"].as_u64().unwrap();
    assert!(count > 60, "{count}");
    let is_positive = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let is_positive = |value: &Value| value["value"].as_f64() > Some(0.0) || value["value"] == "Infinity";
        line["type"] == "gauge" && line["values"].as_array().unwrap().iter().any(is_positive)
    };
    let mut positive = 0;
    for _ in 0..=count {
        let line = print.next_line();
        assert_eq!(stream.next_content(), line);
        if is_positive(&line) {
            positive += 1;
            assert_eq!(some.next_content(), line);
        }
    }
    assert!((2..count).contains(&positive), "{positive}");
}

#[test]
fn who_reads_the_stream_too_slowly_is_told_what_was_skipped() {
    let serve = Serve::start(&[]);
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(8192).unwrap();
    socket.connect(&serve.http.into()).unwrap();
    socket.set_read_timeout(Some(crate::common::PATIENCE)).unwrap();
    let mut idle = std::net::TcpStream::from(socket);
    idle.write_all(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    // Once there is a head, all that comes is for this reader, who then reads no more.
    let mut lines = Lines::of(idle);
    // Some 7 MB of lines: more than the program and the kernel keep for somebody with so little room. The first value
    // tells which it is.
    let wide = |n: u32| {
        let values = std::iter::once(f64::from(n)).chain((1..150).map(f64::from));
        list("h/wide/gauge", u64::from(4000 - n)).gauges(values)
    };
    for round in 0..20 {
        serve.send(&(0..60).map(|n| wide(60 * round + n)).collect::<Vec<_>>());
        serve.wait_received(60 * (u64::from(round) + 1));
    }
    let statistics = serve.json("/api/statistics");
    assert_eq!((&statistics["value_lists"], &statistics["dropped"]), (&json!(1200), &json!(0)));
    assert!(serve.memory("VmHWM:") < 100_000, "{} kB", serve.memory("VmHWM:"));
    // The first for which there is room again tells of those before.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let udp = serve.udp;
    let more = std::thread::spawn(move || {
        let mut sender = collectd_udp::Sender::connect(udp, &collectd_udp::SendOptions::default()).unwrap();
        for n in 1200..4000 {
            sender.send_batch(&[crate::common::packet([wide(n)])]).unwrap();
            if stopped.recv_timeout(Duration::from_millis(100)) != Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                break;
            }
        }
    });
    let mut next = || serde_json::from_str::<Value>(&lines.next_content()).unwrap();
    let number = |line: &Value| line["values"][0]["value"].to_string().trim_end_matches(".0").parse::<u64>().unwrap();
    let (mut seen, mut line) = (0, next());
    while line["kind"] != "skipped" {
        assert_eq!(number(&line), seen);
        (seen, line) = (seen + 1, next());
    }
    let skipped = line["lines"].as_u64().unwrap();
    assert_eq!(number(&next()), seen + skipped);
    assert!(seen > 100 && skipped > 100, "{seen} {skipped}");
    drop(stop);
    more.join().unwrap();
}

#[test]
fn the_stream_has_limits() {
    let serve = Serve::start(&[]);
    let wrong = serve.get("/api/stream?filter=host+%3D%3D");
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("filter: "), "{}", wrong.text());
    let streams: Vec<_> = (0..16).map(|_| Lines::open(&serve, "/api/stream")).collect();
    let refused = serve.get("/api/stream");
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("16 programs"), "{}", refused.text());
    drop(streams);
    crate::common::until("there is room again", || {
        let mut stream = serve.connect();
        stream.write_all(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        (start == *b"HTTP/1.1 200").then_some(())
    });
}

#[test]
fn filters_are_for_everything() {
    let serve = Serve::start(&["--host", "web*", "--filter", "value > 1"]);
    let mut stream = Lines::open(&serve, "/api/stream");
    serve.send(&["web1", "db1", "web2"].map(|host| list(&format!("{host}/p/gauge"), 1).gauge(2.0)));
    serve.send(&[list("web3/p/gauge", 1).gauge(0.5)]);
    serve.wait_received(4);
    let found = serve.json("/api/series");
    let hosts: Vec<_> = found["series"].as_array().unwrap().iter().map(|series| &series["host"]).collect();
    assert_eq!(hosts, ["web1", "web2"]);
    let told: Vec<Value> = (0..2).map(|_| serde_json::from_str(&stream.next_content()).unwrap()).collect();
    assert_eq!((&told[0]["host"], &told[1]["host"]), (&json!("web1"), &json!("web2")));
}

const PARSER: &str = "\
import json, sys
sys.path.append('/usr/lib/python3/dist-packages')
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(json.dumps([family.type, sample.name, sample.labels, repr(float(sample.value)), sample.timestamp]))
";

/// What Prometheus' client library for Python reads: type, name, labels, value, seconds.
fn parse(text: &str) -> Vec<Value> {
    let mut command = Command::new("python3");
    command.args(["-c", PARSER]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = command.spawn().expect("python3 is installed");
    let mut stdin = python.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = python.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "install python3-prometheus-client: {complaint}");
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn prometheus_reads_all_series() {
    let serve = Serve::start(&[]);
    let odd = "a\"b\\c\nd\u{1b}e";
    // By host, so that families have to be brought together.
    for host in ["b", "a", odd] {
        let values = |name: &str| {
            let values = list(&format!("x/{name}"), 1);
            values.host(host)
        };
        serve.send(&[
            values("interface-eth0/if_octets").derives([u32::MAX.into(), -5]),
            values("cpu-0/cpu-idle").counter(1 << 53),
            values("load/load").gauges([0.1, f64::NAN, f64::INFINITY]),
            values("we:ird-{}/t ype-x").absolute(7),
        ]);
    }
    serve.send(&[list("silent/p/gauge", 1).interval(Duration::from_millis(1)).gauge(1.0)]);
    serve.wait_received(13);
    std::thread::sleep(Duration::from_millis(10));
    let answer = serve.get("/metrics");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    let samples = parse(&text);
    let of = |name: &str, host: &str| -> Vec<&Value> {
        samples.iter().filter(|sample| sample[1] == name && sample[2]["instance"] == host).collect()
    };
    let escaped = "a\"b\\c\\x0ad\\x1be";
    for host in ["a", "b", escaped] {
        let [octets] = of("collectd_interface_if_octets_rx_total", host)[..] else { panic!("{text}") };
        assert_eq!((&octets[0], &octets[3]), (&json!("counter"), &json!("4294967295.0")));
        assert_eq!(octets[2], json!({ "interface": "eth0", "instance": host }));
        let [cpu] = of("collectd_cpu_total", host)[..] else { panic!("{text}") };
        assert_eq!(
            (&cpu[2], &cpu[3]),
            (&json!({ "cpu": "0", "type": "idle", "instance": host }), &json!("9007199254740992.0"))
        );
        let loads =
            ["shortterm", "midterm", "longterm"].map(|name| of(&format!("collectd_load_{name}"), host)[0][3].clone());
        assert_eq!(loads, ["0.1", "nan", "inf"].map(|text| json!(text)));
        // Their library adds what the name lacks.
        assert_eq!(of("collectd_we:ird_t_ype_total", host).len(), 1, "{text}");
    }
    assert!(of("collectd_p_gauge", "silent").is_empty());
    let own: Vec<_> = samples.iter().filter(|sample| sample[1] == "collectd_live_value_lists_total").collect();
    assert_eq!((own.len(), &own[0][3]), (1, &json!("13.0")));
    // Each family in one piece, with its type once.
    let (mut seen, mut last) = (HashSet::new(), "");
    for line in text.lines() {
        let name = line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").split(['{', ' ']).next().unwrap();
        assert!(name == last || seen.insert(name), "{name} comes again:\n{text}");
        last = name;
    }
    let types: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
    assert_eq!(types.iter().collect::<HashSet<_>>().len(), types.len());
}
