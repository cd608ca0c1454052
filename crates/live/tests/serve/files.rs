//! Captures instead of what comes now.

use std::process::Stdio;

use collectd_types::{Interval, Time, Values};
use collectd_udp::{SendOptions, Sender};
use serde_json::json;

use crate::browser::Browser;
use crate::common::{self, PATIENCE};
use crate::server::Serve;

/// A file that "record" made of these, in a directory.
fn record(lists: &[Values]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("some.pcapng");
    let count = lists.len().to_string();
    let args = ["record", "--listen", "127.0.0.1:0", "--count", &count, path.to_str().unwrap()];
    let mut command = common::command(&args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let said = common::lines(child.stderr.take().unwrap());
    let addr = loop {
        let line = said.recv_timeout(PATIENCE).expect("it listens");
        if let Some(addr) = line.strip_prefix("listening on ") {
            break addr.parse().unwrap();
        }
    };
    let mut sender = Sender::connect(addr, &SendOptions::default()).unwrap();
    for list in lists {
        sender.send_batch(&[common::packet([list.clone()])]).unwrap();
    }
    assert!(child.wait().unwrap().success());
    directory
}

#[test]
fn a_capture_is_served_as_of_its_end() {
    let list = |n: u64| {
        let list = Values::new("gauge").host("h").plugin("p").interval(Interval::from_secs(10));
        list.time(Time::from_secs(1_500_000_000 + 10 * n)).gauge(n as f64 / 2.0)
    };
    let directory = record(&(0..6).map(list).collect::<Vec<_>>());
    let path = directory.path().join("some.pcapng");
    let mut serve = Serve::start_as(&["--read", path.to_str().unwrap()], &[]);
    serve.wait_received(6);
    // Nothing comes any more, and nothing gets old.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let told = serve.json("/api/history?id=h/p//gauge/");
    assert_eq!(told["series"][0]["points"].as_array().unwrap().len(), 6);
    assert_eq!(told["series"][0]["points"][5], json!([1_500_000_050.0, 2.5]));
    let again = serve.json("/api/statistics");
    assert_eq!((&again["now"], &again["hosts_silent"]), (&told["now"], &json!(0)));
    let mut browser = Browser::start();
    let mut page = browser.open(&serve.url("/?c=h/p//gauge/&range=0"), (900, 600), "light");
    page.wait(
        "the line is there",
        "document.querySelector('.drawing path.line')?.getAttribute('d').split('L').length === 6",
    );
    page.check_complaints();
    let (status, said) = serve.end("INT");
    assert!(status.success() && said.contains(&"all is read, and served further".to_owned()), "{status} {said:?}");
}

#[test]
fn of_a_capture_that_is_cut_off_is_served_what_is_there() {
    let list = Values::new("gauge").host("h").plugin("p").time(Time::from_secs(1_500_000_000)).gauge(1.0);
    let directory = record(&[list.clone(), list.time(Time::from_secs(1_500_000_010))]);
    let path = directory.path().join("some.pcapng");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let mut serve = Serve::start_as(&["--read", path.to_str().unwrap()], &[]);
    serve.wait_received(1);
    assert_eq!(serve.json("/api/hosts")["total"], 1);
    let (status, said) = serve.end("TERM");
    let said = said.join("\n");
    assert!(status.success() && said.contains("; what was before that is served further"), "{status} {said}");
}
