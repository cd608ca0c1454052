//! Values for chosen writers, and requests to flush.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Release, Session};

use crate::support::{assert_nothing_left, block, running, session, so, texts, with};

/// A fake daemon with a writer and the plugin that asks it.
fn asking(config: &str, writer: &str) -> Session {
    let mut session = Session::start(Release::V5_12);
    for (plugin, config) in [("consumer", writer), ("asker", config)] {
        session.load(&so(plugin));
        session.config(&block(plugin, config));
    }
    session.run("set Hostname here");
    session.run("init");
    session
}

#[test]
fn a_chosen_writer_gets_a_complete_value() {
    for config in ["Writer \"consumer\"", "Writer \"CONSUMER\"", ""] {
        let mut session = asking(config, "");
        let texts = texts(&session.run("read asker"));
        let [wrote, told] = &texts[..] else { panic!("{texts:?}") };
        // Slashes as in a dispatched value, a time, the interval of the reader.
        assert!(wrote.starts_with("consumer plugin: wrote ["), "{wrote}");
        assert!(wrote.contains("] here/asker/gauge/a_b [(1, 42.5)] time "), "{wrote}");
        assert!(!wrote.contains("wrote [0]") && wrote.ends_with(" interval 10.000000000 s"), "{wrote}");
        assert_eq!(told, "asker plugin: written");
        session.run("shutdown");
        assert_nothing_left(&mut session);
    }
}

#[test]
fn what_goes_wrong_is_told_apart() {
    let cases = [
        ("Writer \"nobody\"", "there is no writer \"nobody\""),
        ("Writer \"consumer\"\nType \"nonsense\"", "type \"nonsense\" is not in types.db"),
        ("Writer \"consumer\"\nType \"load\"", "type \"load\" has 3 values, not 1"),
        ("Writer \"consumer\"", "writing failed with status -1"),
    ];
    for (config, text) in cases {
        let mut session = asking(config, if config.contains("Type") { "" } else { "Failures 1" });
        let told = texts(&session.run("read asker")).pop().expect("a line");
        assert_eq!(told, format!("asker plugin: not written: {text}"));
    }
    let mut session = session("asker", "");
    assert_eq!(texts(&session.run("read asker")), ["asker plugin: not written: no plugin that writes is loaded"]);
}

#[test]
fn a_flush_request_arrives_in_the_daemons_time() {
    let cases = [
        ("Flush \"consumer\"", "flush None None"),
        ("Flush \"consumer\"\nOlderThan 0", "flush None None"),
        ("Flush \"consumer\"\nOlderThan 2.5", "flush Some(2.5s) None"),
        ("Flush \"consumer\"\nOlderThan 1.0e+15", "flush Some(17179869183.999999999s) None"),
        (
            "Flush \"consumer\"\nOlderThan 1\nIdentifier \"h/p-i/gauge-\u{e9} x\"",
            "flush Some(1s) Some(\"h/p-i/gauge-\u{e9} x\")",
        ),
    ];
    for (config, line) in cases {
        let mut session = asking(&format!("Writer \"nobody\"\n{config}"), "");
        let told = texts(&session.run("read asker")).pop().expect("a line");
        assert_eq!(told, format!("consumer plugin: {line}"));
    }
    let mut session = asking("Writer \"nobody\"\nFlush \"Consumer\"", "");
    assert_eq!(texts(&session.run("read asker")).len(), 1);
}

#[test]
fn all_releases_pass_values_on() {
    for release in [Release::V5_8, Release::V5_10] {
        let mut session = running(Session::builder(release), "asker", "Writer \"consumer\"");
        session.load(&so("consumer"));
        session.run("init");
        assert_eq!(texts(&session.run("read asker")).pop().expect("a line"), "asker plugin: written", "{release:?}");
    }
}

#[test]
fn csv_takes_a_value_that_nobody_else_gets() {
    let mut daemon = Daemon::builder()
        .load_so(so("consumer"), "consumer")
        .load("csv")
        .load_so(so("asker"), "asker")
        .conf("<Plugin asker>\nWriter \"csv\"\nFlush \"consumer\"\nOlderThan 3.5\n</Plugin>")
        .hostname("here")
        .start();
    let rows = daemon.wait_rows("here/asker/gauge-a_b", 1);
    assert_eq!(rows[0].1, "42.500000");
    assert!(rows[0].0.parse::<f64>().is_ok_and(|time| time > 1.6e9), "{rows:?}");
    let _ = daemon.wait_log("consumer plugin: flush Some(3.5s) None", Duration::from_secs(60));
    assert!(daemon.stop().success());
    assert!(with(&daemon.log(), "here/asker").is_empty(), "{}", daemon.log());
    assert!(!with(&daemon.log(), "asker plugin: written").is_empty());
}

#[test]
fn all_writers_of_the_real_daemon_get_it() {
    let mut daemon = Daemon::builder()
        .load_so(so("consumer"), "consumer")
        .load("csv")
        .load_so(so("asker"), "asker")
        .hostname("here")
        .start();
    let _ = daemon.wait_rows("here/asker/gauge-a_b", 1);
    let line = daemon.wait_log("here/asker/gauge/a_b", Duration::from_secs(60));
    assert!(line.contains("[(1, 42.5)]") && line.ends_with(" interval 1.000000000 s"), "{line}");
    assert!(daemon.stop().success());
}
