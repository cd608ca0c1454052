//! What each format looks like, and that nothing in it harms.

mod common;

use std::fs;

use collectd_types::{Notification, Time, Values};
use collectd_wire::encode_notification;
use common::{Live, packet};

const FORMATS: [&str; 7] = ["line", "json", "csv", "putval", "influx", "graphite", "prometheus"];

/// With half a second, and the smallest fraction.
const TIME: Time = Time::from_raw((1_700_000_000 << 30) + (1 << 29) + 1);

fn octets() -> Values {
    let list = Values::new("if_octets").host("web-1.example.org").plugin("interface").plugin_instance("eth0");
    list.time(TIME).interval(std::time::Duration::from_secs(10)).derives([i64::MIN, i64::MAX])
}

fn gauge() -> Values {
    let list = Values::new("gauge").host("web-1.example.org").plugin("p").type_instance("a b");
    list.time(TIME).interval(std::time::Duration::from_secs(10)).gauge(0.1)
}

fn mixed() -> Values {
    let list = Values::new("t_mixed4").host("h").plugin("t_mixed4").time(Time::from_secs(7));
    list.counter(u64::MAX).gauge(f64::NEG_INFINITY).derive(-1).absolute(0)
}

fn unknown() -> Values {
    Values::new("nobody's").host("h").plugin("p").time(Time::from_secs(8)).gauges([f64::NAN, 1e300])
}

fn notification() -> Vec<u8> {
    let full = Notification::failure("disk \"a,b\" is\\full").host("web-1.example.org").plugin("df").time(TIME);
    encode_notification(full.type_instance("x").build().unwrap().view(), 1452).unwrap()
}

/// A types.db with what is sent here, but for one.
fn types_db() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let types = "if_octets rx:DERIVE:0:U, tx:DERIVE:0:U\ngauge value:GAUGE:U:U\nderive value:DERIVE:U:U\n\
                 t_mixed4 c:COUNTER:U:U, g:GAUGE:U:U, d:DERIVE:U:U, a:ABSOLUTE:U:U\n";
    fs::write(file.path(), types).unwrap();
    file
}

/// All lines that are printed of these packets, and what is said in the end.
fn lines(format: &str, args: &[&str], packets: &[Vec<u8>]) -> (Vec<String>, String) {
    let types = types_db();
    let args = [&["--format", format, "--types-db", types.path().to_str().unwrap()], args].concat();
    let live = Live::loopback(&args);
    live.send(packets);
    let ended = live.stop();
    (ended.stdout.clone(), ended.summary().to_owned())
}

#[track_caller]
fn check(format: &str, expected: &[&str]) {
    let packets = [packet([octets(), gauge(), mixed(), unknown()]), notification()];
    let (got, summary) = lines(format, &[], &packets);
    assert_eq!(got, expected);
    let says_notifications = !matches!(format, "graphite" | "prometheus");
    assert!(summary.starts_with("4 value lists, 1 notifications in 2 packets, "), "{summary}");
    let unsaid = summary.ends_with("; 0 malformed; 1 notifications that this format cannot say");
    assert_eq!(unsaid, !says_notifications, "{summary}");
}

#[test]
fn line() {
    check(
        "line",
        &[
            "[1700000000] web-1.example.org/interface-eth0/if_octets [(2, -9223372036854775808), (2, 9223372036854775807)]",
            "[1700000000] web-1.example.org/p/gauge/a b [(1, 0.1)]",
            "[7] h/t_mixed4/t_mixed4 [(0, 18446744073709551615), (1, -inf), (2, -1), (3, 0)]",
            "[8] h/p/nobody's [(1, NaN), (1, 1e300)]",
            r#"[1700000000] web-1.example.org/df/x FAILURE: disk "a,b" is\full"#,
        ],
    );
}

