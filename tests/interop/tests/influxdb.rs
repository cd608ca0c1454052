//! InfluxDB 1.6 with its collectd input. It has no output of that kind, so this is one way only.

use std::collections::BTreeMap;

use collectd_net::SecurityLevel;
use collectd_test_daemon::stock_types_db;
use collectd_test_interop::{InfluxDb, List, Point, Security, points_of_list, sample, send};
use collectd_types::{Kind, TypesDb};

/// What it should store, as bits of doubles. It has only these, and none that are not finite.
fn points_of(lists: &[List]) -> BTreeMap<Point, u64> {
    let mut types = TypesDb::new();
    types.read_file(stock_types_db()).expect("types.db can be read");
    assert_eq!(types.parse(sample::types_db().as_bytes()), []);
    let points = lists.iter().flat_map(|list| {
        let set = types.get(&list.names[3]).unwrap_or_else(|| panic!("no type for {list:?}"));
        let sources: Vec<_> = set.sources().iter().map(|source| source.name.to_string()).collect();
        points_of_list(list, &sources)
    });
    bits(points.filter(|(_, value)| value.is_finite()))
}

fn bits(points: impl IntoIterator<Item = (Point, f64)>) -> BTreeMap<Point, u64> {
    points.into_iter().map(|(point, value)| (point, value.to_bits())).collect()
}

/// The first difference, instead of everything.
#[track_caller]
fn assert_same(got: &BTreeMap<Point, u64>, wanted: &BTreeMap<Point, u64>) {
    assert_eq!(got.iter().find(|(point, value)| wanted.get(point) != Some(value)), None, "surplus or different");
    assert_eq!(wanted.keys().find(|point| !got.contains_key(point)), None, "missing");
}

fn check_writer_is_understood(level: SecurityLevel) {
    let security = Security::new(level);
    let lists = sample::lists_without_absolutes();
    let wanted = points_of(&lists);
    let db = InfluxDb::start(&security);
    if security.is_secure() {
        let mut other = lists[0].clone();
        other.names[0] = "must not come".into();
        send(db.port, &Security::new(SecurityLevel::None), &[other]);
    }
    send(db.port, &security, &lists);
    assert_same(&bits(db.wait_points(wanted.len())), &wanted);

    let log = db.log();
    assert_eq!(log.matches("Inf is an unsupported value").count(), 2, "{log}");
    assert_eq!(log.matches("NaN is an unsupported value").count(), 2, "{log}");
}

#[test]
fn writer_is_understood_plain() {
    check_writer_is_understood(SecurityLevel::None);
}

#[test]
fn writer_is_understood_signed() {
    check_writer_is_understood(SecurityLevel::Sign);
}

#[test]
fn writer_is_understood_encrypted() {
    check_writer_is_understood(SecurityLevel::Encrypt);
}

/// As to go-collectd, which it is made with: the whole packet is lost.
#[test]
fn absolute_values_do_not_exist_for_it() {
    let security = Security::new(SecurityLevel::None);
    let absolute = sample::lists().into_iter().find(|list| list.has(Kind::Absolute)).expect("the sample has some");
    let others = sample::lists_without_absolutes();
    let db = InfluxDb::start(&security);
    send(db.port, &security, &[others[0].clone(), absolute]);
    send(db.port, &security, &others[1..2]);
    assert_same(&bits(db.wait_points(1)), &points_of(&others[1..2]));
    assert!(db.log().contains("invalid data"), "{}", db.log());
}
