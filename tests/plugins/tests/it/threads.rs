//! Threads and runtimes of a plugin's own: they start with it, and none is left behind.

use std::fs;
use std::time::{Duration, Instant};

use collectd_test_daemon::{Daemon, wait_until};
use collectd_test_host::{Release, Session};

use crate::support::{assert_nothing_left, block, lines, running, session, so, statuses, texts, with};

const PATIENCE: Duration = Duration::from_secs(60);

/// The names of the threads of a process, sorted.
fn threads(pid: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    // A thread may end between the two looks.
    let names = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    let mut names: Vec<_> = names.map(|name| name.trim_end().to_owned()).collect();
    names.sort();
    names
}

/// Waits until there are so many of them: one that was waited for is there a moment longer.
#[track_caller]
fn assert_as_many(pid: u32, wanted: usize) {
    wait_until(&format!("{wanted} threads, not {:?}", threads(pid)), PATIENCE, || {
        (threads(pid).len() == wanted).then_some(())
    });
}

fn count(names: &[String], name: &str) -> usize {
    names.iter().filter(|known| *known == name).count()
}

#[test]
fn a_worker_beats_until_it_is_told_to_stop() {
    let mut session = Session::start(Release::V5_12);
    session.load(&so("worker"));
    let before = threads(session.pid());
    session.run("init");
    session.wait_for(|event| event.is("dispatch", &[("type_instance", "beat")]));
    assert_eq!(count(&threads(session.pid()), "beat"), 1, "a beat is later than the name");
    let events = session.run("shutdown");
    assert_eq!(texts(&events).last().map(String::as_str), Some("worker plugin: joined"));
    assert_as_many(session.pid(), before.len());
    assert_eq!(threads(session.pid()), before);
    assert_nothing_left(&mut session);
}

#[test]
fn a_worker_that_panicked_is_told_at_once_and_again_at_its_end() {
    let mut session = running(Session::builder(Release::V5_12), "worker", "Panic true");
    let events = session.wait_for(|event| event.is("log", &[("origin", "plugin")]));
    let told = lines(&events).pop().expect("a line");
    assert!(
        told.1.starts_with("worker plugin: thread \"beat\" panicked at tests/plugins/examples/worker.rs:"),
        "{told:?}"
    );
    assert!(told.0 == 3 && told.1.ends_with(": told to panic"), "{told:?}");
    let events = session.run("shutdown");
    assert_eq!(statuses(&events, "shutdown"), [-1]);
    assert_eq!(texts(&events), ["worker plugin: shutdown: thread \"beat\" panicked"]);
}

#[test]
fn a_runtime_reads_at_the_same_time_and_keeps_the_context() {
    let sources = (0..20).map(|number| format!("Source \"s{number}\" 0.3\n")).collect::<String>();
    for release in [Release::V5_8, Release::V5_12] {
        let mut session = running(Session::builder(release), "async_tokio", &sources);
        let start = Instant::now();
        let events = session.run("read async_tokio");
        // One after the other they would take six.
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(statuses(&events, "read"), [0]);
        let dispatched: Vec<_> = events.iter().filter(|event| event.kind() == "dispatch").collect();
        assert_eq!(dispatched.len(), 20);
        let name = if release == Release::V5_8 { "-" } else { "async_tokio" };
        for event in dispatched {
            // By the daemon's own context: the framework has not filled in the interval.
            let is_right = event.is("dispatch", &[("plugin", "async_tokio"), ("interval", "0"), ("context", name)]);
            assert!(is_right, "{event:?}");
        }
        session.run("shutdown");
        assert_nothing_left(&mut session);
    }
}

