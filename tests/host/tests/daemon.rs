//! The fake daemon keeps the real one's rules, shown by a plugin in C that is built against the installed headers.

use std::path::{Path, PathBuf};
use std::process::Command;

use collectd_test_host::{Event, Meta, Release, Session, SessionBuilder, fake_collectd};
use tempfile::TempDir;

struct Plugin {
    dir: TempDir,
}

impl Plugin {
    fn build() -> Plugin {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugin.c");
        let headers = "/usr/include/collectd";
        let output = Command::new("cc")
            .args(["-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-DHAVE_CONFIG_H"])
            .args([format!("-I{headers}/core/daemon"), format!("-I{headers}/core"), format!("-I{headers}")])
            .arg("-o")
            .arg(dir.path().join("sample.so"))
            .arg(source)
            .output()
            .expect("a C compiler");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "install collectd-dev if headers are missing: {errors}");
        Plugin { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("sample.so")
    }
}

fn session(wants: &str) -> SessionBuilder {
    Session::builder(Release::V5_12).env("PLUGIN_WANTS", wants)
}

fn texts(events: &[Event], origin: &str) -> Vec<String> {
    events.iter().filter(|e| e.is("log", &[("origin", origin)])).map(|e| e.text("text").to_owned()).collect()
}

#[track_caller]
fn only<'a>(events: &'a [Event], kind: &str) -> &'a Event {
    let found: Vec<_> = events.iter().filter(|e| e.kind() == kind).collect();
    assert_eq!(found.len(), 1, "{kind} in {events:#?}");
    found[0]
}

#[test]
fn registrations_carry_their_context() {
    let plugin = Plugin::build();
    let mut session = session("read").start();
    let events = session.load(&plugin.path());
    let register = |kind| events.iter().find(|e| e.is("register", &[("kind", kind)])).expect(kind);
    assert!(register("read").is("register", &[("name", "sample"), ("group", "group"), ("context", "sample")]));
    assert_eq!(register("read").number::<u64>("interval"), 3 << 30);
    assert!(register("write").is("register", &[("status", "0"), ("free_func", "1"), ("user_data", "1")]));
    assert!(register("shutdown").is("register", &[("free_func", "0")]));
}

#[test]
fn duplicate_read_is_refused_and_freed() {
    let plugin = Plugin::build();
    let mut session = session("read").start();
    let events = session.load(&plugin.path());
    let statuses: Vec<i32> =
        events.iter().filter(|e| e.is("register", &[("kind", "read")])).map(|e| e.number("status")).collect();
    assert_eq!(statuses, [0, 22]);
    assert!(only(&events, "free").is("free", &[("kind", "read")]));
    assert!(texts(&events, "plugin").contains(&"freeing second".into()), "{events:#?}");
}

#[test]
fn duplicate_write_replaces_and_frees_the_old_one() {
    let plugin = Plugin::build();
    let mut session = session("twice").start();
    let events = session.load(&plugin.path());
    assert!(only(&events, "free").is("free", &[("kind", "write")]));
    assert!(texts(&events, "plugin").contains(&"freeing write-old".into()), "{events:#?}");
    let events = session.run("write h/p/gauge 1 10 5");
    assert!(only(&events, "returned").is("returned", &[("status", "0"), ("calls", "1")]));
}

#[test]
fn first_config_callback_wins() {
    let plugin = Plugin::build();
    let mut session = session("").start();
    session.load(&plugin.path());
    let events = session.config("<Plugin \"SAMPLE\">\n  Text \"a b\" # comment\n  Number 0x10\n  Truth on\n</Plugin>");
    assert_eq!(texts(&events, "plugin"), ["Text = \"a b\"", "Number = 16", "Truth = true"]);
    assert!(only(&events, "returned").is("returned", &[("callback", "config"), ("status", "0")]));
    assert!(!session.try_run("config\n<Plugin sample>\nend").0, "an open block is malformed");
}

