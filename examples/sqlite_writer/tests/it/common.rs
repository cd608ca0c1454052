//! What the tests share: a daemon with the plugin, and its database read as the rows of collectd's `csv` plugin.

use std::path::{Path, PathBuf};

use collectd_test_daemon::{Builder, Daemon, Rows, cargo_build};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

pub(crate) fn plugin() -> PathBuf {
    cargo_build::cdylib("collectd-example-sqlite-writer")
}

/// A daemon with these lines in the block of the plugin; and with `csv`, which writes all values in another way. With one
/// write thread: of several, `csv` loses rows when they make the same file.
pub(crate) fn daemon(block: &str) -> Builder {
    let conf = format!("<Plugin sqlite_writer>\n{block}\n</Plugin>");
    let builder = Daemon::builder().write_threads(1).load("csv").load("unixsock");
    builder.load_so(plugin(), "sqlite_writer").conf(&conf)
}

pub(crate) fn flush(daemon: &Daemon) {
    daemon.command("FLUSH plugin=sqlite_writer").expect("the daemon flushes");
}

pub(crate) fn open(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("a database")
}

/// What `csv` would have written.
pub(crate) fn rows(path: &Path) -> Rows {
    let connection = open(path);
    let query = "SELECT identity.id, host, plugin, plugin_instance, type, type_instance, time, value \
                 FROM sample JOIN identity ON identity.id = sample.identity ORDER BY sample.rowid";
    let mut statement = connection.prepare(query).expect("the schema");
    let mut found = statement.query([]).expect("the query");
    let mut rows = Rows::new();
    let mut first = std::collections::BTreeMap::new();
    while let Some(row) = found.next().expect("a row") {
        let name = |index| row.get::<_, String>(index).expect("a text");
        let dashed = |name: String, instance: String| {
            if instance.is_empty() { name } else { format!("{name}-{instance}") }
        };
        let identifier = format!("{}/{}/{}", name(1), dashed(name(2), name(3)), dashed(name(4), name(5)));
        let id: i64 = row.get(0).expect("a number");
        let time = row.get::<_, i64>(6).expect("a number") as f64 / 1e9;
        let value = shown(row.get(7).expect("a value"));
        let is_first = *first.entry(identifier.clone()).or_insert(id) == id;
        let rows = rows.entry(identifier).or_default();
        match rows.last_mut() {
            // A further data source of the same value list.
            Some((_, values)) if !is_first => *values += &format!(",{value}"),
            _ => rows.push((format!("{time:.9}"), value)),
        }
    }
    rows
}

fn shown(value: Value) -> String {
    match value {
        Value::Null => "nan".to_owned(),
        Value::Integer(count) => count.to_string(),
        Value::Real(number) => format!("{number:.6}"),
        Value::Text(digits) => digits,
        Value::Blob(bytes) => panic!("{bytes:?}"),
    }
}

/// Every value list that `csv` has written is in the database, once, and no other.
pub(crate) fn assert_same(csv: &Rows, database: &Rows) {
    let names = |rows: &Rows| rows.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(csv), names(database));
    for (identifier, expected) in csv {
        let (expected, got) = (sorted(expected), sorted(&database[identifier]));
        assert_eq!(expected.len(), got.len(), "{identifier}");
        for (expected, got) in expected.iter().zip(&got) {
            // A thousandth of a second is all that `csv` writes.
            let is_same_time = (expected.0 - got.0).abs() < 0.000_501;
            assert!(is_same_time && expected.1 == got.1, "{identifier}: {expected:?} {got:?}");
        }
    }
}

/// Several threads write, in any order.
fn sorted(rows: &[(String, String)]) -> Vec<(f64, String)> {
    let number = |(time, values): &(String, String)| (time.parse().expect("a number"), values.replace("-nan", "nan"));
    let mut rows: Vec<(f64, String)> = rows.iter().map(number).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows
}
