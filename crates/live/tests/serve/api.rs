//! What programs are told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use collectd_types::Notification;
use serde_json::{Value, json};

use crate::common::PATIENCE;
use crate::server::{Serve, ago, list};

fn series<'a>(found: &'a Value, id: &str) -> &'a Value {
    let all = found["series"].as_array().unwrap();
    all.iter().find(|series| series["id"] == id).unwrap_or_else(|| panic!("{id}: {found}"))
}

#[test]
fn series_are_told_with_exact_values() {
    let serve = Serve::start(&[]);
    let wide =
        |seconds, n| list("h/p-i/t-j", seconds).counter(u64::MAX - n).derive(i64::MIN).gauge(f64::NAN).absolute(7);
    serve.send(&[wide(20, 5), wide(10, 2), list("h/df-root/df_complex-free", 10).gauge(0.1)]);
    serve.wait_received(3);
    let found = serve.json("/api/series");
    let wide = series(&found, "h/p/i/t/j");
    // In the order of the alphabet, in which this prints them.
    let sources = [
        r#"{"kind":"counter","name":"0","shown":0.3,"unit":"1/s","value":18446744073709551613}"#,
        r#"{"kind":"derive","name":"1","shown":0.0,"unit":"1/s","value":-9223372036854775808}"#,
        r#"{"kind":"gauge","name":"2","shown":null,"unit":"","value":null}"#,
        r#"{"kind":"absolute","name":"3","shown":0.7,"unit":"1/s","value":7}"#,
    ];
    assert_eq!(wide["sources"].to_string(), format!("[{}]", sources.join(",")));
    assert_eq!(wide["time"], ago(10).as_secs() as f64);
    let names = ["host", "plugin", "plugin_instance", "type", "type_instance"].map(|part| wide[part].as_str().unwrap());
    assert_eq!(names, ["h", "p", "i", "t", "j"]);
    assert_eq!((&wide["interval"], &wide["silent"]), (&json!(10.0), &json!(false)));
    // Debian's types.db, which the tests of the daemon need anyway, names this source.
    assert_eq!(series(&found, "h/df/root/df_complex/free")["sources"][0]["name"], "value");
    assert_eq!(series(&found, "h/df/root/df_complex/free")["sources"][0]["unit"], "B");
}

#[test]
fn history_is_told_from_a_time_on() {
    let serve = Serve::start(&["--history", "3"]);
    let values = |n: i64| list("h/interface-eth0/if_octets", 50 - 10 * n.unsigned_abs()).derives([100 * n, 0]);
    serve.send(&(0..5).map(values).collect::<Vec<_>>());
    serve.wait_received(5);
    let path = "/api/history?id=h/interface/eth0/if_octets/&id=no/such//series/";
    let told = serve.json(path);
    assert_eq!(told["missing"], json!(["no/such//series/"]));
    let octets = series(&told, "h/interface/eth0/if_octets/");
    let at = |seconds| ago(seconds).as_secs() as f64;
    let times: Vec<_> = octets["points"].as_array().unwrap().iter().map(|row| row[0].as_f64().unwrap()).collect();
    assert!((times[0] - at(30)).abs() <= 2.0 && times[1] - times[0] == 10.0 && times.len() == 3, "{times:?}");
    assert_eq!(octets["points"][2], json!([times[2], 10.0, 0.0]));
    assert_eq!(octets["sources"][1]["name"], "tx");
    let later = serve.json(&format!("{path}&since={}", times[1]));
    assert_eq!(later["series"][0]["points"], json!([[times[2], 10.0, 0.0]]));
    assert!(told["now"].as_f64().unwrap() >= times[2]);
}

