//! Closures, instances and reads that a plugin registers itself, and takes back.

use std::time::Duration;

use collectd_test_daemon::{Daemon, wait_until};
use collectd_test_host::{Event, Release, Session};

use crate::support::{assert_nothing_left, block, lines, loaded, session, so, statuses, texts, with};

const ALL_CLOSURES: &str = "Closure \"write\" \"flush\" \"notify\" \"missing\" \"shutdown\"";

/// What the plugin itself said.
fn said(events: &[Event]) -> Vec<String> {
    let texts = texts(events).into_iter();
    texts.filter_map(|text| text.strip_prefix("several plugin: ").map(str::to_owned)).collect()
}

fn order(session: &mut Session, order: &str) -> Vec<Event> {
    session.run(&format!("notification 4 1 h/p/gauge \"{order}\""))
}

#[track_caller]
fn end(mut session: Session) {
    session.run("shutdown");
    assert_nothing_left(&mut session);
    assert!(session.finish().status.success());
}

#[test]
fn reads_have_names_intervals_and_groups() {
    let mut session = loaded(
        Session::builder(Release::V5_12),
        "several",
        "Read \"a\"\nRead \"b\" 0.5\nRead \"c\" 60 \"g\"\nRead \"d\" 0 \"g\"",
    );
    let events = session.run("init");
    let reads = events.iter().filter(|event| event.is("register", &[("kind", "read")]));
    let seen: Vec<_> = reads.map(|event| (event.text("name"), event.text("group"), event.text("interval"))).collect();
    let half = (1_u64 << 29).to_string();
    let (ten, minute) = ((10_u64 << 30).to_string(), (60_u64 << 30).to_string());
    let day = (86400_u64 << 30).to_string();
    let expected = [
        ("several/a", "", ten.as_str()),
        ("several/b", "", half.as_str()),
        ("several/c", "several/g", minute.as_str()),
        ("several/d", "several/g", ten.as_str()),
        ("several//reads", "", day.as_str()),
    ];
    assert_eq!(seen.len(), expected.len(), "{events:#?}");
    for (seen, expected) in seen.iter().zip(expected) {
        assert_eq!((seen.0, seen.2), (expected.0, expected.2));
        assert!(seen.1 == expected.1 || (seen.1 == "-" && expected.1.is_empty()), "{seen:?}");
    }
    assert_eq!(said(&session.run("read several/b")), ["b reads"]);
    end(session);
}

#[test]
fn every_kind_of_closure_is_called() {
    let mut session = session("several", ALL_CLOSURES);
    assert_eq!(said(&session.run("write h/p/gauge 1 10 5")), ["closure writes [1] h/p/gauge [(1, 5.0)]"]);
    assert_eq!(said(&session.run("flush several/closure 2")), ["closure flushes Some(2s) None"]);
    assert_eq!(said(&order(&mut session, "hello")), ["closure hears hello"]);
    assert!(said(&session.run("missing h/p/gauge 1 10")).concat().starts_with("closure misses"));
    assert_eq!(said(&session.run("shutdown")), ["closure flushes None None", "closure ends", "several is gone"]);
    assert_nothing_left(&mut session);
}

#[test]
fn a_log_closure_hears_lines() {
    let mut session = session("several", "Closure \"log\"");
    session.run("log 4 \"hello there\"");
    session.run("shutdown");
    let outcome = session.finish();
    assert!(outcome.stderr.contains("closure logs Warning hello there"), "{}", outcome.stderr);
}

const TWO_NODES: &str = "<Node \"a\">\nPrefix \"A \"\n</Node>\n<Node \"b\">\nPrefix \"B \"\nFail true\n</Node>";

#[test]
fn instances_live_side_by_side_and_end_before_the_plugin() {
    let mut session = session("several", TWO_NODES);
    assert_eq!(said(&session.run("read several/a")), ["A reads"]);
    assert_eq!(said(&session.run("read several/a/slow")), ["A reads"]);
    assert_eq!(said(&session.run("read several/b")), ["b: read failed: told to fail"]);
    assert_eq!(said(&session.run("flush several/a")), ["A flushes None None"]);
    let events = session.run("write h/p/gauge 1 10 5");
    assert_eq!(said(&events), ["A writes [1] h/p/gauge [(1, 5.0)]", "b: write failed: told to fail"]);
    let told = said(&session.run("shutdown"));
    let at = |what: &str| told.iter().position(|line| line == what).unwrap_or_else(|| panic!("{what} in {told:?}"));
    assert!(at("shutdown: told to fail") < at("A ends"), "the last one ends first: {told:?}");
    assert!(at("A ends") < at("A is gone") && at("A is gone") < told.len(), "{told:?}");
    assert_nothing_left(&mut session);
}

