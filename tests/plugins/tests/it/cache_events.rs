//! Metrics that are followed in the value cache.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Release, Session};

use crate::support::{assert_nothing_left, errors, lines, running, so, statuses, texts, with};

/// The daemon sends every event to everybody: what was not asked for must not arrive.
#[test]
fn only_what_was_asked_for_arrives() {
    for release in [Release::V5_10, Release::V5_12] {
        let mut session = running(Session::builder(release), "follower", "");
        let mut events = Vec::new();
        for time in [10, 20] {
            events.extend(session.run(&format!("cache h/p/gauge-followed {time} 10 1.5")));
            events.extend(session.run(&format!("cache h/p/gauge-other {time} 10 2.5")));
        }
        for _ in 0..2 {
            events.extend(session.run("missing h/p/gauge-followed 20 10"));
            events.extend(session.run("missing h/p/gauge-other 20 10"));
        }
        let told = texts(&events);
        let told: Vec<_> = told.iter().filter_map(|text| text.strip_prefix("follower plugin: ")).collect();
        let expected = [
            "new [10] h/p/gauge/followed [(1, 1.5)]",
            "new [10] h/p/gauge/other [(1, 2.5)]",
            "update [20] h/p/gauge/followed [(1, 1.5)]",
            "expired \"h/p/gauge-followed\"",
        ];
        assert_eq!(told, expected, "{release:?}");
        assert_eq!(statuses(&events, "cache_event"), [0; 8]);
        let returned = events.iter().filter(|event| event.is("returned", &[("callback", "cache_event")]));
        let wanted: Vec<i32> = returned.map(|event| event.number("ret")).collect();
        assert_eq!(wanted, [1, 0, 0, 0, 0, 0, 0, 0]);
        session.run("shutdown");
        assert_nothing_left(&mut session);
        assert!(session.finish().status.success());
    }
}

#[test]
fn failures_are_told_and_not_followed() {
    let mut session = running(Session::builder(Release::V5_12), "follower", "");
    let mut events = session.run("cache h/p/gauge-error 10 10 1.5");
    events.extend(session.run("cache h/p/gauge-error 20 10 1.5"));
    assert_eq!(statuses(&events, "cache_event"), [-1, 0]);
    assert_eq!(lines(&events)[1], (3, "follower plugin: subscribe failed: not this one".to_owned()));
    let mut session = running(Session::builder(Release::V5_12), "follower", "");
    let events = session.run("cache h/p/gauge-panic 10 10 1.5");
    assert_eq!(statuses(&events, "cache_event"), [-1]);
    assert!(texts(&events)[1].ends_with("anything but this one"), "{events:?}");
}

#[test]
fn a_daemon_without_cache_events_is_told_so() {
    let mut session = Session::start(Release::V5_8);
    session.load(&so("follower"));
    let (_, events) = session.try_run("init");
    let said = "follower plugin: init: this daemon has no cache event callbacks: they need collectd 5.10 or newer";
    assert_eq!(lines(&events)[0], (3, said.to_owned()), "{events:?}");
    session.run("shutdown");
    assert_nothing_left(&mut session);
}

#[test]
fn in_the_real_daemon() {
    let mut daemon = Daemon::builder().load_so(so("follower"), "follower").load("unixsock").hostname("here").start();
    let line = daemon.wait_log("follower plugin: update", Duration::from_secs(60));
    assert!(line.contains("here/follower/gauge/followed [(1, 1.5)]"), "{line}");
    daemon.putval("here/gone/gauge-followed-b", "interval=1", "N:42.5");
    let line = daemon.wait_log("follower plugin: expired", Duration::from_secs(60));
    assert!(line.ends_with("expired \"here/gone/gauge-followed-b\""), "{line}");
    assert!(daemon.stop().success());
    let log = daemon.log();
    assert_eq!(with(&log, "update").iter().filter(|line| !line.contains("/followed")).count(), 0, "{log}");
    assert_eq!(with(&log, "the follower is gone").len(), 1, "{log}");
    assert_eq!(errors(&log), [""; 0]);
}