#[test]
fn json() {
    let names = |host, plugin, plugin_instance, type_, type_instance| {
        format!(
            r#""host":"{host}","plugin":"{plugin}","plugin_instance":"{plugin_instance}","type":"{type_}","type_instance":"{type_instance}""#
        )
    };
    let end = r#""signed":false,"encrypted":false,"username":null}"#;
    let octets = names("web-1.example.org", "interface", "eth0", "if_octets", "");
    let gauge = names("web-1.example.org", "p", "", "gauge", "a b");
    let (mixed, unknown) = (names("h", "t_mixed4", "", "t_mixed4", ""), names("h", "p", "", "nobody's", ""));
    let df = names("web-1.example.org", "df", "", "", "x");
    let time = r#""time":1700000000.500000001,"interval":10.000000000"#;
    check(
        "json",
        &[
            &format!(
                r#"{{"kind":"values",{octets},{time},"values":[{{"name":"rx","type":"derive","value":-9223372036854775808}},{{"name":"tx","type":"derive","value":9223372036854775807}}],{end}"#
            ),
            &format!(
                r#"{{"kind":"values",{gauge},{time},"values":[{{"name":"value","type":"gauge","value":0.1}}],{end}"#
            ),
            &format!(
                r#"{{"kind":"values",{mixed},"time":7.000000000,"interval":0.000000000,"values":[{{"name":"c","type":"counter","value":18446744073709551615}},{{"name":"g","type":"gauge","value":"-Infinity"}},{{"name":"d","type":"derive","value":-1}},{{"name":"a","type":"absolute","value":0}}],{end}"#
            ),
            &format!(
                r#"{{"kind":"values",{unknown},"time":8.000000000,"interval":0.000000000,"values":[{{"type":"gauge","value":"NaN"}},{{"type":"gauge","value":1e+300}}],{end}"#
            ),
            &format!(
                r#"{{"kind":"notification","severity":1,"time":1700000000.500000001,{df},"message":"disk \"a,b\" is\\full",{end}"#
            ),
        ],
    );
}

#[test]
fn csv() {
    check(
        "csv",
        &[
            "kind,time,interval,host,plugin,plugin_instance,type,type_instance,name,value_type,value,severity,message",
            "values,1700000000.500000001,10.000000000,web-1.example.org,interface,eth0,if_octets,,rx,derive,-9223372036854775808,,",
            "values,1700000000.500000001,10.000000000,web-1.example.org,interface,eth0,if_octets,,tx,derive,9223372036854775807,,",
            "values,1700000000.500000001,10.000000000,web-1.example.org,p,,gauge,\"a b\",value,gauge,0.1,,",
            "values,7.000000000,0.000000000,h,t_mixed4,,t_mixed4,,c,counter,18446744073709551615,,",
            "values,7.000000000,0.000000000,h,t_mixed4,,t_mixed4,,g,gauge,-inf,,",
            "values,7.000000000,0.000000000,h,t_mixed4,,t_mixed4,,d,derive,-1,,",
            "values,7.000000000,0.000000000,h,t_mixed4,,t_mixed4,,a,absolute,0,,",
            "values,8.000000000,0.000000000,h,p,,nobody's,,0,gauge,NaN,,",
            "values,8.000000000,0.000000000,h,p,,nobody's,,1,gauge,1e+300,,",
            r#"notification,1700000000.500000001,,web-1.example.org,df,,,x,,,,failure,"disk ""a,b"" is\full""#.to_owned().as_str(),
        ],
    );
}

#[test]
fn putval() {
    check(
        "putval",
        &[
            "PUTVAL web-1.example.org/interface-eth0/if_octets interval=10 1700000000.500000001:-9223372036854775808:9223372036854775807",
            "PUTVAL \"web-1.example.org/p/gauge-a b\" interval=10 1700000000.500000001:0.1",
            "PUTVAL h/t_mixed4/t_mixed4 7:18446744073709551615:-inf:-1:0",
            "PUTVAL h/p/nobody's 8:U:1e+300",
            r#"PUTNOTIF severity=failure time=1700000000.500000001 host=web-1.example.org plugin=df type_instance=x message="disk \"a,b\" is\\full""#,
        ],
    );
}

