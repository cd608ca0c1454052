//! Data sets: found, and brought along.

use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Release, Session};

use crate::support::{loaded, only, so, texts};

const SHOW: &str = "Show \"load\" \"rust_fan\" \"LOAD\"";
const LOAD: &str = "load: shortterm gauge Some(0.0) Some(5000.0), midterm gauge Some(0.0) Some(5000.0), \
                    longterm gauge Some(0.0) Some(5000.0)";
const FAN: &str = "rust_fan: speed gauge Some(0.0) None, starts derive Some(-0.5) Some(1e300)";

#[test]
fn a_type_of_ones_own_is_known_before_the_configuration() {
    for release in [Release::V5_8, Release::V5_10, Release::V5_12] {
        let mut session = Session::start(release);
        let events = session.load(&so("typed"));
        let registered = only(&events, "data-set");
        assert_eq!(registered.text("type"), "rust_fan");
        session.config(&format!("<Plugin typed>\n{SHOW}\n</Plugin>"));
        session.run("init");
        let events = session.run("read typed");
        let told = texts(&events);
        let expected = [LOAD, FAN, "LOAD is not there"];
        assert_eq!(told, expected.map(|line| format!("typed plugin: {line}")), "{release:?}");
        let dispatched = only(&events, "dispatch");
        assert_eq!(dispatched.text("type"), "rust_fan");
        assert_eq!(dispatched.values(), [1200f64.to_bits(), (-7i64).cast_unsigned()]);
    }
}

#[test]
fn collectd_6_gets_no_data_set() {
    let mut session = Session::start(Release::V6_0);
    let events = session.load(&so("typed"));
    assert!(!events.iter().any(|event| event.kind() == "data-set"), "{events:#?}");
}

#[test]
fn what_replaces_a_type_is_seen() {
    let mut session = loaded(Session::builder(Release::V5_12), "typed", "Show \"rust_fan\"");
    session.run("type rust_fan a:COUNTER:U:1");
    session.run("init");
    let told = texts(&session.run("read typed"));
    assert_eq!(told[0], "typed plugin: rust_fan: a counter None Some(1.0)");
    assert!(told[1].contains("type \"rust_fan\" has 1 values, not 2"), "{told:?}");
}

#[test]
fn the_real_daemon_stores_values_of_the_new_type() {
    let mut daemon = Daemon::builder()
        .load("csv")
        .load_so(so("typed"), "typed")
        .conf("<Plugin typed>\nShow \"load\" \"rust_fan\" \"if_octets\"\n</Plugin>")
        .hostname("here")
        .start();
    assert_eq!(daemon.wait_rows("here/typed/rust_fan", 1)[0].1, "1200.000000,-7");
    for line in [LOAD, FAN, "if_octets: rx derive Some(0.0) None, tx derive Some(0.0) None"] {
        let _ = daemon.wait_log(&format!("typed plugin: {line}"), Duration::from_secs(60));
    }
    assert!(daemon.stop().success());
}