#[test]
fn dispatched_values_show_all_their_fields() {
    let plugin = Plugin::build();
    let mut session = session("read").start();
    session.load(&plugin.path());
    session.run("init");
    let events = session.run("read sample");
    let dispatched = only(&events, "dispatch");
    assert_eq!(dispatched.gauges(), [1.5, -2.0, 0.0]);
    assert_eq!(dispatched.bytes("plugin_instance"), Some("café".as_bytes()));
    assert_eq!(dispatched.number::<u64>("time"), 0);
    assert_eq!(
        dispatched.meta(),
        [
            ("Text".into(), Meta::Text(b"a \"b\"".to_vec())),
            ("i".into(), Meta::Signed(-7)),
            ("u".into(), Meta::Unsigned(u64::MAX)),
            ("d".into(), Meta::Double(0.25)),
            ("b".into(), Meta::Boolean(true)),
        ]
    );
    assert!(dispatched.is("dispatch", &[("thread", "reader"), ("context", "sample")]));
    let stats = session.run("stats");
    assert!(only(&stats, "stats").is("stats", &[("meta_created", "1"), ("meta_destroyed", "1")]));
}

#[test]
fn failing_read_is_suspended_and_failing_init_loses_its_read() {
    let plugin = Plugin::build();
    let mut session = session("read bad-read bad-init").start();
    session.load(&plugin.path());
    for interval in [6_u64, 12] {
        let events = session.run("read");
        assert_eq!(only(&events, "returned").number::<u64>("interval"), interval << 30);
    }
    let events = session.run("init");
    assert!(only(&events, "unregister").is("unregister", &[("kind", "read"), ("status", "0")]));
    assert!(!events.iter().any(|e| e.kind() == "free"), "freed before it was due");
    assert!(!session.try_run("read sample").0);
    assert!(only(&session.run("read"), "free").is("free", &[("kind", "read")]));
}

#[test]
fn flush_interval_makes_a_timer() {
    let plugin = Plugin::build();
    let mut session = session("").start();
    session.run(&format!("load {} flush_interval=7 flush_timeout=2.5", plugin.path().display()));
    let events = session.run("read flush/sample");
    assert_eq!(texts(&events, "plugin"), ["flushing flush 2.500 -"]);
    let events = session.run("flush sample 1 a/b/c");
    assert_eq!(texts(&events, "plugin"), ["flushing flush 1.000 a/b/c"]);
    assert!(session.run("flush other").is_empty());
}

#[test]
fn registrations_fail_in_both_ways() {
    let plugin = Plugin::build();
    for (how, frees) in [("freed", 1), ("kept", 0)] {
        let mut session = session("").start();
        session.run(&format!("fail write 1 {how}"));
        let events = session.load(&plugin.path());
        let write = events.iter().find(|e| e.is("register", &[("kind", "write")])).expect("an attempt");
        assert_ne!(write.number::<i32>("status"), 0);
        assert_eq!(events.iter().filter(|e| e.kind() == "free").count(), frees, "{how}");
        session.run("shutdown");
        let stats = session.run("stats");
        let leaked = if frees == 0 { vec![("write".to_owned(), 1)] } else { Vec::new() };
        assert_eq!(only(&stats, "stats").unfreed(), leaked, "{how}");
    }
}

#[test]
fn shutdown_frees_in_the_daemons_order() {
    let plugin = Plugin::build();
    let mut session = session("read").start();
    session.load(&plugin.path());
    session.run("init");
    let events = session.run("shutdown");
    let order: Vec<_> = events
        .iter()
        .filter(|e| ["free", "returned", "stopped"].contains(&e.kind()))
        .map(|e| e.bytes("kind").or(e.bytes("callback")).map_or("", |b| std::str::from_utf8(b).expect("text")))
        .collect();
    let expected = ["read", "flush", "shutdown", "flush", "missing", "cache_event", "write", "notification", "log", ""];
    assert_eq!(order, expected);
    assert_eq!(session.finish().status.code(), Some(0));
}