#[test]
fn names_that_are_taken_are_found_before_the_daemon_sees_them() {
    for (config, name) in [
        ("Read \"a\"\nRead \"a\"", "read \"several/a\""),
        ("Closure \"write\" \"write\"", "write \"several/closure\""),
        ("Closure \"flush\" \"flush\"", "flush \"several/closure\""),
        ("Closure \"log\" \"log\"", "log \"several/closure\""),
        ("Closure \"missing\" \"missing\"", "missing \"several/closure\""),
        ("Closure \"notify\" \"notify\"", "notification \"several/closure\""),
        ("Read \"a\"\n<Node \"a\">\nPrefix \"A \"\n</Node>", "read \"several/a\""),
    ] {
        let mut session = loaded(Session::builder(Release::V5_12), "several", config);
        let events = session.run("init");
        assert_eq!(statuses(&events, "init"), [-1]);
        let told = lines(&events);
        assert!(
            told.iter().any(|line| *line == (3, format!("several plugin: init: {name} is there already"))),
            "{told:?}"
        );
        // What is there of it does nothing any more.
        let mut after = session.run("write h/p/gauge 1 10 5");
        after.extend(session.run("flush"));
        after.extend(order(&mut session, "cancel a"));
        after.extend(session.run("log 4 hello"));
        after.extend(session.run("read"));
        assert_eq!(said(&after), Vec::<String>::new(), "{config}");
        end(session);
    }
}

#[test]
fn names_that_cannot_be_are_refused() {
    let long = "g".repeat(127);
    for (config, problem) in [
        (format!("Read \"a\" 0 \"{long}\""), format!("\"{long}\" cannot be the name of a group")),
        ("Read \"a\" 0 \"\"".to_owned(), "\"\" cannot be the name of a group".to_owned()),
        ("Read \"a\" 1.0e+12".to_owned(), "1000000000000s is too long for an interval".to_owned()),
    ] {
        let mut session = loaded(Session::builder(Release::V5_12), "several", &config);
        assert!(said(&session.run("init")).contains(&format!("init: {problem}")), "{config}");
        end(session);
    }
}

#[test]
fn a_registration_that_fails_or_panics_leaves_nothing_in_service() {
    for (how, told) in [("error", "init: told to fail"), ("panic", "init panicked at ")] {
        let config = format!("{ALL_CLOSURES}\nRead \"r\"\n{TWO_NODES}\nEnd \"{how}\"");
        let mut session = loaded(Session::builder(Release::V5_12).valgrind(true), "several", &config);
        let events = session.run("init");
        assert_eq!(statuses(&events, "init"), [-1]);
        assert!(said(&events).iter().any(|line| line.starts_with(told)), "{events:#?}");
        let mut after = session.run("write h/p/gauge 1 10 5");
        assert_eq!(statuses(&after, "write"), [2; 3], "as if there were no writer");
        after.extend(session.run("flush"));
        after.extend(session.run("missing h/p/gauge 1 10"));
        after.extend(order(&mut session, "cancel a"));
        after.extend(session.run("read"));
        assert!(!after.iter().any(|event| event.kind() == "dispatch"), "{after:#?}");
        let told = said(&after);
        assert!(told.iter().all(|line| line.ends_with("is gone")), "{told:?}");
        end(session);
    }
}

#[test]
fn what_is_taken_back_is_not_called_any_more() {
    let mut session =
        session("several", &format!("Read \"r\" 0 \"g\"\nRead \"s\" 0 \"g\"\n{ALL_CLOSURES}\n{TWO_NODES}"));
    let events = order(&mut session, "cancel a");
    let names = |events: &[Event]| -> Vec<String> {
        let gone = events.iter().filter(|event| event.is("unregister", &[("kind", "read"), ("status", "0")]));
        gone.map(|event| event.text("name").to_owned()).collect()
    };
    assert_eq!(names(&events), ["several/a", "several/a/slow"], "{events:#?}");
    let events = order(&mut session, "cancel-group g");
    assert_eq!(names(&events), ["several/r", "several/s"]);
    assert!(said(&events).contains(&"2 reads were in g".to_owned()));
    assert!(said(&order(&mut session, "cancel-group g")).contains(&"0 reads were in g".to_owned()));
    for kind in ["write", "flush", "missing"] {
        assert_eq!(names(&order(&mut session, &format!("cancel {kind}"))), Vec::<String>::new());
    }
    order(&mut session, "cancel notify");
    order(&mut session, "cancel notify");
    let mut events = session.run("write h/p/gauge 1 10 5");
    events.extend(session.run("flush"));
    events.extend(session.run("missing h/p/gauge 1 10"));
    events.extend(order(&mut session, "hello"));
    events.extend(session.run("read several/b/slow"));
    let told = said(&events);
    assert!(told.iter().all(|line| line.starts_with("b: ") || line.starts_with("b/slow: ")), "{told:?}");
    end(session);
}

