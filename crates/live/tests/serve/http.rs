//! What is true of every answer, and what is refused.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::time::{Duration, Instant};

use crate::common::{self, PATIENCE};
use crate::server::{Serve, list};

const PATHS: [&str; 6] = ["/", "/app.js", "/style.css", "/icon.svg", "/api/statistics", "/api/hosts"];

#[test]
fn only_reading_is_allowed() {
    let serve = Serve::start(&[]);
    for path in PATHS {
        let (whole, head) = (serve.get(path), serve.ask("HEAD", path, ""));
        assert_eq!((whole.status, head.status), (200, 200), "{path}");
        assert!(!whole.body.is_empty() && head.body.is_empty(), "{path}");
        for name in ["content-type", "etag", "content-security-policy"] {
            assert_eq!(whole.header(name), head.header(name), "{path}");
        }
        assert!(head.header("content-length").is_some_and(|length| length != "0"), "{path}");
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
            let answer = serve.ask(method, path, "Content-Length: 0\r\n");
            assert_eq!((answer.status, answer.header("allow")), (405, Some("get, head")), "{method} {path}");
        }
    }
    for path in ["/nothing", "/api", "/api/", "//", "/../style.css", "/style.css/", "/%2e%2e/etc/passwd", "/index.html"]
    {
        let answer = serve.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    }
}

#[test]
fn nothing_is_shared_with_the_pages_of_others() {
    let serve = Serve::start(&[]);
    let answers = PATHS.map(|path| serve.ask("GET", path, "Origin: http://evil.example\r\n"));
    let further = [
        serve.get("/nothing"),
        serve.get("/api/history"),
        serve.ask("OPTIONS", "/api/hosts", "Origin: http://evil.example\r\nAccess-Control-Request-Method: GET\r\n"),
    ];
    for answer in answers.iter().chain(&further) {
        assert!(!answer.head.contains("access-control-"), "{}", answer.head);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    }
    // Nor does the page need anything of theirs, or of its own that the policy forbids.
    for path in ["/", "/app.js", "/chart.js", "/dom.js", "/tree.js", "/style.css"] {
        let text = serve.get(path).text();
        for forbidden in [
            "https://",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "@import",
            " style=",
            " onclick=",
        ] {
            assert!(!text.contains(forbidden), "{path} has {forbidden}");
        }
    }
}

#[test]
fn names_that_are_not_ours_are_refused() {
    let serve = Serve::start(&["--http-host", "graphs.example.org"]);
    let port = serve.http.port();
    let ask = |head: &str| serve.raw(format!("GET {head}Connection: close\r\n\r\n").as_bytes());
    let status = |head: &str| String::from_utf8_lossy(&ask(head)).split(' ').nth(1).unwrap_or("none").to_owned();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "graphs.example.org".into(), "[::1]".into()]
    {
        assert_eq!(status(&format!("/ HTTP/1.1\r\nHost: {host}\r\n")), "200", "{host}");
        assert_eq!(status(&format!("http://{host}/ HTTP/1.1\r\nHost: {host}\r\n")), "200", "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "\u{ff}"] {
        for path in ["/", "/api/hosts", "/api/live", "/nothing"] {
            let status = status(&format!("{path} HTTP/1.1\r\nHost: {host}\r\n"));
            assert!(["421", "400"].contains(&status.as_str()), "{host} {path}: {status}");
        }
    }
    assert_eq!(status("/ HTTP/1.1\r\n"), "421");
    assert_eq!(status("/ HTTP/1.0\r\n"), "421");
    assert_eq!(status("/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n"), "421");
    assert_eq!(status("http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n"), "421");
    let refused = serve.ask("GET", "/", "Host: evil.example\r\n");
    assert_eq!(refused.status, 421);
    assert!(refused.text().contains("--http-host"), "{}", refused.text());
}

#[test]
fn requests_have_limits() {
    let serve = Serve::start(&[]);
    let many = "X: y\r\n".repeat(100);
    let long = format!("X: {}\r\n", "y".repeat(300_000));
    for head in [&many, &long] {
        assert_eq!(serve.ask("GET", "/", head).status, 431);
    }
    assert!([414, 431].contains(&serve.get(&format!("/?c={}", "y".repeat(300_000))).status));
    // As long as the page itself may ask, of series with long names.
    let ids = (0..64).map(|n| format!("id={n:0100}/{n:0100}/{n:0100}/{n:0100}/{n:0100}")).collect::<Vec<_>>().join("&");
    assert_eq!(serve.get(&format!("/api/history?{ids}")).status, 200);
    assert_eq!(serve.get(&format!("/api/history?{ids}&id=a/b/c/d/e")).status, 400);
    // A body is not waited for.
    let start = Instant::now();
    let answer =
        serve.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1000000000\r\n\r\n");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    assert!(start.elapsed() < PATIENCE / 4);
}

