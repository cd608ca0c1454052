//! A plugin lives until its last callback is over, and ends exactly once.

use std::path::Path;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, wait_until};
use collectd_test_host::{Release, Session};
use tempfile::TempDir;

use crate::support::{assert_nothing_left, block, c_plugin, lines, loaded, only, read, running, so, statuses};

/// Where the sentinel writes, and its configuration.
struct Notes {
    dir: TempDir,
}

impl Notes {
    fn new() -> Notes {
        Notes { dir: tempfile::tempdir().expect("a temporary directory") }
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("notes")
    }

    fn config(&self, more: &str) -> String {
        format!("File \"{}\"\n{more}", self.path().display())
    }

    fn read(&self) -> Vec<String> {
        lines_of(&self.path())
    }

    fn count(&self, what: &str) -> usize {
        self.read().iter().filter(|note| *note == what).count()
    }

    /// The life of a plugin that ended well, or was never in service.
    #[track_caller]
    fn assert_complete(&self) -> Vec<String> {
        let notes = self.read();
        assert_eq!(notes.first().map(String::as_str), Some("new"), "{notes:?}");
        assert_eq!(notes.last().map(String::as_str), Some("drop"), "{notes:?}");
        assert_eq!(self.count("drop"), 1, "{notes:?}");
        assert_eq!(self.count("write"), self.count("written"), "{notes:?}");
        notes
    }
}

fn lines_of(path: &Path) -> Vec<String> {
    read(path).lines().map(|line| line.strip_prefix("sentinel ").expect("a line of ours").to_owned()).collect()
}

fn daemon(notes: &Notes, more: &str) -> Builder {
    Daemon::builder()
        .load_so(so("sentinel"), "sentinel")
        .conf(&block("sentinel", &notes.config(more)))
        .interval(Duration::from_millis(300))
        .write_threads(2)
        .valgrind(true)
}

#[test]
fn a_clean_shutdown_ends_the_plugin_last() {
    let notes = Notes::new();
    let mut daemon = daemon(&notes, "").start();
    wait_until("a write", Duration::from_secs(60), || (notes.count("written") > 0).then_some(()));
    assert!(daemon.stop().success());
    let all = notes.assert_complete();
    for what in ["read", "flush", "log"] {
        assert!(notes.count(what) > 0, "{what} in {all:?}");
    }
    assert_eq!(notes.count("shutdown"), 1, "{all:?}");
    let after = all.iter().skip_while(|note| *note != "shutdown");
    assert!(after.clone().all(|note| ["shutdown", "log", "drop"].contains(&note.as_str())), "{all:?}");
    daemon.valgrind_report().assert_clean("sentinel.so");
}

#[test]
fn a_write_in_flight_at_the_shutdown_finishes_on_a_living_plugin() {
    let notes = Notes::new();
    let mut daemon = daemon(&notes, "SlowWrite 1.5").start();
    wait_until("a write in flight", Duration::from_secs(60), || {
        (notes.count("write") > notes.count("written")).then_some(())
    });
    assert!(daemon.stop().success());
    let all = notes.assert_complete();
    let at = |what: &str| all.iter().rposition(|note| note == what).expect(what);
    assert!(at("read") < at("written"), "the reads end before the last write: {all:?}");
    daemon.valgrind_report().assert_clean("sentinel.so");
}

/// Scripts may hand values to a writer on threads of their own, which the daemon does not wait for.
#[test]
fn a_write_on_a_strangers_thread_at_the_shutdown_finishes_on_a_living_plugin() {
    let notes = Notes::new();
    let putter = c_plugin("putter", notes.dir.path());
    let mut daemon = daemon(&notes, "SlowWrite 0.7\nReads false").load_so(putter, "putter").start();
    wait_until("a write", Duration::from_secs(60), || (notes.count("written") > 0).then_some(()));
    assert!(daemon.stop().success());
    let all = notes.assert_complete();
    assert!(notes.count("read") > 0 && notes.count("written") > 1, "{all:?}");
    daemon.valgrind_report().assert_clean("sentinel.so");
}

/// Such a thread has the name of the write thread that has started it, and may be the first of the two that comes.
#[test]
fn a_write_on_a_thread_that_looks_like_a_write_thread_finishes_on_a_living_plugin() {
    let notes = Notes::new();
    let putter = c_plugin("early_putter", notes.dir.path());
    let builder = Daemon::builder().load_so(putter, "early_putter").load_so(so("sentinel"), "sentinel");
    let builder = builder.conf(&block("sentinel", &notes.config("SlowWrite 0.7")));
    let mut daemon = builder.interval(Duration::from_millis(300)).write_threads(1).valgrind(true).start();
    wait_until("two writes", Duration::from_secs(60), || (notes.count("written") > 1).then_some(()));
    assert!(daemon.stop().success());
    notes.assert_complete();
    daemon.valgrind_report().assert_clean("sentinel.so");
}

/// SIGUSR1 starts a thread that the daemon does not wait for.
#[test]
fn a_flush_in_flight_at_the_shutdown_finishes_on_a_living_plugin() {
    let notes = Notes::new();
    let mut daemon = daemon(&notes, "SlowFlush 2").start();
    daemon.flush_all();
    wait_until("a flush", Duration::from_secs(60), || (notes.count("flush") == 1).then_some(()));
    assert!(daemon.stop().success(), "{}", daemon.log());
    notes.assert_complete();
    assert_eq!(notes.count("flushed"), 2, "{:?}", notes.read());
    daemon.valgrind_report().assert_clean("sentinel.so");
}

