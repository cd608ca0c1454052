//! The plugin in a daemon of the test's, beside servers that behave as badly as they can.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use collectd_testing::{Failed, Host};

use crate::module_register;

/// Answers each connection with what the function writes, given the head of the request; until the test program ends.
fn serve(answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + 'static) -> String {
    serve_at("127.0.0.1:0", answer)
}

fn serve_at(address: &str, answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + 'static) -> String {
    let listener = TcpListener::bind(address).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                connection.read_exact(&mut byte).expect("a request");
                head.push(byte[0]);
            }
            // Who has read enough closes the connection.
            let _ = answer(&String::from_utf8_lossy(&head), &mut connection);
        }
    });
    format!("http://{address}/status")
}

fn page(content: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{content}", content.len())
}

fn url(url: &str, inside: &str) -> String {
    format!("<Plugin http_json>\n<URL \"{url}\">\n{inside}\n</URL>\n</Plugin>")
}

fn try_start(config: &str) -> Result<Host, Failed> {
    Host::try_start(module_register, config)
}

fn start(config: &str) -> Host {
    try_start(config).unwrap_or_else(|failed| panic!("{failed}"))
}

fn dispatched(host: &mut Host) -> Vec<String> {
    let values = host.take_values();
    let shown = values.iter().map(|values| {
        let value = values.view().value(0).map_or(String::new(), |value| format!("{value:?}"));
        format!("{} {value}", values.identifier())
    });
    shown.collect()
}

fn log(host: &mut Host) -> Vec<String> {
    host.take_log().iter().map(ToString::to_string).collect()
}

const KEY: &str = "<Key \"load\">\nType \"gauge\"\n</Key>";

#[test]
fn numbers_become_values_of_their_types() {
    let content =
        r#"{"load": 0.5, "nodes": {"a": {"in": 9007199254740993, "up": true}, "b/c": {"in": "12"}, "d": null}}"#;
    let address = serve(move |_, connection| connection.write_all(page(content).as_bytes()));
    let mut host = start(&url(
        &address,
        "Instance \"app\"\nInterval 7\n<Key \"load\">\nType \"gauge\"\nTypeInstance \"one\"\n</Key>\n\
         <Key \"nodes/*/in\">\nType \"derive\"\n</Key>\n<Key \"nodes/*/up\">\nType \"gauge\"\nTypeInstance \"up\"\n</Key>",
    ));
    host.read();
    assert_eq!(
        dispatched(&mut host),
        [
            "fake.example.org/http_json-app/gauge-one Gauge(0.5)",
            "fake.example.org/http_json-app/derive-a Derive(9007199254740993)",
            "fake.example.org/http_json-app/derive-b_c Derive(12)",
            "fake.example.org/http_json-app/gauge-up-a Gauge(1.0)",
        ]
    );
    assert_eq!(log(&mut host), [""; 0]);
    let intervals: Vec<_> = host.registered().iter().filter_map(|it| it.interval).collect();
    assert_eq!(intervals, [collectd::Interval::from_secs(7)]);
    host.shutdown();
}

#[test]
fn an_address_may_be_one_of_ipv6() {
    let address = serve_at("[::1]:0", |_, connection| connection.write_all(page("{\"load\": 1}").as_bytes()));
    let mut host = start(&url(&address, KEY));
    host.read();
    assert_eq!(dispatched(&mut host), ["fake.example.org/http_json/gauge-load Gauge(1.0)"]);
    host.shutdown();
}

#[test]
fn a_server_does_not_decide_how_many_values_there_are() {
    let content = format!("{{\"load\": 1, \"all\": [{}0], \"last\": 2}}", "0,".repeat(400_000));
    let address = serve(move |_, connection| connection.write_all(page(&content).as_bytes()));
    let keys = ["load", "all/*", "last"].map(|key| KEY.replace("load", key)).join("\n");
    let mut host = start(&url(&address, &format!("MaxValues 100\n{keys}")));
    host.read();
    assert_eq!(dispatched(&mut host).len(), 100);
    let line =
        format!("warning: http_json plugin: \"{address}\": there are more than 100 values; the others are left out");
    assert_eq!(log(&mut host), [line]);
    host.shutdown();
}

