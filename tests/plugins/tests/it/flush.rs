//! What a flush callback is told.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Release, Session};

use crate::support::{assert_nothing_left, session, so, statuses, texts, with};

#[test]
fn timeout_and_identifier_arrive_as_rust_has_them() {
    let mut session = session("consumer", "");
    let cases = [
        ("flush", "flush None None"),
        ("flush consumer", "flush None None"),
        ("flush consumer 0.5", "flush Some(500ms) None"),
        ("flush consumer cdtime:1", "flush Some(1ns) None"),
        ("flush consumer 10 host/plugin-a-b/type-c/d", "flush Some(10s) Some(\"host/plugin-a-b/type-c/d\")"),
        ("flush consumer 0 h/p/t", "flush None Some(\"h/p/t\")"),
    ];
    for (command, line) in cases {
        assert_eq!(texts(&session.run(command)), [format!("consumer plugin: {line}")], "{command}");
    }
    // The longest time there is, and the largest that a double of seconds can make of a negative one.
    for timeout in ["cdtime:18446744073709551615", "cdtime:9223372036854775808"] {
        assert_eq!(statuses(&session.run(&format!("flush consumer {timeout}")), "flush"), [0]);
    }
}

/// `FlushInterval` and `FlushTimeout` of the LoadPlugin block.
#[test]
fn a_flush_interval_makes_the_daemon_flush() {
    let mut session = Session::start(Release::V5_12);
    session.run(&format!("load \"{}\" flush_interval=7 flush_timeout=2.5", so("consumer").display()));
    session.run("init");
    assert_eq!(texts(&session.run("read flush/consumer")), ["consumer plugin: flush Some(2.5s) None"]);
    session.run("shutdown");
    assert_nothing_left(&mut session);
}

#[test]
fn an_identifier_that_is_none_is_an_error() {
    let mut session = session("consumer", "");
    let events = session.run("flush consumer 1 nonsense");
    assert_eq!(statuses(&events, "flush"), [-1]);
    assert!(texts(&events)[0].starts_with("consumer plugin: flush failed: \"nonsense\": an identifier has the form"));
}

#[test]
fn a_flush_command_reaches_the_plugin() {
    let mut daemon = Daemon::builder().load_so(so("consumer"), "consumer").load("unixsock").start();
    daemon.command("FLUSH plugin=consumer").expect("FLUSH works");
    daemon.command("FLUSH plugin=consumer timeout=2 identifier=\"a host/p-i/gauge-x y\"").expect("FLUSH works");
    let line = daemon.wait_log("flush Some", Duration::from_secs(60));
    assert_eq!(line, "[info] consumer plugin: flush Some(2s) Some(\"a host/p-i/gauge-x y\")");
    assert!(daemon.stop().success());
    // The first, and one more when the daemon ends.
    assert_eq!(with(&daemon.log(), "consumer plugin: flush None None").len(), 2, "{}", daemon.log());
}
