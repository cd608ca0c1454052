//! Nothing is lost on the ways that every value goes.

use std::time::Duration;

use collectd_test_daemon::{Daemon, wait_until};
use collectd_test_host::{Release, Session};

use crate::support::{assert_nothing_left, lines, only, running, so};

/// Long enough that a lost one shows.
const LONG: usize = 1000;

#[test]
fn value_lists_without_meta_data_never_make_an_object() {
    let mut session = running(Session::builder(Release::V5_12).valgrind(true), "producer", "Lists 2000");
    session.run("quiet");
    session.run("read producer");
    let events = session.run("stats");
    assert!(only(&events, "stats").is("stats", &[("dispatched", "2000"), ("meta_created", "0")]), "{events:?}");
    assert_clean_end(session);
}

#[test]
fn objects_for_meta_data_are_destroyed() {
    let config = format!("Lists 2000\nMeta {LONG}");
    let mut session = running(Session::builder(Release::V5_12).valgrind(true), "producer", &config);
    session.run("quiet");
    session.run("read producer");
    let events = session.run("stats");
    let expected = [("dispatched", "2000"), ("meta_created", "2000"), ("meta_destroyed", "2000")];
    assert!(only(&events, "stats").is("stats", &expected), "{events:?}");
    assert_clean_end(session);
}

#[test]
fn rates_and_strings_that_the_daemon_hands_out_go_back() {
    let config = "Rates true\nMeta text";
    let mut session = running(Session::builder(Release::V5_12), "consumer", config);
    write_all(&mut session);
    let events = session.run("stats");
    let stats = only(&events, "stats");
    assert!(stats.number::<u64>("rates_out") >= 100 && stats.number::<u64>("strings_out") >= 100, "{stats:?}");
    session.run("shutdown");
    assert_nothing_left(&mut session);

    let mut session = running(Session::builder(Release::V5_12).valgrind(true), "consumer", config);
    write_all(&mut session);
    assert_clean_end(session);
}

fn write_all(session: &mut Session) {
    session.run("quiet");
    session.run("writers 2");
    let text = "t".repeat(LONG);
    let mut events = session.run(&format!("dispatch h/p/gauge now 10 1.5 meta:text=s:{text} meta:n=u:7 repeat=100"));
    events.extend(session.run("wait"));
    let line = lines(&events).pop().expect("the writer logs").1;
    assert!(line.ends_with("rates Some([1.5]) meta 1000 of 2"), "{line}");
}

#[track_caller]
fn assert_clean_end(mut session: Session) {
    session.run("shutdown");
    let outcome = session.finish();
    assert!(outcome.status.success(), "{}", outcome.stderr);
}

#[test]
fn the_real_daemon_loses_nothing_of_ours() {
    let mut daemon = Daemon::builder()
        .load_so(so("consumer"), "consumer")
        .conf("<Plugin consumer>\nRates true\nMeta text\nQuiet true\n</Plugin>")
        .load_so(so("producer"), "producer")
        .conf("<Plugin producer>\nLists 300\nMeta 1000\n</Plugin>")
        .load_so(so("worker"), "worker")
        .load("csv")
        .interval(Duration::from_millis(500))
        .valgrind(true)
        .start();
    wait_until("900 values", Duration::from_secs(180), || {
        daemon.csv_rows().get("testhost/producer/derive-299").filter(|rows| rows.len() >= 3).map(drop)
    });
    assert!(daemon.stop().success(), "{}", daemon.log());
    let report = daemon.valgrind_report();
    for plugin in ["producer.so", "consumer.so", "worker.so"] {
        report.assert_clean(plugin);
    }
}
