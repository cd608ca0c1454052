//! The value cache.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Event, Release, Session};

use crate::support::{assert_nothing_left, running, so, statuses, texts};

fn told(events: &[Event]) -> Vec<String> {
    texts(events).iter().map(|text| text.strip_prefix("cached plugin: ").unwrap_or(text).to_owned()).collect()
}

#[test]
fn everything_about_a_metric_can_be_seen() {
    let mut session = running(Session::builder(Release::V5_12), "cached", "Metric \"h/p-i/derive-t\"");
    session.run("cache h/p-i/derive-t 100 10 1000");
    session.run("cache h/p-i/derive-t 110 10 1500");
    let first = told(&session.run("read cached"));
    assert_eq!(
        first,
        [
            "1 of [(\"h/p-i/derive-t\", 110.000000000 s)]",
            "values Some([Derive(1500)]) rates Some([50.0])",
            "history Some([[NaN], [NaN]])",
            "hits Some(0) Some(5) Some(7)",
            "state Some(Unknown) Some(Unknown) Some(Warning)",
            "count None text None",
            "set true true nul false",
            "keys Some([\"count\", \"text\", \"i\", \"d\", \"b\"]) true false",
            "removed true false",
            "entry h/p-i/derive-t 110 10 Some([Derive(1500)]) [\"count Unsigned(1)\", \
             \"text String(\\\"n\u{e9} 1\\\")\", \"i Signed(-3)\", \"b Boolean(true)\"]",
        ]
    );
    session.run("cache h/p-i/derive-t 120 10 1600");
    let second = told(&session.run("read cached"));
    assert_eq!(second[2], "history Some([[10.0], [NaN]])");
    assert_eq!(second[3], "hits Some(7) Some(5) Some(7)");
    assert_eq!(second[4], "state Some(Warning) Some(Warning) Some(Warning)");
    assert_eq!(second[5], "count Some(1) text Some(\"n\u{e9} 1\")");
    session.run("shutdown");
    assert_nothing_left(&mut session);
}

#[test]
fn an_empty_cache_has_nothing() {
    for release in [Release::V5_8, Release::V5_10, Release::V5_12] {
        let mut session = running(Session::builder(release), "cached", "Metric \"h/p/load\"");
        let expected = [
            "0 of []",
            "values None rates None",
            "history None",
            "hits None None None",
            "state None None None",
            "count None text None",
            "set false false nul false",
            "keys None false false",
            "removed false false",
        ];
        assert_eq!(told(&session.run("read cached")), expected, "{release:?}");
        session.run("shutdown");
        assert_nothing_left(&mut session);
    }
}

/// There the daemon would wait for its own lock for ever.
#[test]
fn the_cache_cannot_be_used_from_within_a_loop_over_it() {
    let mut session = running(Session::builder(Release::V5_12), "cached", "Metric \"h/p/gauge\"\nTwice true");
    session.run("cache h/p/gauge 100 10 1");
    let events = session.run("read cached");
    assert_eq!(statuses(&events, "read"), [-1]);
    let last = texts(&events).pop().expect("a line");
    assert!(last.contains("panicked at ") && last.ends_with("used in a loop over its entries"), "{last}");
    // The lock is free again.
    session.run("cache h/p/gauge 110 10 1");
    session.run("shutdown");
    assert_nothing_left(&mut session);
}

#[test]
fn nothing_of_the_real_daemons_memory_is_lost_or_read_after_its_end() {
    let mut daemon = Daemon::builder()
        .load_so(so("cached"), "cached")
        .conf("<Plugin cached>\nMetric \"here/cached/load\"\nProduce true\n</Plugin>")
        .load_so(so("asker"), "asker")
        .conf("<Plugin asker>\nWriter \"csv\"\nFlush \"csv\"\nIdentifier \"h/p/gauge\"\n</Plugin>")
        .load_so(so("typed"), "typed")
        .conf("<Plugin typed>\nShow \"load\" \"rust_fan\"\n</Plugin>")
        .load("csv")
        .hostname("here")
        .valgrind(true)
        .start();
    let _ = daemon.wait_log("cached plugin: count Some(2)", Duration::from_secs(180));
    assert!(daemon.stop().success(), "{}", daemon.log());
    let report = daemon.valgrind_report();
    for plugin in ["cached.so", "asker.so", "typed.so"] {
        report.assert_clean(plugin);
    }
}
