//! Values as text: what we make of it, and what the daemon makes of it when `PUTVAL` brings it.

use std::sync::LazyLock;
use std::time::Duration;

use collectd::{Interval, Time, TypesDb, Value, Values};
use collectd_test_daemon::{Daemon, stock_types_db};

use super::Run;
use crate::support::so;

/// Types and values that both take.
pub(super) const FINE: &[(&str, &str)] = &[
    ("gauge", "1700000001:42"),
    ("gauge", "1700000001.123456789:-0"),
    ("gauge", "1.7e9:0x1.8p1"),
    ("gauge", "1700000001:U"),
    ("gauge", "1700000001:nan"),
    ("gauge", "1700000001:-nan"),
    ("gauge", "1700000001:-Infinity"),
    ("gauge", "1700000001:1e999"),
    ("gauge", "1700000001:010"),
    ("gauge", "1700000001:.5"),
    ("gauge", "1700000001:5."),
    ("gauge", "1700000001:0.1"),
    ("gauge", "1700000001:123456789.123456789"),
    ("gauge", "1700000001: 7 "),
    ("counter", "1700000001:18446744073709551615"),
    ("counter", "1700000001:0x10"),
    ("counter", "1700000001:010"),
    ("counter", "1700000001:+5"),
    ("derive", "1700000001:-9223372036854775808"),
    ("derive", "1700000001:9223372036854775807"),
    ("derive", "1700000001:-0x10"),
    ("derive", "1700000001:-0"),
    ("absolute", "1700000001:0xFFFFFFFFFFFFFFFF"),
    ("load", "1700000001:0.25:U:1e-5"),
    ("if_octets", "1700000001:7:-7"),
    ("mysql_qcache", "1700000001:1:2:3:4:5.5"),
];

/// What we refuse, and what the daemon takes it for, if it does not refuse it too.
const WRONG: &[(&str, &str, &str)] = &[
    ("counter", "1700000001:-1", "[(0, 18446744073709551615)]"),
    ("counter", "1700000001:18446744073709551616", "[(0, 18446744073709551615)]"),
    ("counter", "1700000001:08", "[(0, 0)]"),
    ("derive", "1700000001:9223372036854775808", "[(2, 9223372036854775807)]"),
    ("derive", "1700000001:12abc", "[(2, 12)]"),
    ("derive", "1700000001:1e3", "[(2, 1)]"),
    ("load", "1700000001:1", "[(1, 1.0), (1, 0.0), (1, 0.0)]"),
    ("gauge", "1700000001::1", "[(1, 1.0)]"),
    ("gauge", "0:1700000001:1", "[(1, 1.0)]"),
    ("gauge", "1700000001:x", ""),
    ("gauge", "1700000001", ""),
    ("gauge", "1700000001:1:2", ""),
    ("gauge", "x:1", ""),
    ("derive", "1700000001:U", ""),
];

/// Two values ten seconds apart.
const STEPS: &[[Value; 2]] = &[
    [Value::Counter(5), Value::Counter(5)],
    [Value::Counter(5), Value::Counter(1005)],
    [Value::Counter(u32::MAX as u64 - 9), Value::Counter(10)],
    [Value::Counter(u32::MAX as u64), Value::Counter(0)],
    [Value::Counter(1 << 32), Value::Counter(5)],
    [Value::Counter(u64::MAX), Value::Counter(3)],
    [Value::Derive(-50), Value::Derive(50)],
    [Value::Derive(i64::MAX), Value::Derive(i64::MIN)],
    [Value::Derive(50), Value::Derive(-50)],
    [Value::Absolute(9), Value::Absolute(30)],
    [Value::Gauge(1.0), Value::Gauge(-2.5)],
];

/// Besides the run, what the daemon answered to each step.
static RUN: LazyLock<(Run, Vec<String>)> = LazyLock::new(|| {
    let mut daemon = Daemon::builder().load_so(so("consumer"), "consumer").load("unixsock").write_threads(1).start();
    for (index, (type_, text)) in FINE.iter().enumerate() {
        daemon.putval(&format!("h/fine/{type_}-{index}"), "interval=10", &format!("\"{text}\""));
    }
    for (index, (type_, text, taken_for)) in WRONG.iter().enumerate() {
        let answer = daemon.command(&format!("PUTVAL h/wrong/{type_}-{index} interval=10 {text}"));
        assert_eq!(answer.is_err(), taken_for.is_empty(), "{text}: {answer:?}");
    }
    let rates = STEPS.iter().enumerate().map(|(index, step)| step_rate(&mut daemon, index, *step)).collect();
    (Run::of(daemon), rates)
});

/// Dispatches both values, and asks for the rate.
fn step_rate(daemon: &mut Daemon, index: usize, step: [Value; 2]) -> String {
    let identifier = format!("h/step/{}-{index}", step[0].kind());
    let lists = [1_700_000_000, 1_700_000_010].into_iter().zip(step).map(|(second, value)| {
        Values::new("any").time(Time::from_secs(second)).value(value).view().putval().to_string()
    });
    daemon.putval(&identifier, "interval=10", &lists.collect::<Vec<_>>().join(" "));
    let second = format!("[1700000010] h/step/{}/{index} ", step[0].kind());
    let _ = daemon.wait_log(&second, Duration::from_secs(60));
    daemon.command(&format!("GETVAL \"{identifier}\"")).expect("it is in the cache").concat()
}

pub(super) fn types() -> TypesDb {
    let mut types = TypesDb::new();
    assert_eq!(types.read_file(stock_types_db()).expect("collectd has one"), []);
    types
}

/// `PUTVAL` brings the same values as our parser, bit by bit, at the same time.
#[test]
fn what_is_right_is_read_as_the_daemon_reads_it() {
    for (index, (type_, text)) in FINE.iter().enumerate() {
        let values =
            types().get(type_).expect("a type").parse_values(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let values = values.host("h").plugin("fine").type_instance(index.to_string());
        RUN.0.assert_said(&format!("wrote {values} time {} interval 10.0", values.view().time().to_raw()));
    }
    let now = types().get("gauge").expect("a type").parse_values("N:1").expect("it is right");
    assert!(now.view().time().is_unset());
}

#[test]
fn what_the_daemon_takes_for_something_else_is_an_error() {
    for (index, (type_, text, taken_for)) in WRONG.iter().enumerate() {
        let read = types().get(type_).expect("a type").parse_values(text);
        assert!(read.is_err(), "{text}: {read:?}");
        let written = format!("h/wrong/{type_}/{index} {taken_for}");
        assert_eq!(RUN.0.log.contains(&written), !taken_for.is_empty(), "{text}: {}", RUN.0.log);
    }
}

#[test]
fn rates_are_those_of_the_value_cache() {
    for ([old, new], answer) in STEPS.iter().zip(&RUN.1) {
        let answer: f64 = answer.trim().strip_prefix("value=").expect("one value").trim().parse().expect("a number");
        let set = types().get(new.kind().name()).expect("a type of that name").clone();
        let rate = new.rate_since(*old, Interval::from_secs(10)).expect("time has passed");
        // The cache has NaN for what is beyond the limits of the type, and shows six digits behind the point.
        let source = &set.sources()[0];
        let is_within = source.min.is_none_or(|min| rate >= min) && source.max.is_none_or(|max| rate <= max);
        let is_same = if is_within { (answer - rate).abs() <= rate.abs() * 1e-6 } else { answer.is_nan() };
        assert!(is_same, "{old:?} to {new:?}: {rate}, the daemon says {answer}");
    }
}