#[test]
fn influx() {
    check(
        "influx",
        &[
            "interface_rx,host=web-1.example.org,instance=eth0,type=if_octets value=-9223372036854775808 1700000000500000001",
            "interface_tx,host=web-1.example.org,instance=eth0,type=if_octets value=9223372036854775807 1700000000500000001",
            r"p_value,host=web-1.example.org,type=gauge,type_instance=a\ b value=0.1 1700000000500000001",
            "t_mixed4_c,host=h,type=t_mixed4 value=18446744073709551615 7000000000",
            "t_mixed4_d,host=h,type=t_mixed4 value=-1 7000000000",
            "t_mixed4_a,host=h,type=t_mixed4 value=0 7000000000",
            "p_1,host=h,type=nobody's value=1e+300 8000000000",
            r#"notification,host=web-1.example.org,plugin=df,type_instance=x,severity=failure message="disk \"a,b\" is\\full" 1700000000500000001"#,
        ],
    );
}

#[test]
fn graphite() {
    check(
        "graphite",
        &[
            "web-1_example_org.interface-eth0.if_octets.rx -9223372036854775808 1700000001",
            "web-1_example_org.interface-eth0.if_octets.tx 9223372036854775807 1700000001",
            "web-1_example_org.p.gauge-a_b 0.1 1700000001",
            "h.t_mixed4.t_mixed4.c 18446744073709551615 7",
            "h.t_mixed4.t_mixed4.g -inf 7",
            "h.t_mixed4.t_mixed4.d -1 7",
            "h.t_mixed4.t_mixed4.a 0 7",
            "h.p.nobody's.1 1e+300 8",
        ],
    );
}

#[test]
fn prometheus() {
    check(
        "prometheus",
        &[
            "# HELP collectd_interface_if_octets_rx_total interface/if_octets rx derive",
            "# TYPE collectd_interface_if_octets_rx_total counter",
            r#"collectd_interface_if_octets_rx_total{interface="eth0",instance="web-1.example.org"} -9223372036854775808 1700000000500"#,
            "# HELP collectd_interface_if_octets_tx_total interface/if_octets tx derive",
            "# TYPE collectd_interface_if_octets_tx_total counter",
            r#"collectd_interface_if_octets_tx_total{interface="eth0",instance="web-1.example.org"} 9223372036854775807 1700000000500"#,
            "# HELP collectd_p_gauge p/gauge value gauge",
            "# TYPE collectd_p_gauge gauge",
            r#"collectd_p_gauge{p="a b",instance="web-1.example.org"} 0.1 1700000000500"#,
            "# HELP collectd_t_mixed4_c_total t_mixed4/t_mixed4 c counter",
            "# TYPE collectd_t_mixed4_c_total counter",
            r#"collectd_t_mixed4_c_total{instance="h"} 18446744073709551615 7000"#,
            "# HELP collectd_t_mixed4_g t_mixed4/t_mixed4 g gauge",
            "# TYPE collectd_t_mixed4_g gauge",
            r#"collectd_t_mixed4_g{instance="h"} -Inf 7000"#,
            "# HELP collectd_t_mixed4_d_total t_mixed4/t_mixed4 d derive",
            "# TYPE collectd_t_mixed4_d_total counter",
            r#"collectd_t_mixed4_d_total{instance="h"} -1 7000"#,
            "# HELP collectd_t_mixed4_a t_mixed4/t_mixed4 a absolute",
            "# TYPE collectd_t_mixed4_a counter",
            r#"collectd_t_mixed4_a{instance="h"} 0 7000"#,
            "# HELP collectd_p_nobody_s_0 p/nobody's 0 gauge",
            "# TYPE collectd_p_nobody_s_0 gauge",
            r#"collectd_p_nobody_s_0{instance="h"} NaN 8000"#,
            "# HELP collectd_p_nobody_s_1 p/nobody's 1 gauge",
            "# TYPE collectd_p_nobody_s_1 gauge",
            r#"collectd_p_nobody_s_1{instance="h"} 1e+300 8000"#,
        ],
    );
}

/// Names of labels are there once, and begin as they must.
#[test]
fn prometheus_labels_do_not_collide() {
    let label = |plugin: &str| {
        let list = Values::new("gauge").host("h").plugin(plugin).plugin_instance("i").type_instance("t").gauge(1.0);
        let (lines, _) = lines("prometheus", &[], &[packet([list.time(Time::from_secs(7))])]);
        lines[2].split(['{', '=']).nth(1).unwrap().to_owned()
    };
    for (plugin, expected) in [
        ("disk", "disk"),
        ("type", "plugin_type"),
        ("instance", "plugin_instance"),
        ("3com", "plugin_3com"),
        ("__name__", "plugin___name__"),
        ("a:b-c", "a_b_c"),
    ] {
        assert_eq!(label(plugin), expected);
    }
}