#[test]
fn reads_are_freed_while_writes_still_run() {
    let plugin = Plugin::build();
    let mut session = session("read").start();
    session.load(&plugin.path());
    session.run("writers 2");
    session.run("write h/p/gauge 1 10 5 threads=3 repeat=200 background");
    session.run("shutdown");
    let events = session.finish().events;
    let at = |wanted: &dyn Fn(&Event) -> bool| events.iter().position(wanted).expect("an event");
    let read_freed = at(&|e| e.is("free", &[("kind", "read"), ("count", "2")]));
    let written = at(&|e| e.is("returned", &[("callback", "write"), ("calls", "600")]));
    let write_freed = at(&|e| e.is("free", &[("kind", "write")]));
    assert!(read_freed < written && written < write_freed, "{events:#?}");
}

#[test]
fn queued_values_reach_the_writers_and_the_cache() {
    let plugin = Plugin::build();
    let mut session = session("").start();
    session.load(&plugin.path());
    session.run("writers 2");
    session.run("dispatch h/p-i/derive 100 10 1000");
    session.run("wait");
    session.run("dispatch h/p-i/derive 110 10 1500");
    let events = session.run("wait");
    assert!(events.iter().any(|e| e.is("returned", &[("callback", "write"), ("calls", "1"), ("status", "0")])));
    for event in ["0", "1"] {
        let seen = |e: &Event| e.is("returned", &[("callback", "cache_event"), ("event", event)]);
        assert_eq!(session.seen().iter().filter(|e| seen(e)).count(), 1, "{event}");
    }
    let stats = session.run("stats");
    assert!(only(&stats, "stats").is("stats", &[("dispatched", "2"), ("written", "2")]));
    let events = session.run("dispatch h/p/nope 1 10 1");
    assert_eq!(events.iter().filter(|e| e.kind() == "dispatch").count(), 1);
}

#[test]
fn memory_handed_out_is_counted() {
    let plugin = Plugin::build();
    for (wants, back) in [("", "1"), ("leak", "0")] {
        let mut session = session(wants).start();
        session.load(&plugin.path());
        session.run("cache h/p/gauge 1 10 5");
        session.run("write h/p/gauge 2 10 6 meta:text=s:hello");
        let stats = session.run("stats");
        let expected = [("strings_out", "1"), ("strings_back", back), ("rates_out", "1"), ("rates_back", back)];
        assert!(only(&stats, "stats").is("stats", &expected), "{wants:?}: {stats:?}");
    }
}

