//! A context goes along to other threads: names, intervals, and what the daemon itself knows.

use std::time::Duration;

use collectd_test_daemon::{Daemon, cargo_build};
use collectd_test_host::{Event, Release, Session};

use crate::support::{lines, so, texts, with};

const PLACES: [&str; 7] = ["callback", "plain", "run", "after", "adopted", "spawned", "nested"];

/// A fake daemon with `contexts` in an unusual context of its own.
fn contexts(release: Release, config: &str) -> Session {
    let mut session = Session::start(release);
    let file = so("contexts");
    session.run(&format!("load \"{}\" name=contexts interval=3 flush_interval=5 flush_timeout=7", file.display()));
    session.config(&format!("<Plugin contexts>\n{config}\n</Plugin>"));
    session.run("init");
    session
}

fn dispatched<'a>(events: &'a [Event], type_instance: &str) -> &'a Event {
    let found = events.iter().find(|event| event.is("dispatch", &[("type_instance", type_instance)]));
    found.unwrap_or_else(|| panic!("{type_instance} in {events:#?}"))
}

#[test]
fn a_context_has_the_times_of_the_load_plugin_block() {
    for release in [Release::V5_8, Release::V5_10, Release::V5_12] {
        let mut session = contexts(release, "");
        let context = |plugin| {
            format!(
                "Context {{ plugin: \"{plugin}\", interval: 3.000000000 s, flush_interval: 5.000000000 s, \
                 flush_timeout: 7.000000000 s }}"
            )
        };
        let seen: Vec<_> = session.seen().to_vec();
        assert_eq!(texts(&seen), [format!("contexts plugin: new: {}", context("contexts"))], "{release:?}");
        let mut events = session.run("read contexts");
        events.extend(session.run("read contexts_second"));
        let told = texts(&events);
        for which in ["first", "second"] {
            for place in PLACES {
                // A thread without a context works for the first plugin.
                let own = which == "first" || !["plain", "after"].contains(&place);
                let plugin = if own && which == "second" { "contexts_second" } else { "contexts" };
                let start = format!("{plugin} plugin: {which}-{place} on ");
                let end = context(plugin);
                let found = told.iter().filter(|line| line.starts_with(&start) && line.ends_with(&end)).count();
                assert_eq!(found, 1, "{release:?} {start}…{end} in {told:#?}");
                assert_eq!(dispatched(&events, &format!("{which}-{place}")).text("plugin"), plugin);
            }
        }
    }
}

#[test]
fn the_daemon_knows_the_context_too() {
    for (release, name) in [(Release::V5_8, "-"), (Release::V5_10, "contexts"), (Release::V5_12, "contexts")] {
        let mut session = contexts(release, "");
        let events = session.run("read contexts");
        for place in PLACES.into_iter().chain(["notified"]) {
            let event = dispatched(&events, &format!("first-{place}"));
            let known = !["plain", "after"].contains(&place);
            assert_eq!(event.text("context"), if known { name } else { "-" }, "{release:?} {event:?}");
            // Where it does not, the framework fills in the interval.
            assert_eq!(event.number::<u64>("interval"), if known { 0 } else { 3 << 30 }, "{release:?} {event:?}");
        }
        let complaints = events.iter().filter(|event| event.is("log", &[("origin", "daemon"), ("severity", "3")]));
        assert_eq!(complaints.count(), 0, "{release:?} {events:#?}");
    }
}

#[test]
fn threads_have_the_name_of_their_plugin_or_their_own() {
    let told = texts(&contexts(Release::V5_12, "").run("read contexts_second"));
    for (place, name) in [("spawned", "contexts_second"), ("nested", "inner")] {
        let start = format!("contexts_second plugin: second-{place} on \"{name}\": ");
        assert!(told.iter().any(|line| line.starts_with(&start)), "{start} in {told:#?}");
    }
}

/// Being in a context is not being in a callback, of which the framework catches and tells the panics.
#[test]
fn a_panic_within_a_context_is_told() {
    let mut session = contexts(Release::V5_12, "Panic true");
    let logged = lines(&session.run("read contexts"));
    let start = "contexts plugin: thread \"entered\" panicked at tests/plugins/examples/contexts.rs:";
    let told: Vec<_> = logged.iter().filter(|(_, text)| text.starts_with(start)).collect();
    assert_eq!(told.len(), 1, "{logged:#?}");
    assert!(told[0].0 == 3 && told[0].1.ends_with(": told to panic"), "{told:?}");
}

#[test]
fn the_real_daemon_completes_what_threads_dispatch() {
    let plugins = cargo_build::plugin_dir(&[(&so("contexts"), "contexts")]);
    let mut daemon = Daemon::builder()
        .plugin_dir(plugins.path())
        .load_with("contexts", "Interval 0.5\nFlushInterval 7\nFlushTimeout 9")
        .load_so(so("producer"), "producer")
        .load_so(so("consumer"), "consumer")
        .hostname("here")
        .start();
    for (which, plugin) in [("first", "contexts"), ("second", "contexts_second")] {
        for place in PLACES {
            let plugin = if ["plain", "after"].contains(&place) { "contexts" } else { plugin };
            let wrote = format!(" here/{plugin}/gauge/{which}-{place} [(1, 1.0)] time ");
            let line = daemon.wait_log(&wrote, Duration::from_secs(60));
            assert!(line.ends_with(" interval 0.500000000 s"), "{line}");
        }
    }
    let line = daemon.wait_log(" here/contexts/gauge/first-notified [(1, 1.0)] time ", Duration::from_secs(60));
    assert!(line.ends_with(" interval 0.500000000 s"), "{line}");
    // A write callback is the work of who dispatched.
    let _ = daemon.wait_log("]: contexts 1.000000000 s", Duration::from_secs(60));
    assert!(daemon.stop().success());
    let log = daemon.log();
    let own = "Context { plugin: \"contexts\", interval: 0.500000000 s, flush_interval: 7.000000000 s, \
               flush_timeout: 9.000000000 s }";
    assert_eq!(with(&log, &format!("contexts plugin: new: {own}")).len(), 1, "{log}");
    for (plugin, interval) in [("contexts", "0.500000000 s"), ("producer", "1.000000000 s")] {
        let written = with(&log, &format!(" here/{plugin}/"));
        let written: Vec<_> = written.iter().filter(|line| line.contains("contexts plugin: write ")).collect();
        let end = format!(": contexts {interval}");
        assert!(!written.is_empty() && written.iter().all(|line| line.ends_with(&end)), "{log}");
    }
    let lower = log.to_lowercase();
    assert!(!lower.contains("unable to determine") && !lower.contains("[error]"), "{log}");
}