#[test]
fn rates_stand_for_what_is_counted() {
    let derive = |seconds, value| {
        let list = Values::new("derive").host("h").plugin("p").time(Time::from_secs(seconds));
        packet([list.derive(value)])
    };
    let packets = [derive(10, 100), derive(20, 150), derive(30, 125)];
    for (format, expected) in [
        ("line", &["[10] h/p/derive [(2, NaN)]", "[20] h/p/derive [(2, 5.0)]", "[30] h/p/derive [(2, -2.5)]"][..]),
        ("putval", &["PUTVAL h/p/derive 10:U", "PUTVAL h/p/derive 20:5.0", "PUTVAL h/p/derive 30:-2.5"]),
        (
            "influx",
            &["p_value,host=h,type=derive value=5.0 20000000000", "p_value,host=h,type=derive value=-2.5 30000000000"],
        ),
        ("graphite", &["h.p.derive 5 20", "h.p.derive -2.5 30"]),
        (
            "prometheus",
            &[
                "# HELP collectd_p_derive p/derive value derive",
                "# TYPE collectd_p_derive gauge",
                "collectd_p_derive{instance=\"h\"} NaN 10000",
                "collectd_p_derive{instance=\"h\"} 5.0 20000",
                "collectd_p_derive{instance=\"h\"} -2.5 30000",
            ],
        ),
    ] {
        assert_eq!(lines(format, &["--rate"], &packets).0, expected, "{format}");
    }
    let (csv, _) = lines("csv", &["--rate"], &packets);
    let ends = ["value_type,value,severity,message", "value,derive,NaN,,", "value,derive,5.0,,", "value,derive,-2.5,,"];
    assert!(csv.len() == 4 && csv.iter().zip(ends).all(|(row, end)| row.ends_with(end)), "{csv:?}");
    let (json, _) = lines("json", &["--rate"], &packets);
    let values = |line: &String| line.split_once("\"values\":[").unwrap().1.split_once(']').unwrap().0.to_owned();
    let values: Vec<_> = json.iter().map(values).collect();
    assert_eq!(values[0], r#"{"name":"value","type":"derive","value":100,"rate":null}"#);
    assert_eq!(values[1], r#"{"name":"value","type":"derive","value":150,"rate":5.0}"#);
    assert_eq!(values[2], r#"{"name":"value","type":"derive","value":125,"rate":-2.5}"#);
}

#[test]
fn series_beyond_the_limit_are_counted() {
    let list = |name: &str, value: u32| {
        let list = Values::new("derive").host("h").plugin("p").type_instance(name);
        list.time(Time::from_secs((10 * value).into())).derive(value.into())
    };
    let packets = [packet([list("a", 1), list("b", 1)]), packet([list("a", 2), list("b", 2)])];
    let (got, summary) = lines("line", &["--rate", "--max-series", "1"], &packets);
    assert_eq!(got[2..], ["[20] h/p/derive/a [(2, 0.1)]", "[20] h/p/derive/b [(2, NaN)]"]);
    assert!(summary.ends_with("; 2 value lists without rates: more series than --max-series"), "{summary}");
}

#[test]
fn filters_choose() {
    let packets = [packet([octets(), gauge(), mixed(), unknown()]), notification()];
    for (args, expected) in [
        (&["--host", "web-*"][..], &["gauge", "if_octets", "notification"][..]),
        (&["--type", "if_*", "--type", "/mixed/"], &["if_octets", "t_mixed4"]),
        (&["--host", "web-*", "--plugin-instance", ""], &["gauge", "notification"]),
        (&["--type-instance", "a b"], &["gauge"]),
        (&["--filter", "value > 1e6"], &["if_octets", "nobody's", "t_mixed4"]),
        (&["--filter", "kind == values", "--host", "web-*"], &["gauge", "if_octets"]),
        (&["--filter", "severity == failure && from == 127.0.0.1"], &["notification"]),
        (&["--filter", "from == 127.0.0.2"], &[]),
    ] {
        let (json, summary) = lines("json", args, &packets);
        let type_ = |line: &String| {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            if json["kind"] == "notification" { json["kind"].clone() } else { json["type"].clone() }
        };
        let mut types: Vec<_> = json.iter().map(|line| type_(line).as_str().unwrap().to_owned()).collect();
        types.sort();
        assert_eq!(types, expected, "{args:?}");
        assert!(summary.starts_with("4 value lists, 1 notifications "), "what came is counted: {summary}");
    }
    // What is passed over does not count.
    let live = Live::loopback(&["--plugin", "p", "--count", "2"]);
    live.send(&packets);
    let expected = ["[1700000000] web-1.example.org/p/gauge/a b [(1, 0.1)]", "[8] h/p/nobody's [(1, NaN), (1, 1e300)]"];
    assert_eq!(live.wait().stdout, expected);
}

#[test]
fn hostile_text_harms_in_no_format() {
    let hostile = "\x1b]0;title\x07\n\r\t\0x9b\u{9b}31m\u{202e}\u{2028}\u{7f}, =\"'\\:{}<script>%s";
    let hostile = &hostile.replace('\0', "");
    let bytes = [hostile.as_bytes(), b"\xff\x9b\\"].concat();
    let list = Values::new(&bytes).host(&bytes).plugin(&bytes).plugin_instance(&bytes).type_instance(&bytes);
    let list = list.time(TIME).gauges([1.0, 2.0]);
    let full = Notification::okay(bytes.clone()).host(hostile).plugin(&bytes).type_(&bytes).time(TIME).build().unwrap();
    let full = encode_notification(full.view(), 1452).unwrap();
    for format in FORMATS {
        for color in ["auto", "always"] {
            let (got, _) = lines(format, &["--color", color], &[packet([list.clone()]), full.clone()]);
            let lists = if matches!(format, "line" | "json" | "putval") { 1 } else { 2 };
            let expected = match format {
                "csv" => lists + 2,
                "graphite" => lists,
                // Each has its help and its type.
                "prometheus" => 3 * lists,
                _ => lists + 1,
            };
            assert_eq!(got.len(), expected, "{format}: {got:#?}");
            for line in got {
                // Colours are ours.
                let line = if color == "always" { uncoloured(&line) } else { line };
                let harmful = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}');
                assert!(!line.contains(harmful), "{format}: {line:?}");
            }
        }
    }
}

fn uncoloured(line: &str) -> String {
    ["0", "1", "2", "36", "1;31", "33", "32"]
        .iter()
        .fold(line.to_owned(), |line, code| line.replace(&format!("\x1b[{code}m"), ""))
}

#[test]
fn colours_are_for_terminals_or_who_asks() {
    let packets = [packet([mixed()]), notification()];
    let (plain, _) = lines("line", &[], &packets);
    let (coloured, _) = lines("line", &["--color", "always"], &packets);
    assert!(plain.iter().all(|line| !line.contains('\x1b')), "{plain:?}");
    assert!(coloured.iter().all(|line| line.contains('\x1b')), "{coloured:?}");
    assert!(coloured[1].contains("\x1b[1;31mFAILURE\x1b[0m"), "{coloured:?}");
    let uncoloured: Vec<_> = coloured.iter().map(|line| uncoloured(line)).collect();
    assert_eq!(uncoloured, plain);
    let (json, _) = lines("json", &["--color", "always"], &packets);
    assert!(json.iter().all(|line| !line.contains('\x1b')), "only lines for people have colours");
}

#[test]
fn exact_is_for_json() {
    let output = common::command(&["print", "--exact"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("'--exact' needs '--format json'"), "{stderr}");
}

#[test]
fn wrong_filters_are_pointed_at() {
    let filter = "host ~ \"foobar\" && plugin = \"swap\"";
    let output = common::command(&["print", "--filter", filter]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("column 27: \"equal\" is ==\n"), "{stderr}");
    assert!(stderr.contains(&format!("  {filter}\n{:>28}^\n", "")), "{stderr}");
}