#[test]
fn missing_and_notification_reach_their_callbacks() {
    let plugin = Plugin::build();
    let mut session = session("").start();
    session.load(&plugin.path());
    let events = session.run("missing h/p/gauge 5 10");
    assert_eq!(texts(&events, "plugin"), ["missing misses p 0", "event sees 2 h/p/gauge"]);
    let events = session.run(r#"notification 2 now h/p/gauge "it is \"hot\"" key=value"#);
    assert_eq!(texts(&events, "plugin"), ["notification hears 2 it is \"hot\""]);
    assert_eq!(only(&events, "notification").meta(), [("key".into(), Meta::Text(b"value".to_vec()))]);
}

#[test]
fn a_log_callback_that_logs_is_reported() {
    let plugin = Plugin::build();
    let mut session = session("recursion").start();
    session.load(&plugin.path());
    let (_, events) = session.try_run("log 6 hello");
    assert!(only(&events, "abuse").text("text").contains("recurse"));
}

#[test]
fn format_and_text_of_a_log_line_are_told_apart() {
    let plugin = Plugin::build();
    let mut session = session("").start();
    let events = session.load(&plugin.path());
    assert!(texts(&events, "plugin").is_empty());
    let events = session.run("init");
    let log = events.iter().find(|e| e.kind() == "log").expect("a line");
    assert!(log.is("log", &[("severity", "6"), ("format", "interval %.3f host %s")]));
    assert_eq!(log.text("text"), "interval 10.000 host fake.example.org");
}

#[test]
fn older_releases_lack_what_came_later() {
    let plugin = Plugin::build();
    let mut session = Session::start(Release::V5_8);
    let (ok, events) = session.try_run(&format!("load {}", plugin.path().display()));
    assert!(!ok);
    assert!(only(&events, "load-failed").text("error").contains("plugin_register_cache_event"));
    for release in [Release::V5_10, Release::V5_12, Release::V6_0] {
        Session::start(release).load(&plugin.path());
    }
}

#[test]
fn a_life_under_valgrind_is_clean_and_leaks_are_found() {
    let plugin = Plugin::build();
    for (wants, clean) in [("read twice", true), ("read leak", false)] {
        let mut session = session(wants).valgrind(true).start();
        session.load(&plugin.path());
        session.run("init");
        session.run("writers 2");
        session.run("read");
        session.run("write h/p/gauge 1 10 5 meta:text=s:hello threads=2 repeat=3");
        session.run("wait");
        session.run("unregister missing sample");
        session.run("shutdown");
        session.run("reset");
        let outcome = session.finish();
        assert_eq!(outcome.status.success(), clean, "{wants}: {}", outcome.stderr);
    }
}

#[test]
fn a_crash_is_told() {
    let mut session = Session::start(Release::V5_12);
    // Only this child of ours.
    let killed = Command::new("kill").args(["-SEGV", &session.pid().to_string()]).status().expect("kill");
    assert!(killed.success());
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session.run("init")));
    let message = result.expect_err("it is dead");
    let message = message.downcast_ref::<String>().expect("a message");
    assert!(message.contains("ended"), "{message}");
}

#[test]
fn every_release_exports_what_plugins_link() {
    let bindings = include_str!("../../../src/ffi/bindings/snapshot.rs");
    let linked: Vec<&str> = bindings
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub fn ").or(line.trim().strip_prefix("pub static mut ")))
        .filter_map(|rest| rest.split(['(', ':']).next())
        .collect();
    assert!(linked.contains(&"plugin_log"), "{linked:?}");
    for release in [Release::V5_8, Release::V5_10, Release::V5_12, Release::V6_0] {
        let output =
            Command::new("nm").args(["-D", "--defined-only"]).arg(fake_collectd(release)).output().expect("nm");
        let exported = String::from_utf8_lossy(&output.stdout);
        let exported: Vec<&str> = exported.lines().filter_map(|line| line.split(' ').next_back()).collect();
        let missing: Vec<_> = linked.iter().filter(|name| !exported.contains(name)).collect();
        assert!(missing.is_empty(), "{release:?} lacks {missing:?}");
    }
}

#[test]
fn what_is_allocated_is_told() {
    let plugin = Plugin::build();
    for (wants, grows) in [("", false), ("leak", true)] {
        let exactly = "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1";
        let mut session = session(wants).env("GLIBC_TUNABLES", exactly).start();
        session.load(&plugin.path());
        session.run("cache h/p/gauge 1 10 5");
        let mut heap = || {
            session.run("write h/p/gauge 2 10 6 meta:text=s:hello repeat=100");
            only(&session.run("heap"), "heap").number::<u64>("in_use")
        };
        heap();
        let before = heap();
        let grown = heap().saturating_sub(before);
        assert_eq!(grown >= 100 * 5, grows, "{wants:?}: {grown}");
        assert!(before > 0);
    }
}

#[test]
fn what_a_plugin_prints_is_no_event() {
    let plugin = Plugin::build();
    let mut session = session("print").start();
    session.load(&plugin.path());
    session.run("init");
    session.run("shutdown");
    let outcome = session.finish();
    assert!(outcome.status.success());
    assert!(outcome.stderr.contains("done ok=0\nno end"), "{}", outcome.stderr);
}