#[test]
fn the_request_is_as_configured() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let address = serve(move |head, connection| {
        seen.lock().unwrap().push(head.to_owned());
        connection.write_all(page("{\"load\": 1}").as_bytes())
    });
    let options = "Host \"elsewhere\"\nUser \"Aladdin\"\nPassword \"open sesame\"\nHeader \"X-Token: a:b\"\nHeader \"X-More: 1\"\n";
    let mut host = start(&url(&format!("{address}?a=%20b"), &format!("{options}{KEY}")));
    host.read();
    assert_eq!(dispatched(&mut host), ["elsewhere/http_json/gauge-load Gauge(1.0)"]);
    let head = heads.lock().unwrap().pop().expect("a request").to_lowercase();
    assert!(head.starts_with("get /status?a=%20b http/1.1\r\n"), "{head}");
    for line in
        ["authorization: basic qwxhzgrpbjpvcgvuihnlc2ftzq==", "x-token: a:b", "x-more: 1", "accept: application/json"]
    {
        assert_eq!(head.lines().filter(|other| *other == line).count(), 1, "{line}: {head}");
    }
    host.shutdown();
}

/// Sends a byte now and then, for a minute.
fn dribble(connection: &mut TcpStream, start: &str) -> std::io::Result<()> {
    connection.write_all(start.as_bytes())?;
    (0..600).try_for_each(|_| {
        sleep(Duration::from_millis(100));
        connection.write_all(b" ")
    })
}

type Answer = fn(&mut TcpStream) -> std::io::Result<()>;

