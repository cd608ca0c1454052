//! No panic of an author's code reaches the daemon, wherever it comes from; each is told with its place.

use std::time::Duration;

use collectd_test_daemon::{Daemon, wait_until};
use collectd_test_host::{Event, Release, Session};

use crate::support::{assert_nothing_left, block, lines, loaded, running, so, statuses, texts, with};

const COUNTED: &str = ": counted to 3";

fn builder() -> Session {
    Session::start(Release::V5_12)
}

/// Each place, with the command that goes there and how the line about it begins.
const PLACES: [(&str, &str, &str); 6] = [
    ("new", "init", "init panicked at "),
    ("read", "read panics", "read panicked at "),
    ("write", "write h/p/gauge 1 10 5", "write panicked at "),
    ("flush", "flush panics", "flush panicked at "),
    ("shutdown", "shutdown", "shutdown panicked at "),
    ("drop", "shutdown", "drop panicked at "),
];

#[track_caller]
fn assert_told(events: &[Event], start: &str, end: &str) {
    let logged = lines(events);
    let start = format!("panics plugin: {start}");
    let told = logged.iter().filter(|(severity, text)| *severity == 3 && text.starts_with(&start));
    let told: Vec<_> = told.map(|(_, text)| text).collect();
    assert_eq!(told.len(), 1, "{start} in {logged:#?}");
    assert!(told[0].contains("examples/panics.rs:"), "{told:?}");
    assert!(told[0].ends_with(end), "{told:?}");
}

#[test]
fn every_callback_is_guarded() {
    for (place, command, start) in PLACES {
        let mut session = loaded(Session::builder(Release::V5_12), "panics", &format!("In \"{place}\""));
        if command != "init" {
            session.run("init");
        }
        let events = session.run(command);
        assert_told(&events, start, COUNTED);
        let callback = command.split(' ').next().unwrap_or_default();
        if place != "drop" {
            assert_eq!(statuses(&events, callback), [-1], "{place}: {events:#?}");
        }
        session.run("shutdown");
        assert_nothing_left(&mut session);
        let outcome = session.finish();
        assert!(outcome.stderr.is_empty() && outcome.status.code().is_some(), "{place}: {outcome:?}");
    }
}

#[test]
fn a_configuration_that_panics_is_refused() {
    for place in ["config", "check"] {
        let mut session = builder();
        session.load(&so("panics"));
        let events = session.config(&block("panics", &format!("In \"{place}\"")));
        assert_told(&events, "config panicked at ", COUNTED);
        assert_eq!(statuses(&events, "config"), [-1], "{events:#?}");

        let conf = block("panics", &format!("In \"{place}\""));
        let output = Daemon::builder().load_so(so("panics"), "panics").conf(&conf).check_start_fails();
        assert_eq!(with(&output, "panics plugin: config panicked at ").len(), 1, "{output}");
    }
}

#[test]
fn a_setup_that_panics_registers_nothing() {
    let mut session = Session::builder(Release::V5_12).env("PANIC_IN_SETUP", "1").start();
    let events = session.load(&so("panics"));
    let text = texts(&events).concat();
    assert!(text.contains("module_register panicked at ") && text.contains("examples/panics.rs:"), "{text}");
    assert!(text.ends_with(": told to panic in the setup"), "{text}");
    assert!(!events.iter().any(|event| event.kind() == "register"), "{events:#?}");
}

#[test]
fn a_thread_of_the_authors_that_panics_is_told() {
    let mut session = running(Session::builder(Release::V5_12), "panics", "In \"thread\"");
    let events = session.run("read panics");
    assert_told(&events, "thread \"helper\" panicked at ", COUNTED);
    assert_eq!(statuses(&events, "read"), [0]);
}

/// Whatever is thrown, its text and place are in the log.
#[test]
fn the_message_is_told_for_every_kind_of_panic() {
    let cases = [
        ("formatted", COUNTED),
        ("literal", ": it is 100% wrong"),
        ("unwrap", ": called `Result::unwrap()` on an `Err` value: \"no such device\""),
        ("expect", ": a device"),
        ("index", ": index out of bounds: the len is 3 but the index is 5"),
        ("any", ": (not a text)"),
        ("payload", ": (not a text)"),
    ];
    for (how, end) in cases {
        let config = format!("In \"read\"\nHow \"{how}\"");
        let mut session = running(Session::builder(Release::V5_12), "panics", &config);
        let events = session.run("read panics");
        assert_told(&events, "read panicked at ", end);
        session.run("shutdown");
        assert_eq!(session.finish().status.code(), Some(0), "{how}");
    }
}

#[test]
fn a_panic_raised_again_is_not_taken_for_the_one_before() {
    let mut session = running(Session::builder(Release::V5_12), "panics", "In \"read\"\nHow \"resume\"");
    assert_eq!(texts(&session.run("read panics")), ["panics plugin: read panicked: the real one"]);
}