/// It is not waited for longer than a few seconds, and then not freed.
#[test]
fn a_flush_that_never_ends_keeps_the_plugin_and_not_the_daemon() {
    let notes = Notes::new();
    let mut daemon = daemon(&notes, "SlowFlush 3600").start();
    daemon.flush_all();
    wait_until("a flush", Duration::from_secs(60), || (notes.count("flush") == 1).then_some(()));
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(daemon.log().contains("a thread of the plugin is still in the daemon"), "{}", daemon.log());
    assert_eq!(notes.count("drop"), 0, "{:?}", notes.read());
}

#[test]
fn reading_once_frees_the_read_and_not_the_plugin() {
    let notes = Notes::new();
    let outcome = daemon(&notes, "SlowWrite 0.5").run_once();
    assert!(outcome.status.success(), "{}", outcome.output);
    let all = notes.assert_complete();
    assert_eq!(notes.count("read"), 1, "{all:?}");
    outcome.valgrind.expect("it ran under valgrind").assert_clean("sentinel.so");
}

#[test]
fn a_plugin_that_cannot_be_made_is_out_of_service() {
    let notes = Notes::new();
    let mut daemon = daemon(&notes, "FailNew true").load_so(so("producer"), "producer").start();
    assert!(daemon.log().contains("[error] sentinel plugin: init: told to fail"), "{}", daemon.log());
    assert!(!daemon.stop().success(), "the daemon counts a failed init");
    assert_eq!(notes.read(), ["new", "drop"]);
    daemon.valgrind_report().assert_clean("sentinel.so");
}

#[test]
fn the_fake_daemon_frees_in_its_order_and_finds_nothing_left() {
    let notes = Notes::new();
    let mut session =
        running(Session::builder(Release::V5_12).valgrind(true), "sentinel", &notes.config("SlowWrite 0.3"));
    session.run("writers 2");
    session.run("read sentinel");
    session.run("write h/p/gauge 1 10 5 threads=2 background");
    session.run("shutdown");
    assert_nothing_left(&mut session);
    let outcome = session.finish();
    assert!(outcome.status.success(), "{}", outcome.stderr);
    notes.assert_complete();
}

#[test]
fn reading_once_in_the_fake_daemon() {
    let notes = Notes::new();
    let mut session = running(Session::builder(Release::V5_12).valgrind(true), "sentinel", &notes.config(""));
    session.run("writers 1");
    session.run("read-once");
    session.run("write h/p/gauge 1 10 5");
    session.run("shutdown");
    assert_nothing_left(&mut session);
    assert!(session.finish().status.success());
    assert_eq!(notes.assert_complete().iter().filter(|note| *note == "read").count(), 1);
}

/// The daemon frees the data of some registrations that it refuses, and not that of others.
#[test]
fn a_refused_registration_ends_the_plugin_once_or_leaves_one_count_behind() {
    for kind in ["read", "write", "flush", "log"] {
        for (how, drops) in [("freed", 1), ("kept", 0)] {
            let notes = Notes::new();
            let builder = Session::builder(Release::V5_12).valgrind(how == "freed" && kind != "flush");
            let mut session = loaded(builder, "sentinel", &notes.config(""));
            session.run(&format!("fail {kind} 1 {how}"));
            let events = session.run("init");
            assert_eq!(statuses(&events, "init"), [-1], "{kind} {how}: {events:#?}");
            let error = lines(&events).pop().expect("a line").1;
            let expected =
                format!("sentinel plugin: init: the daemon refused to register the {kind} callback, status ");
            assert!(error.starts_with(&expected), "{error}");
            // What was registered before does nothing any more.
            session.run("write h/p/gauge 1 10 5");
            session.run("flush");
            session.run("log 4 hello");
            session.run("shutdown");
            assert_eq!(notes.read(), ["new", "drop"][..=drops], "{kind} {how}");
            let stats = session.run("stats");
            let left = if drops == 0 { vec![(kind.to_owned(), 1)] } else { Vec::new() };
            assert_eq!(only(&stats, "stats").unfreed(), left, "{kind} {how}");
            let outcome = session.finish();
            assert!(outcome.status.success(), "{kind} {how}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_refused_start_is_told_and_leaves_nothing() {
    for (kind, name) in [("config", "config"), ("init", "init"), ("shutdown", "shutdown")] {
        let mut session = Session::start(Release::V5_12);
        session.run(&format!("fail {kind} 1 freed"));
        let events = session.load(&so("producer"));
        let logged = lines(&events);
        let expected = format!("producer plugin: the daemon refused to register the {name} callback, status ");
        assert!(logged.len() == 1 && logged[0].1.starts_with(&expected), "{logged:?}");
        session.run("init");
        session.run("shutdown");
        assert_nothing_left(&mut session);
    }
}

#[test]
fn two_files_with_plugins_of_the_same_name_do_not_hurt() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let other = dir.path().join("other.so");
    std::fs::copy(so("producer"), &other).expect("a copy");
    let mut session = Session::builder(Release::V5_12).valgrind(true).start();
    session.load(&so("producer"));
    session.load(&other);
    session.run("init");
    let events = session.run("read");
    assert!(events.iter().any(|event| event.is("dispatch", &[("plugin", "producer")])), "{events:#?}");
    session.run("shutdown");
    assert_nothing_left(&mut session);
    let outcome = session.finish();
    assert!(outcome.status.success(), "{}", outcome.stderr);

    let mut daemon = Daemon::builder()
        .load_so(so("producer"), "producer")
        .load_so(&other, "other")
        .load("csv")
        .valgrind(true)
        .start();
    let _ = daemon.wait_rows("testhost/producer/derive-0", 1);
    daemon.stop();
    daemon.valgrind_report().assert_clean("producer.so");
    daemon.valgrind_report().assert_clean("other.so");
}