#[test]
fn the_tree_is_told_in_pieces() {
    let serve = Serve::start(&[]);
    let names: Vec<_> = (0..12).flat_map(|host| (0..3).map(move |cpu| format!("h{host}/cpu-{cpu}/cpu-user"))).collect();
    let lists: Vec<_> = names.iter().map(|name| list(name, 1).gauge(1.0)).collect();
    serve.send(&lists);
    // A silent one.
    serve.send(&[list("h12/x/x", 1).interval(Duration::from_millis(1)).gauge(1.0)]);
    serve.wait_received(37);
    let (mut hosts, mut after) = (Vec::new(), String::new());
    loop {
        let some = serve.json(&format!("/api/hosts?limit=5&after={after}"));
        assert_eq!(some["total"], 13);
        hosts.extend(some["hosts"].as_array().unwrap().iter().map(|host| host["host"].as_str().unwrap().to_owned()));
        after.clone_from(hosts.last().unwrap());
        if some["more"] == false {
            break;
        }
    }
    assert_eq!(hosts, (0..13).map(|host| format!("h{host}")).collect::<Vec<_>>());
    let last = serve.json("/api/hosts?after=h11");
    assert_eq!(last["hosts"], json!([{ "id": "h12", "host": "h12", "series": 1, "silent": true }]));
    let ids = |found: &Value| -> Vec<String> {
        found["series"].as_array().unwrap().iter().map(|series| series["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = serve.json("/api/series?host=h11&limit=2");
    assert_eq!(
        (ids(&first), &first["more"]),
        (vec!["h11/cpu/0/cpu/user".into(), "h11/cpu/1/cpu/user".into()], &json!(true))
    );
    let rest = serve.json("/api/series?host=h11&limit=2&after=h11/cpu/1/cpu/user");
    assert_eq!((ids(&rest), &rest["more"]), (vec!["h11/cpu/2/cpu/user".into()], &json!(false)));
    assert_eq!(ids(&serve.json("/api/series?q=H1%20CPU-2+user")).len(), 3);
    assert_eq!(ids(&serve.json("/api/series?host=h1&q=cpu-2")), ["h1/cpu/2/cpu/user"]);
    assert_eq!(ids(&serve.json("/api/series?host=none")).len(), 0);
    crate::common::until("it is counted", || (serve.json("/api/statistics")["hosts_silent"] == 1).then_some(()));
}

#[test]
fn wrong_questions_get_a_sentence() {
    let serve = Serve::start(&[]);
    for (path, text) in [
        ("/api/history", "id= is missing"),
        ("/api/history?id=a/b/c", "id=a/b/c is not host/plugin/plugin_instance/type/type_instance"),
        ("/api/series?limit=2001", "limit: it must be from 1 to 2000"),
        ("/api/series?limit=x", "limit=x: "),
        ("/api/hosts?form=json", "unknown parameter \"form\"; here there are: after, limit"),
        ("/api/statistics?x", "unknown parameter \"x\"; here there are: none"),
        ("/api/live?since=-1", "since: it is before 1970"),
    ] {
        let answer = serve.get(path);
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.text().starts_with("400 Bad Request: ") && answer.text().contains(text),
            "{path}: {}",
            answer.text()
        );
    }
}

#[test]
fn notifications_are_told_as_text() {
    let serve = Serve::start(&[]);
    for text in ["one", "t\u{1b}wo\u{202e}", "three"] {
        let notification = Notification::failure(text).host("h").plugin("p").time(ago(2)).build().unwrap();
        serve.send_packet(&collectd_wire::encode_notification(notification.view(), 1400).unwrap());
    }
    serve.wait_received(3);
    let told = serve.json("/api/notifications?after=1");
    let told = told["notifications"].as_array().unwrap();
    assert_eq!(told.len(), 2);
    assert_eq!(
        (&told[0]["number"], &told[0]["severity"], &told[0]["host"]),
        (&json!(2), &json!("FAILURE"), &json!("h"))
    );
    assert_eq!(told[0]["message"], "t\\x1bwo\\xe2\\x80\\xae");
}

#[test]
fn what_is_beyond_the_limit_is_counted() {
    let serve = Serve::start(&["--max-series", "3"]);
    let lists: Vec<_> = (0..5).map(|n| list(&format!("h/p/t-{n}"), 1).gauge(1.0)).collect();
    serve.send(&lists);
    let statistics = serve.wait_received(5);
    let numbers =
        ["series", "max_series", "beyond", "value_lists", "dropped"].map(|name| statistics[name].as_u64().unwrap());
    assert_eq!(numbers, [3, 3, 2, 5, 0]);
}

/// An open stream of events or lines.
pub(crate) struct Lines(BufReader<TcpStream>);

impl Lines {
    pub(crate) fn open(serve: &Serve, path: &str) -> Lines {
        let mut stream = serve.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        Lines::of(stream)
    }

    /// Of a connection over which it was asked for.
    pub(crate) fn of(stream: TcpStream) -> Lines {
        let mut lines = Lines(BufReader::new(stream));
        assert_eq!(lines.next_raw(), "HTTP/1.1 200 OK");
        while !lines.next_raw().is_empty() {}
        lines
    }

    fn next_raw(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The next line of JSON. What else there is are the sizes of chunks; these may end in the midst of a line, so
    /// that this is only for lines that are together shorter than a chunk.
    pub(crate) fn next_content(&mut self) -> String {
        loop {
            let line = self.next_raw();
            if line.starts_with('{') {
                return line;
            }
        }
    }

    /// The next event.
    fn next_event(&mut self) -> Value {
        loop {
            if let Some(data) = self.next_raw().strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }
}

#[test]
fn events_tell_what_is_new_and_nothing_twice() {
    let serve = Serve::start(&[]);
    let values = |seconds, number| list("h/p/gauge", seconds).gauge(number);
    serve.send(&[values(30, 1.0), values(20, 2.0)]);
    serve.wait_received(2);
    let mut events = Lines::open(&serve, "/api/live?id=h/p//gauge/&id=h/q//gauge/");
    let first = events.next_event();
    assert_eq!((&first["series"][0]["fresh"], &first["missing"]), (&json!(true), &json!(["h/q//gauge/"])));
    assert_eq!(first["series"][0]["points"].as_array().unwrap().len(), 2);
    assert_eq!(first["statistics"]["value_lists"], 2);
    let quiet = events.next_event();
    assert!(quiet["series"].is_null() && quiet["missing"].is_null(), "{quiet}");
    serve.send(&[values(10, 3.0), list("h/q/gauge", 10).gauge(9.0)]);
    let mut news = Vec::new();
    while news.len() < 2 {
        news.extend(events.next_event()["series"].as_array().into_iter().flatten().cloned());
    }
    assert_eq!(
        (&news[0]["fresh"], &news[0]["points"][0][1], &news[0]["points"][1]),
        (&json!(false), &json!(3.0), &Value::Null)
    );
    assert_eq!((&news[1]["fresh"], &news[1]["points"][0][1]), (&json!(true), &json!(9.0)));
    // Another kind begins anew.
    serve.send(&[list("h/p/gauge", 5).derive(5)]);
    let anew = loop {
        let event = events.next_event();
        if let Some(series) = event["series"].get(0) {
            break series.clone();
        }
    };
    assert_eq!((&anew["fresh"], &anew["points"].as_array().unwrap().len()), (&json!(true), &1));
}

#[test]
fn who_reads_slowly_keeps_nobody_waiting() {
    let serve = Serve::start(&[]);
    let wide = |seconds| list("h/wide/gauge", seconds).gauges((0..150).map(f64::from));
    serve.send(&(0..200).map(|n| wide(3000 - n)).collect::<Vec<_>>());
    serve.wait_received(200);
    // These never read what they asked for.
    let mut idle: Vec<_> = (0..50).map(|_| serve.connect()).collect();
    for stream in &mut idle {
        write!(stream, "GET /api/live?id=h/wide//gauge/ HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    }
    let mut reader = Lines::open(&serve, "/api/live?id=h/p//gauge/");
    let before = serve.memory("VmRSS:");
    let start = Instant::now();
    for round in 0..3u32 {
        serve.send(&(0..300).map(|n| wide(2500 - u64::from(round) * 300 - n)).collect::<Vec<_>>());
        serve.send(&[list("h/p/gauge", 10 - u64::from(round)).gauge(round.into())]);
        while reader.next_event()["series"].get(0).is_none() {}
    }
    let statistics = serve.wait_received(200 + 3 * 301);
    assert_eq!(statistics["dropped"], 0);
    assert!(start.elapsed() < PATIENCE / 2, "{:?}", start.elapsed());
    let after = serve.memory("VmRSS:");
    assert!(after < before + 40_000, "{before} kB before, {after} kB after");
    // And when they read at last, all is there.
    let mut bytes = vec![0; 100_000];
    idle[0].read_exact(&mut bytes).unwrap();
}
