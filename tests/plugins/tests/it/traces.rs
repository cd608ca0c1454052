//! `LogTraces true`: where errors and panics come from, and nothing of it without.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Event, Release, Session};

use crate::support::{block, lines, loaded, running, so, statuses, texts, with};

const FILE: &str = "tests/plugins/examples/raises.rs";

fn raising(config: &str) -> Session {
    running(Session::builder(Release::V5_12), "raises", config)
}

/// The lines of a trace, checked: after the line about the failure, at its level of severity.
#[track_caller]
fn trace(events: &[Event], failure: &str) -> Vec<String> {
    let logged = lines(events);
    let at = logged.iter().position(|(_, text)| text.starts_with(&format!("raises plugin: {failure}")));
    let at = at.unwrap_or_else(|| panic!("{failure} in {logged:#?}"));
    let trace = logged[at + 1..].iter().map_while(|(severity, text)| {
        let line = text.strip_prefix("raises plugin:   ")?;
        assert_eq!(*severity, 3, "{text}");
        Some(line.to_owned())
    });
    trace.collect()
}

/// The number in `line N` of the failure.
#[track_caller]
fn line_of(events: &[Event]) -> u32 {
    let texts = texts(events);
    let number = texts.iter().find_map(|text| text.split_once("line ")?.1.split(' ').next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no line in {texts:#?}"))
}

/// Place and calls, the calls numbered from 0.
#[track_caller]
fn assert_raised(events: &[Event], failure: &str, through: &str) {
    let trace = trace(events, failure);
    let place = format!("raised at {FILE}:{}:", line_of(events));
    assert!(trace.first().is_some_and(|line| line.starts_with(&place)), "{place} in {trace:#?}");
    assert_calls(&trace[1..], through, line_of(events));
}

#[track_caller]
fn assert_calls(calls: &[String], through: &str, line: u32) {
    for (number, call) in calls.iter().enumerate() {
        let told = format!("{number}: ");
        assert!(call.starts_with(&told) || call.starts_with("and "), "{number} in {calls:#?}");
    }
    let innermost = calls.first().expect("a call");
    assert!(
        innermost.contains("raises::") && innermost.contains(&format!("/examples/raises.rs:{line}:")),
        "{calls:#?}"
    );
    assert!(calls.iter().any(|call| call.contains(through)), "{through} in {calls:#?}");
    // What the framework and the daemon do around it is of no use.
    let noise = [": collectd::", "plugin_read", "panic_fmt", "from_residual"];
    let noisy = calls.iter().find(|call| noise.iter().any(|noise| call.contains(noise)));
    assert!(noisy.is_none(), "{noisy:?} in {calls:#?}");
}

#[test]
fn an_error_is_told_with_its_place_and_calls() {
    for how in ["question-mark", "message"] {
        let events = raising(&format!("LogTraces true\nHow \"{how}\"")).run("read raises");
        assert_raised(&events, "read failed: line ", "raises::Raises as collectd::callback::read::Read>::read");
    }
}

#[test]
fn without_the_switch_there_is_one_line() {
    for config in ["", "LogTraces false", "LogTraces true\nLogTraces false"] {
        for how in ["question-mark", "message", "panic", "thread"] {
            let events = raising(&format!("{config}\nHow \"{how}\"")).run("read raises");
            let count = if how == "thread" { 2 } else { 1 };
            assert_eq!(texts(&events).len(), count, "{config} {how}: {events:#?}");
        }
    }
}

/// As in the daemon, booleans may be in quotes; and the last line counts, in whichever block it is.
#[test]
fn the_switch_is_a_boolean_anywhere_in_the_configuration() {
    let switches =
        ["logtraces yes", "LogTraces \"true\"", "LogTraces false\n</Plugin>\n<Plugin raises>\nLogTraces true"];
    for switch in switches {
        let events = raising(&format!("{switch}\nHow \"message\"")).run("read raises");
        assert_raised(&events, "read failed: line ", "raises::");
    }
}

#[test]
fn anything_else_of_that_name_is_the_authors() {
    let mut session = raising("LogTraces \"all of them\"\nHow \"message\"");
    assert_eq!(texts(session.seen()), ["raises plugin: traces are \"all of them\""]);
    assert_eq!(texts(&session.run("read raises")).len(), 1);
    // A boolean does not reach the author, who may well want it.
    let mut session = raising("LogTraces true\nLogTraces \"all of them\"\nHow \"message\"");
    assert_eq!(texts(session.seen()), ["raises plugin: traces are \"all of them\""]);
    assert_raised(&session.run("read raises"), "read failed: line ", "raises::");

    let mut session = Session::start(Release::V5_12);
    session.load(&so("raises"));
    let events = session.config(&block("raises", "LogTraces 1"));
    assert_eq!(statuses(&events, "config"), [-1]);
    assert!(texts(&events)[0].contains("LogTraces: 1 is a number"), "{events:#?}");
}

#[test]
fn an_expected_error_has_no_trace() {
    let logged = lines(&raising("LogTraces true\nHow \"expected\"").run("read raises"));
    assert!(logged.len() == 1 && logged[0].0 == 4, "{logged:#?}");
}

#[test]
fn a_panic_is_told_with_its_calls() {
    let events = raising("LogTraces true\nHow \"panic\"").run("read raises");
    let trace = trace(&events, &format!("read panicked at {FILE}:"));
    assert_calls(&trace, "raises::Raises as collectd::callback::read::Read>::read", line_of(&events));
}

/// They have no callback that could limit their lines.
#[test]
fn a_panic_of_a_thread_has_its_calls_once_a_minute() {
    let events = raising("LogTraces true\nHow \"thread\"").run("read raises");
    let panicked = format!("thread \"helper\" panicked at {FILE}:");
    let calls = trace(&events, &panicked);
    assert_calls(&calls, "raises::fail::{{closure}}", line_of(&events));
    let told = texts(&events).iter().filter(|text| text.contains(&panicked)).count();
    assert_eq!((told, texts(&events).len()), (2, 2 + calls.len()), "{events:#?}");
}

#[test]
fn every_callback_has_traces() {
    let places = [("check", "config"), ("new", "init"), ("read", "read"), ("write", "write"), ("shutdown", "shutdown")];
    for (place, what) in places {
        let mut session = Session::start(Release::V5_12);
        session.load(&so("raises"));
        let mut events =
            session.config(&block("raises", &format!("LogTraces true\nIn \"{place}\"\nHow \"question-mark\"")));
        if place != "check" {
            for command in ["init", "read", "write h/p/gauge 1 10 5", "shutdown"] {
                events.extend(session.run(command));
            }
        }
        let failure = if ["read", "write"].contains(&place) { format!("{what} failed: ") } else { format!("{what}: ") };
        assert_raised(&events, &failure, "raises::");
    }
    let mut session = raising("LogTraces true\nIn \"drop\"");
    let events = session.run("shutdown");
    assert_calls(
        &trace(&events, "drop panicked at "),
        "raises::Raises as core::ops::drop::Drop>::drop",
        line_of(&events),
    );
}

#[test]
fn a_wrong_configuration_is_no_matter_of_the_code() {
    let mut session = Session::start(Release::V5_12);
    session.load(&so("raises"));
    let events = session.config(&block("raises", "LogTraces true\nHow 1"));
    assert_eq!(texts(&events).len(), 1, "{events:#?}");
}

#[test]
fn filters_have_a_switch_in_their_block() {
    let mut session = Session::start(Release::V5_12);
    session.load(&so("raises"));
    let prefixed = |events: &[Event]| -> Vec<_> {
        texts(events).iter().map(|text| text.replace("raises_too plugin: ", "")).collect()
    };
    for (how, start) in [("question-mark", "match failed: line "), ("panic", "match panicked at ")] {
        session.run(&format!("create match raises_too\nLogTraces true\nHow \"{how}\"\nend"));
        let events = session.run("call match raises_too h/p/gauge 1000 10 1");
        let told = prefixed(&events);
        let calls: Vec<_> =
            told.iter().filter(|line| line.contains("raises::RaisesToo as collectd::filter::")).collect();
        assert!(told[0].starts_with(start) && calls.len() == 1, "{told:#?}");
        session.run("destroy match raises_too");
    }
    let events = session.run("create match raises_too\nLogTraces true\nIn \"new\"\nHow \"message\"\nend");
    let told = prefixed(&events);
    assert!(told[0].starts_with("<Match \"raises_too\">: line "), "{told:#?}");
    assert!(told[1].starts_with(&format!("  raised at {FILE}:{}:", line_of(&events))), "{told:#?}");
    // That of the match is not that of the plugin beside it.
    session.config(&block("raises", "How \"message\""));
    session.run("init");
    assert_eq!(texts(&session.run("read raises")).len(), 1);
}

#[test]
fn a_trace_is_text_of_bounded_length() {
    let events = raising("LogTraces true\nHow \"deep\"").run("read raises");
    let trace = trace(&events, "read failed: line ");
    assert_eq!(trace.len(), 1 + 32 + 1, "{trace:#?}");
    assert!(trace[1..33].iter().all(|call| call.contains("raises::deep")), "{trace:#?}");
    assert!(trace[33].starts_with("and ") && trace[33].ends_with(" more calls"), "{trace:#?}");

    let events = raising("LogTraces true\nHow \"long\"").run("read raises");
    assert!(events.iter().all(|event| !event.is("log", &[("truncated", "1")])), "{events:?}");
    let formats = events.iter().filter(|event| event.is("log", &[("origin", "plugin")]));
    assert!(formats.map(|event| event.text("format")).all(|format| format == "%.*s"), "{events:#?}");
}

/// The limit of the line about the failure holds for what follows it.
#[test]
fn a_trace_is_told_as_often_as_its_failure() {
    let mut session = raising("LogTraces true\nHow \"message\"");
    let mut events = session.run("read raises");
    let once = texts(&events).len();
    for _ in 0..20 {
        events.extend(session.run("read raises"));
    }
    assert_eq!(texts(&events).len(), once);
}

#[test]
fn the_real_daemon_logs_a_line_for_each_call() {
    let mut daemon = Daemon::builder()
        .load_so(so("raises"), "raises")
        .conf(&block("raises", "LogTraces true\nHow \"question-mark\""))
        .start();
    let line = daemon.wait_log("raises plugin:   1: ", Duration::from_secs(60));
    assert!(line.starts_with("[error] "), "{line}");
    assert!(daemon.stop().success());
    let log = daemon.log();
    assert_eq!(with(&log, &format!("[error] raises plugin:   raised at {FILE}:")).len(), 1, "{log}");
    assert!(!with(&log, "<raises::Raises as collectd::callback::read::Read>::read at ").is_empty(), "{log}");

    let mut daemon =
        Daemon::builder().load_so(so("raises"), "raises").conf(&block("raises", "How \"question-mark\"")).start();
    let _ = daemon.wait_log("raises plugin: read failed: line ", Duration::from_secs(60));
    assert!(daemon.stop().success());
    assert!(with(&daemon.log(), "raises plugin:   ").is_empty(), "{}", daemon.log());
}

#[test]
fn a_plugin_that_cannot_be_made_says_where() {
    let mut session = loaded(Session::builder(Release::V5_12), "raises", "LogTraces true\nIn \"new\"\nHow \"message\"");
    assert_raised(&session.run("init"), "init: line ", "raises::Raises as collectd::plugin::Plugin>::new");
}
