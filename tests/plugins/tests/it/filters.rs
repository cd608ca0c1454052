//! Matches and targets in filter chains.

use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, wait_until};
use collectd_test_host::{Event, Release, Session};

use crate::support::{lines, only, so, statuses, texts, with};

fn loaded(plugin: &str) -> Session {
    let mut session = Session::start(Release::V5_12);
    session.load(&so(plugin));
    session
}

fn create(session: &mut Session, kind: &str, name: &str, config: &str) -> Vec<Event> {
    session.run(&format!("create {kind} {name}\n{config}\nend"))
}

/// A target with this configuration, called with a value list of four kinds.
fn changed(config: &str) -> (Session, Vec<Event>) {
    let mut session = loaded("filters");
    let events = create(&mut session, "target", "changes", config);
    assert_eq!(statuses(&events, "target.create"), [0], "{events:#?}");
    let events = session.run("call target changes h/p-i/mixed-t 1000 10 1,0.5,-3,4 meta:old=s:text meta:n=u:7");
    (session, events)
}

#[test]
fn names_that_cannot_be_or_are_taken_are_refused() {
    let mut session = Session::start(Release::V5_12);
    let events = session.load(&so("filters"));
    let long = "x".repeat(128);
    let expected = [
        "target \"CHANGES\" is there already".to_owned(),
        format!("\"{long}\" cannot be the name of a target"),
        "\"\" cannot be the name of a target".to_owned(),
        r#""a\0b" cannot be the name of a target"#.to_owned(),
        "target \"Write\" is there already".to_owned(),
    ];
    let told = texts(&events);
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(&expected) {
        assert!(told.ends_with(expected), "{told}");
    }
    let registered: Vec<_> = events.iter().filter(|event| event.kind() == "register").collect();
    let names: Vec<_> = registered.iter().map(|event| (event.text("kind"), event.text("name"))).collect();
    assert_eq!(names, [("match", "asked"), ("target", "changes"), ("target", &long[..127])]);
}

#[test]
fn a_match_answers_and_fails_with_the_daemons_codes() {
    let mut session = loaded("filters");
    create(&mut session, "match", "asked", "TypeInstance \"yes\"\nFailures 2");
    for (name, status, told) in [
        ("yes", -1, Some((3, "asked plugin: match failed: call 0 fails"))),
        ("yes", -1, None),
        ("yes", 1, Some((5, "asked plugin: match works again"))),
        ("no", 0, None),
    ] {
        let events = session.run(&format!("call match asked h/p/gauge-{name} 1000 10 1"));
        assert_eq!(statuses(&events, "match"), [status], "{name}");
        assert_eq!(lines(&events), told.map(|(level, text)| (level, text.to_owned())).into_iter().collect::<Vec<_>>());
    }
    let events = session.run("destroy match asked");
    assert_eq!(statuses(&events, "match.destroy"), [0]);
}

#[test]
fn a_target_changes_all_that_it_may() {
    let (mut session, events) = changed(
        "Host \"a\"\nPlugin \"/b/c\"\nPluginInstance \"/\"\nTypeInstance \"\"\nGauge 1 2.5\nDerive 2 -9\nTime 2000\n\
         Interval 20\nAdd \"OLD\" \"new\"\nAdd \"more\" \"\"\nRemove \"n\"\nRemove \"n\"\nThen \"stop\"",
    );
    let event = only(&events, "returned");
    let expected = [
        ("status", "1"),
        ("host", "a"),
        ("plugin", "b_c"),
        ("plugin_instance", "root"),
        ("type", "mixed"),
        ("type_instance", ""),
        ("time", "2147483648000"),
        ("interval", "21474836480"),
        ("values_len", "4"),
    ];
    assert!(event.is("returned", &expected), "{event:?}");
    let bits = [1, 2.5_f64.to_bits(), (-9_i64).cast_unsigned(), 4];
    assert_eq!(event.values(), bits);
    let meta: Vec<_> = event.meta().into_iter().map(|entry| format!("{entry:?}")).collect();
    assert_eq!(meta, [format!("(\"OLD\", Text({:?}))", b"new"), "(\"more\", Text([]))".to_owned()]);
    assert_eq!(texts(&events), ["changes plugin: removed n: true", "changes plugin: removed n: false"]);
    session.run("destroy target changes");
    assert_eq!(session.finish().status.code(), Some(0));
}

#[test]
fn a_target_says_how_to_go_on() {
    for (then, status) in [("", 0), ("stop", 1), ("return", 2)] {
        let (_session, events) = changed(&format!("Then \"{then}\""));
        assert_eq!(statuses(&events, "target"), [status], "{then}");
    }
}