#[test]
fn a_task_that_panics_is_told_and_the_others_go_on() {
    let mut session = session("async_tokio", "Source \"good\" 0.05\nSource \"bad\" 0.01\nPanic \"bad\"");
    for round in 0..2 {
        let events = session.run("read async_tokio");
        assert_eq!(statuses(&events, "read"), [-1]);
        assert!(events.iter().any(|event| event.is("dispatch", &[("type_instance", "good")])), "{events:#?}");
        let told = lines(&events);
        let start = "async_tokio plugin: thread \"async_tokio\" panicked at tests/plugins/examples/async_tokio.rs:";
        assert!(told[0].0 == 3 && told[0].1.starts_with(start) && told[0].1.ends_with(": told to panic"), "{told:#?}");
        if round == 0 {
            let failed = "async_tokio plugin: read failed: task ";
            assert!(told[1].1.starts_with(failed) && told[1].1.contains("told to panic"), "{told:#?}");
        }
    }
    session.run("shutdown");
    assert_nothing_left(&mut session);
}

/// Tasks end where they wait. What blocks is given a second, and left alone then: nothing can end a thread.
#[test]
fn a_shutdown_does_not_wait_for_tasks() {
    for (config, left) in [("Tick 0.01", 0), ("Tick 3600", 0), ("Block 60", 1)] {
        let mut session = Session::start(Release::V5_12);
        session.load(&so("async_tokio"));
        let before = threads(session.pid());
        session.config(&block("async_tokio", config));
        session.run("init");
        // A new thread has the name of its parent for a moment.
        let is_running = || (count(&threads(session.pid()), "async_tokio") >= 2).then_some(());
        wait_until("the runtime", PATIENCE, is_running);
        let start = Instant::now();
        let events = session.run("shutdown");
        assert!(start.elapsed() < Duration::from_secs(20), "{config}: {:?}", start.elapsed());
        assert_eq!(texts(&events).last().map(String::as_str), Some("async_tokio plugin: stopped"), "{config}");
        assert_as_many(session.pid(), before.len() + left);
        assert_nothing_left(&mut session);
    }
}

#[test]
fn the_real_daemon_runs_and_stops_a_runtime() {
    let config = "Source \"fast\" 0.01\nSource \"slow\" 0.2\nSource \"bad\" 0\nPanic \"bad\"\nTick 0.02";
    let mut daemon = Daemon::builder()
        .load_so(so("async_tokio"), "async_tokio")
        .conf(&block("async_tokio", config))
        .load_so(so("consumer"), "consumer")
        .hostname("here")
        .interval(Duration::from_millis(500))
        .start();
    for name in ["fast", "slow", "tick"] {
        let line = daemon.wait_log(&format!(" here/async_tokio/gauge/{name} "), PATIENCE);
        assert!(line.ends_with(" interval 0.500000000 s"), "{line}");
    }
    let _ = daemon.wait_log("async_tokio plugin: thread \"async_tokio\" panicked at ", PATIENCE);
    wait_until("names", PATIENCE, || (count(&threads(daemon.pid()), "async_tokio") == 2).then_some(()));
    assert!(daemon.stop().success());
    let log = daemon.log();
    let end = log.lines().position(|line| line.contains("async_tokio plugin: stopped")).expect("it was shut down");
    assert!(log.lines().skip(end).all(|line| !line.contains("tick")), "{log}");
    assert!(!log.to_lowercase().contains("unable to determine"), "{log}");
}

/// A runtime that a read waits for, while the daemon is told to stop.
#[test]
fn the_real_daemon_stops_while_tasks_run() {
    let mut daemon = Daemon::builder()
        .load_so(so("async_tokio"), "async_tokio")
        .conf(&block("async_tokio", "Source \"endless\" 3600\nTick 0.01"))
        .start();
    let _ = daemon.wait_log("async_tokio plugin: tick", PATIENCE);
    wait_until("a read", PATIENCE, || (count(&threads(daemon.pid()), "async_tokio") == 2).then_some(()));
    let start = Instant::now();
    assert!(daemon.stop().success());
    // The read's own limit, and what a busy machine adds.
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let log = daemon.log();
    assert_eq!(with(&log, "async_tokio plugin: read failed: deadline has elapsed").len(), 1, "{log}");
    assert_eq!(with(&log, "async_tokio plugin: stopped").len(), 1, "{log}");
}