#[test]
fn whoever_begins_a_request_must_end_it() {
    let serve = Serve::start(&[]);
    let start = Instant::now();
    let (mut mute, mut slow) = (serve.connect(), serve.connect());
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").unwrap();
    let mut answer = Vec::new();
    let _ = slow.read_to_end(&mut answer);
    let _ = mute.read_to_end(&mut answer);
    assert!(!answer.windows(3).any(|part| part == b"200"), "{}", String::from_utf8_lossy(&answer));
    let took = start.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(40)).contains(&took), "{took:?}");
    assert_eq!(serve.get("/").status, 200);
}

#[test]
fn no_bytes_harm_the_server() {
    let serve = Serve::start(&[]);
    let garbage: [&[u8]; 8] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzzz\r\n",
        b"\r\n\r\n\r\n\r\n",
    ];
    for bytes in garbage {
        let mut stream = serve.connect();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    for query in [
        "%",
        "%zz",
        "a=%f",
        "&&&===",
        "id=%ff%00",
        "id=////",
        "limit=0",
        "limit=-1",
        "after=%00",
        "since=nan",
        "since=1e99",
        "q=%ff&x",
    ] {
        for path in ["hosts", "series", "history", "notifications", "statistics", "live"] {
            let path = format!("/api/{path}?{query}");
            if path.ends_with("live?id=////") || path.ends_with("live?&&&===") {
                continue;
            }
            assert!([200, 400].contains(&serve.get(&path).status), "{path}");
        }
    }
    assert_eq!(serve.get("/").status, 200);
}

#[test]
fn connections_beyond_the_limit_wait() {
    let serve = Serve::start(&[]);
    let mut crowd: Vec<_> = (0..256).map(|_| serve.connect()).collect();
    // All are at work: each has had an answer, and may have another.
    for stream in &mut crowd {
        stream.write_all(b"GET /icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 100);
    }
    let mut late = serve.connect();
    late.write_all(b"GET /icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    late.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(late.read(&mut [0; 4096]).is_err(), "one more was served");
    crowd.pop();
    late.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(late.read(&mut [0; 4096]).unwrap() > 100);
}

#[test]
fn files_are_sent_once() {
    let serve = Serve::start(&[]);
    let first = serve.get("/app.js");
    let tag = first.header("etag").unwrap();
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    assert_eq!(first.header("content-type"), Some("text/javascript; charset=utf-8"));
    let again = serve.ask("GET", "/app.js", &format!("If-None-Match: \"x\", {tag}\r\n"));
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = serve.ask("GET", "/style.css", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((other.status, other.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert_eq!(serve.get("/api/hosts").header("cache-control"), Some("no-store"));
}

/// What it says on standard error when it does not start, and its exit code.
fn failure(args: &[&str]) -> (Option<i32>, String) {
    let output = common::command(&[&["serve", "--listen", "127.0.0.1:0"], args].concat()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn wrong_arguments_are_named() {
    for (args, text) in [
        (["--http", "nowhere"], "it must be ADDR:PORT"),
        (["--http", "::1:80"], "[ADDR]:PORT"),
        (["--history", "1w"], "90s, 30m, 1.5h or 1d"),
        (["--history", "0"], "from 1 to"),
        (["--max-series", "0"], "--max-series"),
    ] {
        let (code, said) = failure(&args);
        assert!(code == Some(2) && said.contains(text) && said.contains(args[0]), "{code:?} {said}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, said) = failure(&["--http", &taken.local_addr().unwrap().to_string()]);
    assert!(code == Some(1) && said.contains("error: cannot serve on 127.0.0.1:") && said.contains("--http"), "{said}");
}

#[test]
fn it_says_where_it_serves_and_who_can_see_it() {
    let serve = Serve::start_as(
        &["--listen", "127.0.0.1:0", "--http", "0.0.0.0:0"],
        &["--timeout", "5", "--history", "30m", "--max-series", "1000"],
    );
    serve.send(&[list("h/p/gauge", 1).gauge(1.0)]);
    let said = common::rest(&serve.stderr);
    let said = said.join("\n");
    assert!(said.contains("serving http://0.0.0.0:"), "{said}");
    assert!(said.contains("warning: everybody who can reach 0.0.0.0 sees what is served"), "{said}");
    assert!(said.contains("remembers 180 values each of at most 1000 series, in at most "), "{said}");
    assert!(said.ends_with("1 value lists; 0 dropped by the kernel; 0 beyond --max-series"), "{said}");
}

#[test]
fn signals_end_it_cleanly_whoever_is_connected() {
    for signal in ["INT", "TERM"] {
        let mut serve = Serve::start(&[]);
        let mut events = serve.connect();
        events.write_all(b"GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert!(events.read(&mut [0; 1000]).unwrap() > 0);
        let (status, said) = serve.end(signal);
        assert!(status.success(), "{signal}: {status}");
        assert_eq!(said.last().unwrap(), "0 value lists; 0 dropped by the kernel; 0 beyond --max-series");
    }
}