#[test]
fn what_cannot_be_set_is_an_error_and_changes_nothing() {
    for (config, problem) in [
        ("Host \"\"", "host cannot be used: it is empty"),
        ("Plugin \"\"", "plugin cannot be used: it is empty"),
        ("Plugin \"x\" 128", "plugin cannot be used: "),
        ("PluginInstance \"x@\"", "plugin instance cannot be used: "),
        ("TypeInstance \"x\" 500", "type instance cannot be used: "),
        ("Gauge 4 1", "there is no value at index 4; there are 4"),
        ("Gauge 0 1", "the value at index 0 is a counter, not a gauge"),
        ("Time 0", "time cannot be used: it is empty"),
        ("Interval 0", "interval cannot be used: it is empty"),
        ("Add \"key\" \"@\"", "meta data \"key\" has a NUL byte"),
        ("Add \"key\" \"x@\"", "meta data \"key\" has a NUL byte"),
    ] {
        let (_session, events) = changed(config);
        let event = only(&events, "returned");
        let unchanged =
            [("status", "-1"), ("host", "h"), ("plugin", "p"), ("plugin_instance", "i"), ("values_len", "4")];
        assert!(
            event.is("returned", &unchanged) && event.values() == [1, 0.5_f64.to_bits(), u64::MAX - 2, 4],
            "{event:?}"
        );
        assert_eq!(event.meta().len(), 2, "{event:?}");
        let told = lines(&events);
        assert!(told.len() == 1 && told[0].0 == 3, "{config}: {told:?}");
        assert!(told[0].1.starts_with(&format!("changes plugin: target failed: {problem}")), "{config}: {told:?}");
    }
}

#[test]
fn the_longest_name_fits() {
    let (_session, events) = changed("Plugin \"x\" 127");
    assert_eq!(only(&events, "returned").text("plugin"), "x".repeat(127));
}

#[test]
fn a_configuration_that_is_wrong_names_block_and_key() {
    let mut session = loaded("filters");
    for (kind, name, config, problem) in [
        (
            "match",
            "asked",
            "TypeInstanec \"a\"",
            "<Match \"asked\">: unknown field \"TypeInstanec\", expected one of \"TypeInstance\"",
        ),
        ("match", "asked", "Failures -1", "<Match \"asked\">: Failures: -1 does not fit"),
        ("target", "changes", "Add \"a\"", "<Target \"changes\">: Add: "),
    ] {
        let events = create(&mut session, kind, name, config);
        assert_eq!(statuses(&events, &format!("{kind}.create")), [-1], "{events:#?}");
        let told = lines(&events);
        assert!(told.len() == 1 && told[0].0 == 3, "{told:?}");
        assert!(told[0].1.starts_with(&format!("{name} plugin: {problem}")), "{told:?}");
    }
    assert_eq!(session.finish().status.code(), Some(0));
}

#[test]
fn no_panic_reaches_the_daemon() {
    for (kind, name) in [("match", "asked"), ("target", "changes")] {
        for (place, start) in [("new", ""), ("call", ""), ("drop", "drop ")] {
            let mut session = loaded("filters");
            let mut events = create(&mut session, kind, name, &format!("PanicIn \"{place}\""));
            if place != "new" {
                events.extend(session.run(&format!("call {kind} {name} h/p/gauge 1000 10 1")));
                events.extend(session.run(&format!("destroy {kind} {name}")));
            }
            let failed = events.iter().filter(|event| event.is("returned", &[("status", "-1")])).count();
            assert_eq!(failed, usize::from(place != "drop"), "{events:#?}");
            let told = texts(&events);
            assert!(
                told.len() == 1 && told[0].contains("panicked at ") && told[0].contains("examples/filters.rs:"),
                "{told:?}"
            );
            assert!(told[0].starts_with(&format!("{name} plugin: {start}")), "{told:?}");
            assert_eq!(session.finish().status.code(), Some(0), "{kind} {place}");
        }
    }
}

#[test]
fn nothing_of_ours_is_lost() {
    let mut session = Session::builder(Release::V5_12).valgrind(true).start();
    session.load(&so("filters"));
    create(&mut session, "match", "asked", "Memory 1 2 3\nFailures 1");
    create(
        &mut session,
        "target",
        "changes",
        "Host \"a\"\nAdd \"key\" \"text\"\nAdd \"key\" \"other\"\nRemove \"key\"",
    );
    for _ in 0..100 {
        session.run("call match asked h/p/gauge 1000 10 1 meta:k=s:text");
        // With an object of the daemon's, and with one of ours that the daemon destroys.
        session.run("call target changes h/p/gauge 1000 10 1 meta:k=s:text");
        session.run("call target changes h/p/gauge 1000 10 1");
    }
    session.run("destroy match asked");
    session.run("destroy target changes");
    create(&mut session, "match", "asked", "Memory 1 2 3\nWrong 1");
    session.run("shutdown");
    let outcome = session.finish();
    assert!(outcome.status.success(), "{}", outcome.stderr);
}

