//! The plugin in a daemon inside the test; the queue by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectd_testing::{Host, START};
use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use tempfile::TempDir;

use super::*;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("values.sqlite")
    }

    fn config(&self, more: &str) -> String {
        format!("<Plugin sqlite_writer>\nDatabase {:?}\n{more}\n</Plugin>", self.path().display().to_string())
    }

    fn start(&self, more: &str) -> Host {
        Host::start(module_register, &self.config(more))
    }

    fn rows(&self, query: &str) -> Vec<Vec<Sql>> {
        let connection = Connection::open(self.path()).unwrap();
        let mut statement = connection.prepare(query).unwrap();
        let width = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..width).map(|index| row.get(index)).collect();
        statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    fn count(&self) -> i64 {
        match self.rows("SELECT count(*) FROM sample")[0][0] {
            Sql::Integer(count) => count,
            ref other => panic!("{other:?}"),
        }
    }
}

fn text(text: &str) -> Sql {
    Sql::Text(text.to_owned())
}

fn refused(config: &str) -> String {
    Host::try_start(module_register, config).unwrap_err().to_string()
}

#[test]
fn mistakes_stop_the_start() {
    let place = Place::new();
    for (line, says) in [
        ("CommitSize 0", "CommitSize must be at least 1"),
        ("QueueLimit 10", "QueueLimit 10 is less than CommitSize 1000"),
        ("CommitInterval 0", "CommitInterval must be more than 0"),
        ("Retention 0", "Retention must be more than 0"),
        ("WhenFull \"Sometimes\"", "WhenFull"),
        ("Synchronous \"Extra\"", "Synchronous"),
        ("Databse \"x\"", "unknown field \"Databse\", expected one of \"Database\""),
    ] {
        let message = refused(&place.config(line));
        assert!(message.contains(says), "{line}: {message}");
    }
    assert!(!place.path().exists());
}

#[test]
fn every_kind_is_stored_as_it_is() {
    let place = Place::new();
    let mut host = place.start("CommitInterval 3600");
    let list = |type_: &str| Values::new(type_).host("h").plugin("p").time(START);
    host.dispatch(&list("gauge").type_instance("nan").gauge(f64::NAN));
    host.dispatch(&list("gauge").gauge(0.1));
    host.dispatch(&list("derive").derive(-5));
    host.dispatch(&list("counter").counter(u64::MAX));
    host.dispatch(&list("absolute").absolute(7));
    host.dispatch(&list("if_octets").plugin_instance("eth0").derives([1, 2]));
    assert_eq!(place.count(), 0);
    host.flush(None, None, None);
    let rows = place.rows("SELECT plugin_instance, type, type_instance, source, kind, value FROM metric");
    let row = |names: [&str; 5], value: Sql| {
        let mut row = names.map(text).to_vec();
        row.push(value);
        row
    };
    assert_eq!(
        rows,
        [
            row(["", "gauge", "nan", "value", "gauge"], Sql::Null),
            row(["", "gauge", "", "value", "gauge"], Sql::Real(0.1)),
            row(["", "derive", "", "value", "derive"], Sql::Integer(-5)),
            row(["", "counter", "", "value", "counter"], text("18446744073709551615")),
            row(["", "absolute", "", "value", "absolute"], Sql::Integer(7)),
            row(["eth0", "if_octets", "", "rx", "derive"], Sql::Integer(1)),
            row(["eth0", "if_octets", "", "tx", "derive"], Sql::Integer(2)),
        ]
    );
    assert_eq!(place.rows("SELECT DISTINCT time, host FROM metric"), [[Sql::Real(1e9), text("h")]]);
    host.shutdown();
}

#[test]
fn names_that_are_not_utf_8_stay_apart() {
    let place = Place::new();
    let mut host = place.start("");
    for name in [&b"a\xff"[..], b"a\xfe", "ä".as_bytes(), b"'); DROP TABLE sample; --"] {
        host.dispatch(&Values::new("gauge").host(name).plugin("p").gauge(1.0));
    }
    host.shutdown();
    let hosts: Vec<_> = place.rows("SELECT host FROM identity ORDER BY id").concat();
    let blob = |bytes: &[u8]| Sql::Blob(bytes.to_vec());
    assert_eq!(hosts, [blob(b"a\xff"), blob(b"a\xfe"), text("ä"), text("'); DROP TABLE sample; --")]);
}

#[test]
fn a_transaction_comes_when_it_is_full_or_old_enough() {
    let place = Place::new();
    let mut host = place.start("CommitSize 3\nCommitInterval 3600");
    let one = Values::new("gauge").plugin("p").gauge(1.0);
    (0..5).for_each(|_| host.dispatch(&one));
    wait(|| place.count() == 3);
    host.shutdown();
    assert_eq!(place.count(), 5);

    let mut host = place.start("CommitSize 1000\nCommitInterval 0.2");
    host.dispatch(&one);
    wait(|| place.count() == 6);
    host.shutdown();
}

#[test]
fn what_is_too_old_goes() {
    let place = Place::new();
    let mut host = place.start("Retention 3600");
    let gauge = Values::new("gauge").plugin("p").gauge(1.0);
    host.dispatch(&gauge.clone().type_instance("old").time(Time::from_secs(1_000_000)));
    host.dispatch(&gauge.clone().type_instance("new").time(Time::now()));
    host.shutdown();
    assert_eq!(place.rows("SELECT type_instance FROM identity"), [[text("new")]]);
    assert_eq!(place.count(), 1);
}

