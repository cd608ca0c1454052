//! Notifications both ways, and metrics that are missing.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Event, Release, Session};

use crate::support::{assert_nothing_left, errors, lines, only, running, session, so, statuses, texts, with};

/// All kinds of meta data.
const META: &str = r#"[("Text", String("té")), ("i", Signed(-7)), ("u", Unsigned(18446744073709551615)), ("d", Double(0.5)), ("b", Boolean(true))]"#;

#[test]
fn what_is_not_set_is_filled_in() {
    let mut session = session("listener", "Message \"100% full\"");
    let events = session.run("read listener");
    let told = only(&events, "notification");
    let expected = [("severity", "2"), ("message", "100% full"), ("plugin", "listener"), ("type", "gauge")];
    assert!(told.is("notification", &expected), "{told:?}");
    assert!(told.number::<u64>("time") > 1_700_000_000 << 30 && !told.text("host").is_empty(), "{told:?}");
    assert_eq!(statuses(&events, "notification"), [0]);
    let heard = texts(&events).remove(0);
    assert!(heard.starts_with("listener plugin: heard ["), "{heard}");
    assert!(
        heard.ends_with(&format!("/listener/gauge WARNING: 100% full meta {META} text Some(String(\"té\"))")),
        "{heard}"
    );
    assert_eq!(texts(&events)[1], "listener plugin: somebody listens: true");
    assert_clean_end(session);
}

#[test]
fn notifications_of_others_arrive_as_they_are() {
    let mut session = session("listener", "");
    let events = session.run(r#"notification 4 7 h/df-root/percent-used "back\nagain" Text=x text=y"#);
    let heard = r#"listener plugin: heard [7] h/df-root/percent/used OKAY: back\x0aagain meta [("Text", String("x"))] text Some(String("x"))"#;
    assert_eq!(texts(&events), [heard]);
    let events = session.run("notification 3 7 h/df-root/percent-used text");
    assert_eq!(statuses(&events, "notification"), [-1]);
    let said = lines(&events);
    assert_eq!(said, [(3, "listener plugin: notify failed: a notification has the unknown severity 3".to_owned())]);
    assert_clean_end(session);
}

#[test]
fn nobody_listening_is_no_error() {
    let mut session = running(Session::builder(Release::V5_12).env("DEAF", "1"), "listener", "Message \"x\"");
    let events = session.run("read listener");
    assert_eq!(texts(&events), ["listener plugin: somebody listens: false"]);
    assert_eq!(statuses(&events, "read"), [0]);
    assert_clean_end(session);
}

#[test]
fn messages_are_cut_only_when_asked() {
    let long = "ü".repeat(200);
    let mut cut = session("listener", &format!("Truncate true\nMessage \"{long}\""));
    let events = cut.run("read listener");
    let message = only(&events, "notification").bytes("message");
    assert_eq!(message, Some(("ü".repeat(126) + "…").as_bytes()));

    for (config, error) in [
        (format!("Message \"{long}\""), "message cannot be used: it has 400 bytes, more than 255".to_owned()),
        ("Message \"\"".to_owned(), "message cannot be used: it is empty".to_owned()),
        (
            format!("Message x\nKey \"{0}\"", "k".repeat(128)),
            format!("\"{}\", a name of meta data, has more than 127 bytes", "k".repeat(128)),
        ),
    ] {
        let mut session = session("listener", &config);
        let events = session.run("read listener");
        assert_eq!(lines(&events), [(3, format!("listener plugin: read failed: {error}"))]);
        assert!(!events.iter().any(|event| event.kind() == "notification"), "{events:?}");
        // What was made for it until then is freed.
        assert_clean_end(session);
    }
}

#[test]
fn failures_reach_the_daemon_and_its_log() {
    let mut session = session("listener", "Failures 2");
    let mut events: Vec<Event> = Vec::new();
    for _ in 0..3 {
        events.extend(session.run("notification 1 7 h/df/percent gone"));
    }
    assert_eq!(statuses(&events, "notification"), [-1, -1, 0]);
    let told = texts(&events);
    assert_eq!(told[0], "listener plugin: notify failed: notification 0 fails");
    assert_eq!(told.iter().filter(|text| text.contains("notify")).count(), 2, "{told:?}");
}

#[test]
fn missing_metrics_are_passed_on_handled_or_fail() {
    for (config, status) in [("", 0), ("Missing handled", 1), ("Missing error", -1), ("Missing panic", -1)] {
        for release in [Release::V5_8, Release::V5_12] {
            let mut session = running(Session::builder(release), "listener", config);
            session.run("cache h/p-i/gauge-t 1500000000 10 42.5");
            let events = session.run("missing h/p-i/gauge-t 1500000000 10");
            assert_eq!(statuses(&events, "missing"), [status], "{config}");
            let told = texts(&events);
            let seen = "listener plugin: missing MetricRef { identifier: \"h/p-i/gauge-t\", time: ";
            assert!(told[0].starts_with(seen) && told[0].ends_with(" rates Some([42.5])"), "{told:?}");
            assert_eq!(told.len(), if status < 0 { 2 } else { 1 }, "{told:?}");
            assert_clean_end(session);
        }
    }
}

#[test]
fn a_plugin_that_could_not_start_is_deaf_and_in_nobodys_way() {
    let mut session = Session::builder(Release::V5_12).start();
    session.load(&so("listener"));
    session.run("fail missing 1");
    session.run("init");
    let events = session.run("notification 1 7 h/df/percent gone");
    assert_eq!(statuses(&events, "notification"), [0]);
    assert_eq!(texts(&events), [""; 0]);
}

#[test]
fn in_the_real_daemon() {
    let mut daemon = Daemon::builder()
        .load_so(so("listener"), "listener")
        .conf("<Plugin listener>\nMessage \"it is 100%n full\"\nSeverity \"Failure\"\n</Plugin>")
        .load("unixsock")
        .hostname("here")
        .start();
    let line = daemon.wait_log("heard [", Duration::from_secs(60));
    assert!(line.contains(&format!("here/listener/gauge FAILURE: it is 100%n full meta {META} text Some")), "{line}");
    assert!(!line.contains("heard [0]"), "{line}");
    daemon.command("PUTNOTIF severity=okay time=7 host=h plugin=df message=\"well again\" s:k=v").expect("it is right");
    let line = daemon.wait_log("OKAY: well again", Duration::from_secs(60));
    assert!(line.contains(r#"heard [7] h/df OKAY: well again meta [("k", String("v"))]"#), "{line}");
    daemon.putval("here/gone-a/gauge-b", "interval=1", "N:42.5");
    let line = daemon.wait_log("listener plugin: missing", Duration::from_secs(60));
    assert!(line.contains("\"here/gone-a/gauge-b\"") && line.ends_with("rates Some([42.5])"), "{line}");
    assert!(daemon.stop().success());
    let log = daemon.log();
    assert_eq!(with(&log, "the listener is gone").len(), 1, "{log}");
    assert_eq!(errors(&log), [""; 0]);
}

#[track_caller]
fn assert_clean_end(mut session: Session) {
    session.run("shutdown");
    assert_nothing_left(&mut session);
    let events = session.run("stats");
    let stats = only(&events, "stats");
    let count = |key| stats.number::<u64>(key);
    assert_eq!(count("notification_meta_created"), count("notification_meta_freed"), "{stats:?}");
    assert!(session.finish().status.success());
}