pub(crate) fn chain(builder: Builder, text: &str) -> Builder {
    builder.conf(&format!("<Chain \"PreCache\">\n{text}\n</Chain>\nPreCacheChain \"PreCache\""))
}

/// Two rules with a match and a target of the same name each, seen by csv and by a writer of ours.
#[test]
fn the_real_daemon_calls_several_instances_from_several_threads() {
    let builder = Daemon::builder()
        .load_so(so("filters"), "filters")
        .load_so(so("fixed_values"), "fixed_values")
        .load_so(so("consumer"), "consumer")
        .conf("<Plugin consumer>\nAllMeta true\n</Plugin>")
        .load("csv");
    let mut daemon = chain(
        builder,
        "<Rule \"one\">\n<Match \"asked\">\nTypeInstance \"zero\"\n</Match>\n<Target \"changes\">\n\
         PluginInstance \"one\"\nAdd \"rule\" \"first\"\n</Target>\n</Rule>\n\
         <Rule \"two\">\n<Match \"asked\">\nTypeInstance \"third\"\n</Match>\n<Target \"changes\">\n\
         Plugin \"y\" 127\nPluginInstance \"\"\nHost \"other\"\nGauge 0 42.5\n</Target>\n</Rule>\n\
         <Rule \"three\">\n<Match \"asked\">\nTypeInstance \"max\"\n</Match>\n<Target \"changes\">\nThen \"stop\"\n\
         </Target>\n</Rule>",
    )
    .start();
    assert_eq!(daemon.wait_rows("fixed/values-one/gauge-zero", 1)[0].1, "0.000000");
    let third = format!("other/{}/gauge-third", "y".repeat(127));
    assert_eq!(daemon.wait_rows(&third, 1)[0].1, "42.500000");
    daemon.wait_log("read 1 is complete", Duration::from_secs(60));
    // Not by rows of csv: two write threads that make the same new file overwrite each other's first row.
    wait_until("the queue's end", Duration::from_secs(60), || {
        let seen = with(&daemon.log(), "consumer plugin: wrote ");
        (seen.iter().filter(|line| line.contains("gauge/often")).count() >= 4).then_some(())
    });
    assert!(daemon.stop().success(), "{}", daemon.log());
    let rows = daemon.csv_rows();
    assert!(!rows.keys().any(|name| name.ends_with("-max") || name == "fixed/values/gauge-zero"), "{rows:#?}");
    let log = daemon.log();
    let first = with(&log, "String(\"first\")");
    assert!(!first.is_empty() && first.iter().all(|line| line.contains("values-one")), "{log}");
}

#[test]
fn a_configuration_that_is_wrong_stops_the_real_daemon() {
    for (text, problem) in [
        (
            "<Match \"asked\">\nFailures 1.5\n</Match>\nTarget \"stop\"",
            "asked plugin: <Match \"asked\">: Failures: 1.5 is not a whole number",
        ),
        ("<Target \"changes\">\nHots \"a\"\n</Target>", "changes plugin: <Target \"changes\">: unknown field \"Hots\""),
        ("<Target \"changes\">\nPanicIn \"new\"\n</Target>", "changes plugin: <Target \"changes\"> panicked at "),
        // What was made before is dropped.
        ("<Match \"asked\">\nPanicIn \"drop\"\n</Match>\nTarget \"nowhere\"", "asked plugin: drop panicked at "),
    ] {
        let builder = Daemon::builder().load_so(so("filters"), "filters");
        let output = chain(builder, &format!("<Rule>\n{text}\n</Rule>")).check_start_fails();
        assert_eq!(with(&output, problem).len(), 1, "{output}");
    }
}

#[test]
fn the_real_daemon_loses_nothing_of_ours_in_chains() {
    let builder = Daemon::builder()
        .load_so(so("filters"), "filters")
        .load_so(so("fixed_values"), "fixed_values")
        .conf("<Plugin fixed_values>\nReads 1000\n</Plugin>")
        .load("csv")
        .interval(Duration::from_millis(200))
        .valgrind(true);
    let mut daemon = chain(
        builder,
        "<Rule>\n<Match \"asked\">\nMemory 1 2 3\nTypeInstance \"zero\"\n</Match>\n<Target \"changes\">\n\
         PluginInstance \"one\"\nAdd \"rule\" \"first\"\n</Target>\n</Rule>\n\
         <Rule>\n<Match \"asked\">\nPanicIn \"call\"\n</Match>\nTarget \"stop\"\n</Rule>",
    )
    .start();
    wait_until("10 values", Duration::from_secs(180), || {
        daemon.csv_rows().get("fixed/values-one/gauge-zero").filter(|rows| rows.len() >= 10).map(drop)
    });
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert_eq!(with(&daemon.log(), "asked plugin: match panicked at ").len(), 1, "{}", daemon.log());
    daemon.valgrind_report().assert_clean("filters.so");
}