#[test]
fn the_lock_of_another_is_waited_for() {
    let place = Place::new();
    let mut host = place.start("CommitInterval 0.1");
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    host.dispatch(&Values::new("gauge").plugin("p").gauge(1.0));
    let failed = host.try_flush(None, None, None).unwrap_err().to_string();
    assert!(failed.contains("the disk did not take them: 1 value lists wait"), "{failed}");
    let told = host.take_log().iter().any(|line| line.text.contains("database is locked"));
    assert!(told);
    other.execute_batch("COMMIT").unwrap();
    host.flush(None, None, None);
    assert_eq!(place.count(), 1);

    // Who reads is in nobody's way.
    other.execute_batch("BEGIN; SELECT count(*) FROM sample").unwrap();
    host.dispatch(&Values::new("gauge").plugin("p").gauge(2.0));
    host.flush(None, None, None);
    assert_eq!(place.count(), 2);
    host.shutdown();
}

/// As another daemon does whose values are too old.
#[test]
fn what_another_process_deletes_is_made_anew_and_is_nothing_else() {
    let place = Place::new();
    let mut host = place.start("CommitInterval 0.1");
    let gauge = |name: &str, number: f64| Values::new("gauge").plugin("p").type_instance(name).gauge(number);
    host.dispatch(&gauge("a", 1.0));
    host.dispatch(&gauge("b", 2.0));
    host.flush(None, None, None);
    let other = Connection::open(place.path()).unwrap();
    let names = "host, plugin, plugin_instance, type, type_instance, source, kind";
    let renamed = names.replace("type_instance", "'c'");
    other
        .execute_batch(&format!(
            "BEGIN IMMEDIATE; CREATE TEMP TABLE old AS SELECT * FROM identity WHERE type_instance = 'b';
             DELETE FROM sample; DELETE FROM identity WHERE type_instance = 'b';
             INSERT INTO identity ({names}) SELECT {renamed} FROM old; COMMIT"
        ))
        .unwrap();
    host.dispatch(&gauge("b", 3.0));
    host.flush(None, None, None);
    assert_eq!(place.rows("SELECT type_instance, value FROM metric"), [[text("b"), Sql::Real(3.0)]]);
    host.shutdown();
}

#[test]
fn what_the_plugin_cannot_use_stays_as_it_is() {
    let place = Place::new();
    let path = place.path();
    let mut host = place.start("");
    for number in 0..2000 {
        host.dispatch(&Values::new("gauge").plugin("p").type_instance(format!("i{number}")).gauge(1.0));
    }
    host.shutdown();
    let good = fs::read(&path).unwrap();
    let mut damaged = good.clone();
    let middle = damaged.len() / 2 / 4096 * 4096;
    damaged[middle..middle + 4096].fill(0x5a);

    let says = |says: &str| {
        let before = fs::read(&path).unwrap();
        let message = refused(&place.config(""));
        assert!(message.contains(&format!("{path:?}")) && message.contains(says), "{message}");
        assert_eq!(fs::read(&path).unwrap(), before, "{says}");
    };
    fs::write(&path, "Dear diary, this is no database, but it has been here for long.".repeat(20)).unwrap();
    says("file is not a database");
    fs::write(&path, &damaged).unwrap();
    says("is damaged");
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    says("is a database of something else");
    fs::write(&path, &good).unwrap();
    Connection::open(&path).unwrap().execute_batch("PRAGMA journal_mode = DELETE; PRAGMA user_version = 2").unwrap();
    says("is of a newer version of this plugin: 2");
}

#[test]
fn a_file_that_is_moved_away_is_made_anew() {
    let place = Place::new();
    let mut host = place.start("CommitInterval 0.1");
    let one = Values::new("gauge").plugin("p").gauge(1.0);
    host.dispatch(&one);
    host.flush(None, None, None);
    fs::rename(place.path(), place.0.path().join("old")).unwrap();
    // SQLite finds its log by the name of the database.
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", place.path().display()));
    }
    host.dispatch(&one);
    host.dispatch(&one);
    wait(|| place.path().exists() && host.try_flush(None, None, None).is_ok());
    assert_eq!(place.count(), 2);
    host.shutdown();
}

#[test]
fn a_directory_that_cannot_be_made_at_the_start_is_tried_again() {
    let place = Place::new();
    let block = place.0.path().join("dir");
    fs::write(&block, "").unwrap();
    let config =
        format!("<Plugin sqlite_writer>\nDatabase {:?}\nCommitInterval 0.1\n</Plugin>", block.join("values.sqlite"));
    let mut host = Host::start(module_register, &config);
    let log = host.take_log();
    assert!(log.iter().any(|line| line.text.contains("further attempts follow")), "{log:?}");
    host.dispatch(&Values::new("gauge").plugin("p").gauge(1.0));
    assert!(host.try_flush(None, None, None).is_err());
    fs::remove_file(&block).unwrap();
    wait(|| host.try_flush(None, None, None).is_ok());
    assert!(is_database(&block.join("values.sqlite")));
    host.shutdown();
}

#[test]
fn a_shutdown_that_loses_values_says_so() {
    let place = Place::new();
    let mut host = place.start("StopTimeout 0.2\nReportStats true");
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    host.dispatch(&Values::new("gauge").plugin("p").gauge(1.0));
    host.read();
    let stats: Vec<_> = host.take_values().iter().map(|values| values.identifier().type_instance.to_string()).collect();
    assert_eq!(stats, ["", "written", "dropped", "failed"]);
    let failed = host.try_shutdown().unwrap_err().to_string();
    assert!(failed.contains("5 value lists are lost: the disk did not take them"), "{failed}");
}

fn is_database(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3\0"))
}

fn wait(ready: impl FnMut() -> bool) {
    let mut ready = ready;
    collectd_test_daemon::wait_until("the writer", Duration::from_secs(60), || ready().then_some(()));
}