const TROUBLE: [(&str, Answer); 15] = [
    ("the server answers with status 503", |to| to.write_all(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")),
    ("the server answers with status 204", |to| to.write_all(b"HTTP/1.1 204 No\r\n\r\n")),
    (r#"the server answers with status 302, and sends to "http://192.0.2.1/é""#, |to| {
        to.write_all("HTTP/1.1 302 No\r\nLocation: http://192.0.2.1/é\r\nContent-Length: 0\r\n\r\n".as_bytes())
    }),
    ("the answer is not JSON: expected value at line 1 column 1", |to| to.write_all(page("<html>").as_bytes())),
    ("the answer is not JSON: EOF while parsing", |to| to.write_all(page("{\"load\": [1").as_bytes())),
    ("the answer is not JSON: recursion limit exceeded", |to| to.write_all(page(&"[".repeat(900)).as_bytes())),
    ("the answer is not JSON: EOF while parsing", |to| to.write_all(page("").as_bytes())),
    ("the answer has more than 1000 bytes", |to| {
        to.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n")?;
        (0..10_000).try_for_each(|_| to.write_all(&[b' '; 1000]))
    }),
    ("the answer has more than 1000 bytes", |to| {
        to.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        (0..10_000).try_for_each(|_| to.write_all(format!("3e8\r\n{}\r\n", " ".repeat(1000)).as_bytes()))
    }),
    // It ends before its end.
    ("", |to| to.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"load\": 1}")),
    ("", |to| to.write_all(b"\x1b[2JSSH-2.0-OpenSSH_9.2\r\n\r\n")),
    ("", |_| Ok(())),
    ("", |to| {
        to.write_all(b"HTTP/1.1 200 OK\r\n")?;
        (0..1_000_000).try_for_each(|_| to.write_all(b"X-More: and more\r\n"))
    }),
    ("the server does not answer within 500ms", |to| dribble(to, "HTTP/1.1 200 OK\r\nX: ")),
    ("the server does not answer within 500ms", |to| dribble(to, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")),
];

#[test]
fn trouble_is_one_line_and_so_is_its_end() {
    for (problem, answer) in TROUBLE {
        let is_well = Arc::new(Mutex::new(false));
        let now_well = Arc::clone(&is_well);
        let address = serve(move |_, connection| {
            if *now_well.lock().unwrap() {
                connection.write_all(page("{\"load\": 1}").as_bytes())
            } else {
                answer(connection)
            }
        });
        let mut host = start(&url(&address, &format!("Timeout 0.5\nMaxBodySize 1000\n{KEY}")));
        let begin = Instant::now();
        host.read();
        assert!(begin.elapsed() < Duration::from_secs(20), "{problem}: {:?}", begin.elapsed());
        // Two that wait would let the second one wait for the server, which has one thread.
        if !problem.contains("500ms") {
            host.read();
        }
        assert_eq!(dispatched(&mut host), [""; 0], "{problem}");
        let lines = log(&mut host);
        let start = format!("warning: http_json plugin: \"{address}\": {problem}");
        assert!(lines.len() == 1 && lines[0].starts_with(&start), "{problem}: {lines:?}");
        assert!(!lines[0].contains(char::is_control), "{lines:?}");
        if !problem.contains("500ms") {
            *is_well.lock().unwrap() = true;
            host.read();
            assert_eq!(dispatched(&mut host), ["fake.example.org/http_json/gauge-load Gauge(1.0)"]);
            assert_eq!(log(&mut host), [format!("notice: http_json plugin: \"{address}\" works again")]);
        }
        host.shutdown();
    }
}

#[test]
fn nobody_there_is_one_line() {
    // Nobody else can be given the port while this has it.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let mut host = start(&url(&format!("http://127.0.0.1:{port}/?token=secret"), KEY));
    host.read();
    let line = format!("warning: http_json plugin: \"http://127.0.0.1:{port}/\": io: Connection refused");
    let lines = log(&mut host);
    assert!(lines.len() == 1 && lines[0].starts_with(&line), "{lines:?}");
    host.shutdown();
}

#[test]
fn keys_that_are_not_there_or_no_numbers_are_told_and_the_others_dispatched() {
    let content = r#"{"load": 1, "text": "twelve", "list": [1], "minus": -1, "huge": 1e999}"#;
    let address = serve(move |_, connection| connection.write_all(page(content).as_bytes()));
    for (path, type_, problem) in [
        ("missing/*", "gauge", r#""missing/*" is not there"#),
        ("text", "gauge", r#""text" is a text, not a number"#),
        ("list", "gauge", r#""list" is an array, not a number"#),
        ("huge", "gauge", r#""huge" is too large, not a number"#),
        ("minus", "counter", r#""minus": "value" of type "counter" is a counter, which cannot be -1"#),
    ] {
        let keys = format!("<Key \"{path}\">\nType \"{type_}\"\n</Key>\n{KEY}\n<Key \"no\">\nType \"gauge\"\n</Key>");
        let mut host = start(&url(&address, &keys));
        host.read();
        assert_eq!(dispatched(&mut host), ["fake.example.org/http_json/gauge-load Gauge(1.0)"]);
        let line = format!("warning: http_json plugin: \"{address}\": 2 of 3 keys failed: {problem}");
        assert_eq!(log(&mut host), [line]);
        host.shutdown();
    }
}

#[test]
fn mistakes_in_the_configuration_are_told_with_the_address() {
    let u = "http://h/?token=secret";
    for (config, problem) in [
        (url("h", KEY), "<URL \"h\">: this is not an address that begins with http:// or https://"),
        (url(u, ""), "missing key \"Key\""),
        (url(u, &format!("Timeout 0\n{KEY}")), "<URL \"http://h/\">: Timeout is 0"),
        (url(u, &format!("MaxBodySize 0\n{KEY}")), "<URL \"http://h/\">: MaxBodySize is 0"),
        (
            url(u, &format!("Header \"a\"\n{KEY}")),
            "<URL \"http://h/\">: Header \"a\" is not \"Name: value\" in one line",
        ),
        (
            url(u, &format!("Instance \"{}\"\n{KEY}", "a".repeat(128))),
            "<URL \"http://h/\">: Instance: it has 128 bytes",
        ),
        (
            url(u, &KEY.replace("load", "a//b")),
            "<URL \"http://h/\">: <Key \"a//b\">: there is nothing between two slashes",
        ),
        (url(u, &KEY.replace("gauge", "nonesuch")), "init: <Key \"load\">: type \"nonesuch\" is not in types.db"),
        (url(u, &KEY.replace("gauge", "load")), "init: <Key \"load\">: type \"load\" has 3 values, not one"),
        (
            url("https://h/", &format!("CaFile \"/nowhere\"\n{KEY}")),
            "<URL \"https://h/\">: CaFile \"/nowhere\": No such file",
        ),
        // Upper or lower case is all the same in an address.
        (url("HTTPS://h/", &format!("CaFile \"/nowhere\"\n{KEY}")), "CaFile \"/nowhere\": No such file"),
        (url(u, &format!("MaxValues 0\n{KEY}")), "<URL \"http://h/\">: MaxValues is 0"),
        (
            url("https://h/", &format!("CaFile \"/etc/passwd\"\n{KEY}")),
            "CaFile \"/etc/passwd\" has no certificate in PEM",
        ),
    ] {
        let failed = try_start(&config).unwrap_err();
        assert!(failed.log().iter().any(|line| line.text.contains(problem)), "{problem}: {failed}");
        assert!(!failed.to_string().contains("secret"), "{failed}");
    }
}
