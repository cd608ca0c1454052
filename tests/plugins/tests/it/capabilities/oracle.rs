//! Functions that the daemon has for its plugins, called in the daemon, beside ours: see `tests/c/oracle.c`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use collectd::{Identifier, Kind, RateToValue, Time, Value, ValueToRate};
use collectd_test_daemon::Daemon;

use super::Run;
use super::text::{FINE, types};
use crate::support::{block, c_plugin};

const SECOND: u64 = 1 << 30;

/// Values and times, by which rates come about.
const VALUES: &[(Kind, &[(&str, u64)])] = &[
    (Kind::Counter, &[("4294967290", 10), ("4", 20), ("4", 30), ("18446744073709551615", 40), ("9", 41)]),
    (Kind::Derive, &[("-5", 10), ("-500", 13), ("9223372036854775807", 14), ("-9223372036854775808", 16)]),
    (Kind::Absolute, &[("7", 10), ("7", 13), ("0", 14)]),
    (Kind::Gauge, &[("1.5", 10), ("nan", 13), ("-1e300", 14)]),
    // The time stands still, and runs backwards.
    (Kind::Derive, &[("1", 10), ("2", 10), ("3", 20), ("9", 30), ("10", 29), ("11", 31), ("12", 32)]),
    (Kind::Counter, &[("1", 0), ("2", 10), ("4", 20)]),
];

/// Rates and times, by which values come about.
const RATES: &[(Kind, &[(&str, u64)])] = &[
    (Kind::Derive, &[("0.75", 10), ("0.75", 11), ("0.75", 12), ("-2.5", 20), ("1e10", 21), ("-0.1", 24)]),
    (Kind::Counter, &[("1.9", 10), ("1.9", 11), ("1.9", 12), ("-1", 13), ("5", 14), ("5", 15)]),
    (Kind::Absolute, &[("1.9", 10), ("1.9", 11), ("1.9", 12), ("0.4", 13), ("0.4", 14)]),
    (Kind::Gauge, &[("1.5", 10), ("-1.5", 10)]),
    (Kind::Derive, &[("5", 10), ("5", 10), ("5", 20), ("5", 30)]),
];

const TIMES: &[u64] = &[
    0,
    1,
    SECOND - 1,
    SECOND,
    951_782_400 * SECOND + 12_345_678,
    1_700_000_000 * SECOND + SECOND / 2,
    4_107_542_400 * SECOND,
    u64::MAX >> 1,
    u64::MAX,
];

const IDENTIFIERS: &[&str] = &["h/p/t", "h/p-a-b/t-c-d", "h/p/t-a/b", "h/df-/t-", "h/p", "h"];

/// The answers, in the order of the questions.
static ANSWERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut questions = String::new();
    for (type_, text) in FINE {
        let _ = writeln!(questions, "Format \"{type_}\" \"{text}\"");
    }
    for (question, lines) in [("ValueToRate", VALUES), ("RateToValue", RATES)] {
        for (kind, steps) in lines {
            let _ = write!(questions, "{question} \"{kind}\"");
            for (number, second) in *steps {
                let _ = write!(questions, " \"{number}\" \"{}\"", second * SECOND);
            }
            questions += "\n";
        }
    }
    for time in TIMES {
        let _ = writeln!(questions, "Time \"{time}\"");
    }
    for identifier in IDENTIFIERS {
        let _ = writeln!(questions, "Identifier \"{identifier}\"");
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let daemon =
        Daemon::builder().load_so(c_plugin("oracle", directory.path()), "oracle").conf(&block("oracle", &questions));
    let run = Run::of(daemon.start());
    let count = questions.lines().count();
    (0..count).map(|number| run.first(&format!("] oracle {number}: ")).to_owned()).collect()
});

fn answers(skip: &[usize], count: usize) -> &'static [String] {
    &ANSWERS[skip.iter().sum()..][..count]
}

#[test]
fn values_are_written_as_the_daemon_writes_them() {
    let types = types();
    for ((type_, text), answer) in FINE.iter().zip(answers(&[], FINE.len())) {
        let values = types.get(type_).expect("a type").parse_values(text).expect("it is right");
        assert_eq!(values.view().putval().to_string(), *answer, "{text}");
    }
}

#[test]
fn values_become_rates_as_in_the_daemon() {
    for ((kind, steps), answer) in VALUES.iter().zip(answers(&[FINE.len()], VALUES.len())) {
        let mut state = ValueToRate::new();
        let ours = steps.iter().map(|(number, second)| {
            let rate = state.rate(kind.parse(number).expect("a number"), Time::from_secs(*second));
            rate.map_or("none".to_owned(), |rate| format!("{:x}", rate.to_bits()))
        });
        assert_eq!(ours.collect::<Vec<_>>().join(" "), answer.trim(), "{kind} {steps:?}");
    }
}

#[test]
fn rates_become_values_as_in_the_daemon() {
    for ((kind, steps), answer) in RATES.iter().zip(answers(&[FINE.len(), VALUES.len()], RATES.len())) {
        let mut state = RateToValue::new(*kind);
        let ours = steps.iter().map(|(rate, second)| {
            match state.value(rate.parse().expect("a number"), Time::from_secs(*second)) {
                None => "none".to_owned(),
                Some(Value::Gauge(gauge)) => format!("{:x}", gauge.to_bits()),
                Some(value) => value.to_string(),
            }
        });
        assert_eq!(ours.collect::<Vec<_>>().join(" "), answer.trim(), "{kind} {steps:?}");
    }
}

#[test]
fn times_are_shown_as_the_daemon_shows_them() {
    for (&time, answer) in TIMES.iter().zip(answers(&[FINE.len(), VALUES.len(), RATES.len()], TIMES.len())) {
        let shown = Time::from_raw(time).rfc3339();
        assert_eq!(format!("{shown} {shown:.9}"), *answer, "{time}");
    }
}

#[test]
fn identifiers_are_read_and_written_as_by_the_daemon() {
    let before = [FINE.len(), VALUES.len(), RATES.len(), TIMES.len()];
    for (text, answer) in IDENTIFIERS.iter().zip(answers(&before, IDENTIFIERS.len())) {
        let ours = match text.parse::<Identifier>() {
            Ok(identifier) => {
                let names = identifier.view().names().map(|name| name.to_string());
                format!("{} {identifier}", names.join("|"))
            }
            Err(_) => "refused".to_owned(),
        };
        assert_eq!(ours, *answer, "{text}");
    }
}
