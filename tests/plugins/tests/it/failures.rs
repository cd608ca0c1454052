//! Trouble that goes on is told at most once a minute, and its end once.

use collectd_test_host::Event;

use crate::support::{lines, session};

/// How many failures a callback has in a moment.
const MANY: usize = 1000;

#[test]
fn a_read_that_fails_a_thousand_times() {
    let mut session = session("chatter", &format!("Fail \"no battery\"\nFailures {MANY}"));
    let mut events = Vec::new();
    for _ in 0..MANY + 2 {
        events.extend(session.run("read chatter"));
    }
    assert_told_once(&events, (3, "chatter plugin: read failed: no battery"), (5, "chatter plugin: read works again"));
}

#[test]
fn a_write_that_fails_a_thousand_times() {
    let mut session = session("consumer", &format!("Quiet true\nFailures {MANY}"));
    let mut events = session.run(&format!("write h/p/gauge 1 10 5 repeat={MANY}"));
    events.extend(session.run("write h/p/gauge 1 10 5 repeat=2"));
    assert_told_once(
        &events,
        (3, "consumer plugin: write failed: write 0 fails"),
        (5, "consumer plugin: write works again"),
    );
}

/// Panics count as failures.
#[test]
fn a_write_that_panics_a_thousand_times() {
    let mut session = session("panics", "In \"write\"");
    let logged = lines(&session.run(&format!("write h/p/gauge 1 10 5 repeat={MANY}")));
    assert_eq!(logged.len(), 1, "{logged:#?}");
}

#[track_caller]
fn assert_told_once(events: &[Event], failure: (u8, &str), recovery: (u8, &str)) {
    let expected = [failure, recovery].map(|(severity, text)| (severity, text.to_owned()));
    assert_eq!(lines(events), expected);
}
