//! Every value that the daemon dispatches is in the database.

use std::time::Duration;

use collectd_test_daemon::{Daemon, Rows};

use crate::common::{assert_same, daemon, flush, rows};

const HERE: &str = "Database \"@DIR@/values.sqlite\"\n";

/// Values of all kinds under all kinds of names, from many write threads.
fn let_flow(daemon: &Daemon) {
    for number in 1..=100 {
        let at = format!("{}.{:03}", 1_700_000_000 + number, number * 7 % 1000);
        let counter = u64::MAX - 100 + number;
        daemon.putval("a.example/plain/gauge", "", &format!("{at}:{}.25", number * 3));
        daemon.putval("a.example/with space-in it/counter-'quoted'", "", &format!("{at}:{counter}"));
        daemon.putval(
            "b/tödlich/if_octets-eth0",
            "interval=10",
            &format!("{at}:{}:{}", number, 9_000_000_000 + number),
        );
        daemon.putval("b/small/derive", "", &format!("{at}:{}", number * number));
        daemon.putval("b/plain/absolute", "", &format!("{at}:{number}"));
        daemon.putval("b/plain/gauge-none", "", &format!("{at}:U"));
        if number == 1 {
            // Several threads can write rows to a file of `csv`, but not make it.
            wait_files(daemon);
        }
    }
    let _ = daemon.wait_rows("b/plain/gauge-none", 100);
}

/// What is in the database after a flush, when so many value lists are. Each comes to `csv` first.
fn flushed(daemon: &Daemon, count: usize) -> Rows {
    collectd_test_daemon::wait_until("all of it in the database", Duration::from_secs(60), || {
        flush(daemon);
        let rows = rows(&daemon.dir().join("values.sqlite"));
        (rows.values().map(Vec::len).sum::<usize>() >= count).then_some(rows)
    })
}

fn wait_files(daemon: &Daemon) {
    collectd_test_daemon::wait_until("six files", Duration::from_secs(60), || {
        let rows = daemon.csv_rows();
        let ours = rows.iter().filter(|(name, rows)| !name.starts_with("testhost") && !rows.is_empty());
        (ours.count() == 6).then_some(())
    });
}

#[test]
fn what_csv_writes_is_in_the_database() {
    let mut daemon = daemon(&format!("{HERE}CommitSize 50"))
        // Longer than any of the threads is late: two of them may not make one file of `csv`.
        .interval(Duration::from_millis(500))
        .write_threads(5)
        .load("cpu")
        .load("interface")
        .load("load")
        .load("memory")
        .start();
    let_flow(&daemon);
    let _ = daemon.wait_rows("testhost/load/load", 5);
    assert!(daemon.stop().success());
    let (csv, database) = (daemon.csv_rows(), rows(&daemon.dir().join("values.sqlite")));
    assert_same(&csv, &database);
    assert!(database.len() > 12 && csv.values().map(Vec::len).sum::<usize>() > 700, "{}", database.len());
    assert!(daemon.log().contains(" value lists written, 0 dropped"), "{}", daemon.log());
}

#[test]
fn rates_are_those_that_csv_writes() {
    let daemon = daemon(&format!("{HERE}StoreRates true")).conf("<Plugin csv>\nStoreRates true\n</Plugin>").start();
    let_flow(&daemon);
    let database = flushed(&daemon, 600);
    assert_same(&daemon.csv_rows(), &database);
    let octets = &database["b/tödlich/if_octets-eth0"];
    assert!(octets[0].1 == "nan,nan" && octets[1].1.starts_with("0.9"), "{octets:?}");
}

#[test]
fn a_flush_of_the_daemons_writes_all() {
    let mut daemon = daemon(&format!("{HERE}CommitInterval 3600")).start();
    daemon.putval("h/p/gauge", "", "N:1");
    let _ = daemon.wait_rows("h/p/gauge", 1);
    let path = daemon.dir().join("values.sqlite");
    assert!(rows(&path).is_empty());
    assert_eq!(flushed(&daemon, 1)["h/p/gauge"].len(), 1);
    daemon.putval("h/p/gauge", "", "N:2");
    let _ = daemon.wait_rows("h/p/gauge", 2);
    daemon.flush_all();
    collectd_test_daemon::wait_until("the flush", Duration::from_secs(60), || {
        (rows(&path)["h/p/gauge"].len() == 2).then_some(())
    });
}

#[test]
fn several_daemons_share_a_file() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("values.sqlite");
    let start = || daemon(&format!("Database {path:?}\nCommitSize 7\nCommitInterval 0.05\nRetention 3600")).start();
    let mut daemons = [start(), start()];
    let count = 200;
    for _ in 0..count {
        for (number, daemon) in daemons.iter().enumerate() {
            daemon.putval(&format!("h{number}/p/gauge"), "", "N:1");
            daemon.putval("both/p/gauge", "", "N:1");
        }
    }
    for (number, daemon) in daemons.iter_mut().enumerate() {
        let _ = daemon.wait_rows(&format!("h{number}/p/gauge"), count);
        assert!(daemon.stop().success(), "{}", daemon.log());
        assert!(!daemon.log().contains("sqlite_writer plugin: cannot"), "{}", daemon.log());
    }
    let rows = rows(&path);
    let counts = ["h0", "h1", "both"].map(|host| rows[&format!("{host}/p/gauge")].len());
    assert_eq!(counts, [count, count, 2 * count]);
}