#[test]
fn an_error_that_panics_when_shown_or_dropped_is_a_panic() {
    for (how, end) in [("error-display", ": no text for this error"), ("error-drop", ": no end for this error")] {
        let mut session = running(Session::builder(Release::V5_12), "panics", &format!("How \"{how}\""));
        assert_told(&session.run("read panics"), "read panicked at ", end);
        session.run("shutdown");
        assert_eq!(session.finish().status.code(), Some(0), "{how}");
    }
    let mut session = builder();
    session.load(&so("panics"));
    let events = session.config(&block("panics", "In \"check-error\""));
    assert_told(&events, "config panicked at ", ": no text for this error");
}

/// The second panic must not come while the first one unwinds: that would abort.
#[test]
fn a_shutdown_and_an_end_that_both_panic_are_both_told() {
    let builder = Session::builder(Release::V5_12).env("READ_ONLY", "1");
    let mut session = running(builder, "panics", "In \"shutdown\" \"drop\"");
    let events = session.run("shutdown");
    assert_told(&events, "shutdown panicked at ", COUNTED);
    assert_told(&events, "drop panicked at ", COUNTED);
    assert_nothing_left(&mut session);
    assert!(!events.iter().any(|event| event.is("stopped", &[("status", "0")])), "a failed shutdown counts");
    assert_eq!(session.finish().status.code(), Some(0));
}

/// What is dropped on the way logs, and the log callback panics as well: one panic inside another.
#[test]
fn a_log_callback_may_panic_while_another_panic_unwinds() {
    let builder = Session::builder(Release::V5_12).env("WITH_LOG", "1");
    let mut session = running(builder, "panics", "In \"log\" \"read\"\nHow \"unwinding\"");
    let logged = texts(&session.run("read panics"));
    assert_eq!(logged[0], "panics plugin: unwound");
    assert!(logged[1].starts_with("panics plugin: read panicked at ") && logged[1].ends_with(COUNTED), "{logged:?}");
    session.run("shutdown");
    assert_eq!(session.finish().status.code(), Some(0));
}

#[test]
fn a_log_callback_that_panics_is_told_on_stderr() {
    let builder = Session::builder(Release::V5_12).env("WITH_LOG", "1");
    let mut session = running(builder, "panics", "In \"log\" \"drop\"");
    session.run("log 4 hello");
    session.run("log 4 \"hello again\"");
    session.run("shutdown");
    assert_nothing_left(&mut session);
    let outcome = session.finish();
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let told: Vec<_> = outcome.stderr.lines().collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("panics plugin: log panicked at ") && told[0].ends_with(COUNTED), "{told:?}");
    assert!(told[1].starts_with("panics plugin: drop panicked at ") && told[1].ends_with(COUNTED), "{told:?}");
}

#[test]
fn the_real_daemon_outlives_a_log_callback_that_panics_about_panics() {
    let mut daemon = Daemon::builder()
        .load_so(so("panics"), "panics")
        .conf(&block("panics", "In \"log\" \"thread\""))
        .env("WITH_LOG", "1")
        .interval(Duration::from_millis(50))
        .start();
    let told = |daemon: &Daemon| with(&daemon.log(), "panics plugin: thread \"helper\" panicked at ").len();
    wait_until("panics of a thread", Duration::from_secs(60), || (told(&daemon) >= 5).then_some(()));
    assert!(daemon.stop().success());
    assert_eq!(with(&daemon.output(), "panics plugin: log panicked at ").len(), 1, "{}", daemon.output());
}

#[test]
fn the_real_daemon_outlives_them_all() {
    let conf = block("panics", "In \"read\" \"write\" \"flush\" \"shutdown\" \"drop\"");
    let mut daemon = Daemon::builder()
        .load_so(so("panics"), "panics")
        .conf(&conf)
        .load_so(so("producer"), "producer")
        .interval(Duration::from_millis(100))
        .valgrind(true)
        .start();
    for what in ["read", "write"] {
        let line = daemon.wait_log(&format!("panics plugin: {what} panicked at"), Duration::from_secs(60));
        assert!(line.starts_with("[error] ") && line.ends_with(COUNTED), "{line}");
    }
    daemon.flush_all();
    daemon.wait_log("panics plugin: flush panicked at", Duration::from_secs(60));
    assert_eq!(daemon.stop().code(), Some(1), "a failed shutdown counts");
    for what in ["shutdown", "drop"] {
        assert_eq!(with(&daemon.log(), &format!("panics plugin: {what} panicked at")).len(), 1, "{}", daemon.log());
    }
    let report = daemon.valgrind_report();
    let invalid: Vec<_> = report.mentioning("panics.so").into_iter().filter(|finding| !finding.is_leak()).collect();
    assert!(invalid.is_empty(), "{invalid:#?}");
}