#[test]
fn reads_come_and_go_while_the_daemon_runs() {
    let mut session = session("several", "");
    let events = order(&mut session, "add late");
    let read = events.iter().find(|event| event.is("register", &[("kind", "read"), ("name", "several/late")]));
    let read = read.unwrap_or_else(|| panic!("{events:#?}"));
    assert_eq!(read.number::<u64>("interval"), 10 << 30, "that of the plugin, not of a thread without context");
    assert_eq!(read.text("group"), "several/added");
    assert_eq!(said(&session.run("read several/late")), ["late reads"]);
    let events = order(&mut session, "add late");
    assert_eq!(said(&events), ["orders: notify failed: read \"several/late\" is there already"]);
    order(&mut session, "cancel late");
    // Its name is free again.
    order(&mut session, "add late");
    assert_eq!(said(&session.run("read several/late")), ["late reads"]);
    end(session);
}

#[test]
fn nothing_is_unregistered_when_reads_are_called_once() {
    let mut session = loaded(Session::builder(Release::V5_12).valgrind(true), "several", "Read \"a\"\nRead \"b\"");
    session.run("set ReadThreads -1");
    session.run("init");
    session.run("read-once");
    let events = order(&mut session, "cancel a");
    assert!(!events.iter().any(|event| event.kind() == "unregister"), "{events:#?}");
    end(session);
}

#[test]
fn a_plugin_without_callbacks_is_told_so() {
    let mut session = Session::start(Release::V5_12);
    session.load(&so("idle"));
    let told = lines(&session.run("init"));
    let line = "idle plugin: has no callbacks, so that nothing of it will ever be called";
    assert_eq!(told, [(4, line.to_owned())]);
}

#[test]
fn in_the_real_daemon() {
    let config = format!(
        "Read \"a\" 0.2\nRead \"b\" 0.2 \"g\"\nRead \"c\" 0.2 \"g\"\n{ALL_CLOSURES}\n<Node \"n\">\nPrefix \"N \"\n</Node>"
    );
    let mut daemon = Daemon::builder()
        .load_so(so("several"), "several")
        .conf(&block("several", &config))
        .load("unixsock")
        .valgrind(true)
        .start();
    let limit = Duration::from_secs(60);
    for line in ["a reads", "b reads", "c reads", "N reads", "N writes ", "closure writes "] {
        daemon.wait_log(&format!("several plugin: {line}"), limit);
    }
    let order = |order: &str| {
        let line = format!("PUTNOTIF severity=okay time={} host=h message=\"{order}\"", 1_700_000_000);
        daemon.command(&line).unwrap_or_else(|answer| panic!("{answer}"));
    };
    order("cancel-group g");
    order("cancel write");
    order("cancel n");
    order("add late");
    let count = |needle: &str| with(&daemon.log(), &format!("several plugin: {needle}")).len();
    wait_until("the late read", limit, || (count("late reads") >= 3).then_some(()));
    // What was under way when it was taken back has ended by now.
    let whats = ["b reads", "c reads", "closure writes ", "N reads", "N writes "];
    let before = whats.map(count);
    let reads = count("a reads");
    wait_until("further reads", limit, || (count("a reads") >= reads + 5).then_some(()));
    assert_eq!(whats.map(count), before);
    assert!(daemon.stop().success());
    let log = daemon.log();
    assert_eq!(with(&log, "several plugin: closure ends").len(), 1, "{log}");
    assert_eq!(with(&log, "several plugin: several is gone").len(), 1, "{log}");
    assert!(!log.contains("[error] several") && !log.contains("No such read function"), "{log}");
    daemon.valgrind_report().assert_clean("several.so");
}

#[test]
fn in_the_real_daemon_that_reads_once() {
    let outcome = Daemon::builder()
        .load_so(so("several"), "several")
        .conf(&block("several", &format!("Read \"r\"\nRead \"s\"\n{TWO_NODES}\nCancelAtShutdown true")))
        .valgrind(true)
        .run_once();
    assert_eq!(with(&outcome.output, "several plugin: r reads").len(), 1, "{}", outcome.output);
    outcome.valgrind.expect("it ran under valgrind").assert_clean("several.so");
}
