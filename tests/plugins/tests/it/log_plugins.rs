//! Log plugins that misbehave: the daemon survives, and logs on elsewhere.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Release, Session};

use crate::support::{assert_nothing_left, running, so, with};

fn daemon(config: &str) -> Daemon {
    // The harness loads logfile first, so another log plugin precedes this one.
    Daemon::builder()
        .load_so(so("bad_log"), "bad_log")
        .conf(&format!("<Plugin bad_log>\n{config}\n</Plugin>"))
        .load_so(so("chatter"), "chatter")
        .conf("<Plugin chatter>\nSay info \"still here\"\n</Plugin>")
        .interval(Duration::from_millis(20))
        .start()
}

#[test]
fn the_daemon_survives_and_says_little_to_stderr() {
    let place = "examples/bad_log.rs:";
    let cases = [
        ("error", "bad_log plugin: log failed: cannot take \"".to_owned(), ""),
        ("panic", "bad_log plugin: log panicked at ".to_owned(), place),
    ];
    for (does, start, middle) in cases {
        let mut daemon = daemon(&format!("Does {does}"));
        wait_for_lines(&mut daemon, 50);
        assert!(daemon.stop().success(), "{does}");
        let told = with(&daemon.output(), "cannot take");
        assert_eq!(told.len(), 1, "{does}: {told:#?}");
        assert!(told[0].starts_with(&start) && told[0].contains(middle), "{told:?}");
        assert!(daemon.log().contains("Exiting normally."), "{}", daemon.log());
        assert!(!daemon.log().contains("cannot take"), "{}", daemon.log());
    }
}

#[test]
fn what_a_log_callback_logs_goes_to_stderr() {
    let mut daemon = daemon("Does log");
    wait_for_lines(&mut daemon, 5);
    assert!(daemon.stop().success());
    assert!(with(&daemon.output(), "bad_log plugin: took Info \"").len() >= 5, "{}", daemon.output());
    assert!(!daemon.log().contains("took"), "{}", daemon.log());
}

#[test]
fn last_words_of_a_log_plugin_go_to_stderr() {
    let mut daemon = daemon("Does error");
    assert!(daemon.stop().success());
    assert_eq!(with(&daemon.output(), "bad_log plugin: bad_log is gone").len(), 1, "{}", daemon.output());
    assert!(!daemon.log().contains("is gone"), "{}", daemon.log());

    let mut session = running(Session::builder(Release::V5_12).valgrind(true), "bad_log", "Does log");
    session.run("log 4 hello");
    session.run("shutdown");
    assert_nothing_left(&mut session);
    let outcome = session.finish();
    assert!(outcome.status.success(), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("bad_log plugin: took Warning \"hello\""), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("bad_log plugin: bad_log is gone"), "{}", outcome.stderr);
}

#[test]
fn lines_arrive_with_their_level_whatever_their_encoding() {
    let mut session = running(Session::builder(Release::V5_12), "bad_log", "Does log");
    for (code, text) in [(0, "worst"), (3, "a"), (4, "b"), (5, "c"), (6, r"100% caf\xc3\xa9 \xff")] {
        session.run(&format!("log {code} \"{text}\""));
    }
    let told = session.finish().stderr;
    let told: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("bad_log plugin: took ")).collect();
    let last = "Info \"100% caf\u{e9} \u{fffd}\"";
    assert_eq!(told, ["Error \"worst\"", "Error \"a\"", "Warning \"b\"", "Notice \"c\"", last]);
}

/// The line about the panic is logged from within the panic hook, where a second panic would abort.
#[test]
fn a_panicking_thread_and_a_panicking_log_callback_together_do_not_abort() {
    let builder = Session::builder(Release::V5_12).env("WITH_LOG", "1");
    let mut session = running(builder, "panics", "In \"log\" \"thread\"");
    for _ in 0..3 {
        session.run("read panics");
    }
    session.run("shutdown");
    let outcome = session.finish();
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let told = with(&outcome.stderr, "thread \"helper\" panicked at ");
    assert_eq!(told.len(), 3, "{}", outcome.stderr);
}

fn wait_for_lines(daemon: &mut Daemon, count: usize) {
    collectd_test_daemon::wait_until("lines of the chatter", Duration::from_secs(60), || {
        (with(&daemon.log(), "still here").len() >= count).then_some(())
    });
}
