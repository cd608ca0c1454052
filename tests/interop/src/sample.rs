//! What is sent, the same to all peers.

use collectd_net::{Meta, Notification, Severity};
use collectd_types::{Identifier, Kind, Name, Time, Value};

use crate::list::List;

/// Types that the sample has besides those of the stock types.db.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn types_db() -> String {
    let wide: Vec<_> = (0..WIDE).map(|index| format!("v{index}:GAUGE:U:U")).collect();
    let mixed = "g:GAUGE:U:U, d:DERIVE:U:U, c:COUNTER:U:U";
    let wide = wide.join(", ");
    format!("interop_three\t{mixed}\ninterop_all\t{mixed}, a:ABSOLUTE:U:U\ninterop_wide\t{wide}\n")
}

/// The most that a line of types.db can have.
const WIDE: u16 = 63;

/// 2025-06-06; times are exact as 2⁻³⁰ s, doubles and nanoseconds, so that every peer can give them back.
const START: u64 = 1_749_238_000 << 30;
const TICK: u64 = 1 << 21;
const TEN_SECONDS: u64 = 10 << 30;

/// Value lists that every peer should take: names of at most 63 bytes, values of every kind, and many lists in which
/// one thing changes.
#[must_use]
pub fn lists() -> Vec<List> {
    let mut lists = singles();
    lists.extend(several());
    lists.extend(names());
    lists.extend(deltas(300));
    one_after_the_other(lists)
}

/// Enough for more packets than are taken from a socket and decrypted at once, which is 64, but not for more than a
/// receive buffer of the usual size holds.
#[must_use]
pub fn many_lists() -> Vec<List> {
    one_after_the_other(deltas(2600))
}

fn one_after_the_other(mut lists: Vec<List>) -> Vec<List> {
    for (index, list) in lists.iter_mut().enumerate() {
        // Some have the same, as those of one read callback.
        list.time = START + (index as u64 / 5) * TICK;
    }
    lists
}

/// The same for peers that do not know absolute values.
#[must_use]
pub fn lists_without_absolutes() -> Vec<List> {
    lists().into_iter().filter(|list| !list.has(Kind::Absolute)).collect()
}

/// The same for the unixsock plugin, which reads commands of at most 1,023 bytes.
#[must_use]
pub fn lists_for_commands() -> Vec<List> {
    lists().into_iter().filter(|list| list.values.len() < 40).collect()
}

/// Names as long as they get, and times and intervals of every resolution; the daemon takes them, others do not.
#[must_use]
pub fn limits() -> Vec<List> {
    let long = |letter: &str| letter.repeat(127);
    let mut lists: Vec<_> = (0..3)
        .map(|place| {
            let mut list = list(&format!("long{place}"), Value::Gauge(1.5));
            list.names[[0, 1, 2][place]] = long(["h", "p", "i"][place]);
            list
        })
        .collect();
    let mut all = list("", Value::Derive(-7));
    let ends_in_two_bytes = "x".repeat(125) + "ü";
    all.names = [long("H"), long("P"), ends_in_two_bytes, "derive".into(), long("T")];
    lists.push(all);
    // Not to be told from an instance where names are written as one.
    let mut dashed = list("", Value::Absolute(7));
    dashed.names[1] = "a-b-c".to_owned();
    lists.push(dashed);
    for (index, fraction) in [1, 0x3fff_ffff, 0x2aaa_aaab].into_iter().enumerate() {
        let mut list = list(&format!("fine{index}"), Value::Counter(1));
        (list.time, list.interval) = (START + fraction, TEN_SECONDS + fraction);
        lists.push(list);
    }
    lists
}

/// Notifications of each severity, with and without names.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn notifications() -> Vec<Notification> {
    let name = |name: &str| Name::new(name).expect("it is short");
    let full = |type_instance| Identifier {
        host: name("größe"),
        plugin: name("load"),
        plugin_instance: name("a b"),
        type_: name("gauge"),
        type_instance: name(type_instance),
    };
    let only_host = Identifier { host: name("lonely"), ..Identifier::default() };
    let long = "0123456789abcde ".repeat(15) + "to the last one";
    [
        (Severity::Failure, full("one"), "100 % of %s is \"gone\" ☹"),
        (Severity::Warning, full(""), "w"),
        (Severity::Okay, only_host, &long),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (severity, identifier, message))| Notification {
        time: Time::from_raw(START + index as u64 * TICK),
        severity,
        identifier,
        message: message.into(),
        meta: Meta::new(),
    })
    .collect()
}

fn list(instance: &str, value: Value) -> List {
    let names = ["sample", "values", "", value.kind().name(), instance].map(str::to_owned);
    List { names, time: START, interval: TEN_SECONDS, values: vec![(value.kind().code(), value.to_bits())] }
}

/// Each kind at its limits.
fn singles() -> Vec<List> {
    let gauges = [
        0.0,
        -0.0,
        1.5,
        0.1,
        -std::f64::consts::PI,
        5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::MIN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let unsigned = [0, 1, (1 << 53) + 1, 1 << 63, u64::MAX];
    let derives = [0, 1, -1, (1 << 53) + 1, i64::MIN, i64::MAX];
    let values = (gauges.map(Value::Gauge).into_iter())
        .chain(derives.map(Value::Derive))
        .chain(unsigned.map(Value::Counter))
        .chain(unsigned.map(Value::Absolute));
    values.enumerate().map(|(index, value)| list(&format!("single{index}"), value)).collect()
}

/// Several values in one list.
fn several() -> Vec<List> {
    let of = |type_: &str, values: &[Value]| {
        let mut list = list("", values[0]);
        list.names[3] = type_.to_owned();
        list.values = values.iter().map(|value| (value.kind().code(), value.to_bits())).collect();
        list
    };
    let (gauge, derive, counter) = (Value::Gauge(0.1), Value::Derive(i64::MIN), Value::Counter(u64::MAX));
    let wide: Vec<_> = (0..WIDE).map(|index| Value::Gauge(f64::from(index) / 7.0)).collect();
    vec![
        of("if_octets", &[Value::Derive(i64::MAX), Value::Derive(-1)]),
        of("load", &[0.1, f64::NAN, 5000.0].map(Value::Gauge)),
        of("interop_three", &[gauge, derive, counter]),
        of("interop_all", &[gauge, derive, counter, Value::Absolute(1 << 63)]),
        of("interop_wide", &wide),
    ]
}

/// What is allowed in names, but for a slash, which the daemon replaces, and 127 bytes.
fn names() -> Vec<List> {
    let longest = "x".repeat(63);
    let all = [
        ["größe", "naïve ζ☃", "", "gauge", "日本-語"],
        ["host with blank", "a\"b\\c", "%s%n", "gauge", "#!$&'()*+,;<=>?@[]^`{|}~"],
        [&longest, &longest, &longest, "gauge", &longest],
        ["h", "p", "", "gauge", ""],
    ];
    let mut lists = Vec::new();
    for names in all {
        let mut list = list("", Value::Gauge(1.0));
        list.names = names.map(str::to_owned);
        lists.push(list);
    }
    lists
}

/// Enough for several packets; from one to the next this and that changes, or becomes empty.
fn deltas(count: u32) -> Vec<List> {
    (0..count)
        .map(|index| {
            let value = match index % 3 {
                0 => Value::Gauge(f64::from(index) / 3.0),
                1 => Value::Derive(-i64::from(index)),
                _ => Value::Counter(u64::from(index) << 40),
            };
            let mut list = list(&format!("{}", index / 2 % 40), value);
            let either =
                |one: &str, two: &str, every: u32| if (index / every).is_multiple_of(2) { one } else { two }.to_owned();
            list.names[0] = either("alpha", "beta.example.org", 31);
            list.names[1] = either("delta", "deltas", 7);
            list.names[2] = either("", "0", 5);
            if index.is_multiple_of(11) {
                list.names[4] = String::new();
            }
            list.interval = if (index / 13).is_multiple_of(2) { TEN_SECONDS } else { 1 << 29 };
            list
        })
        .collect()
}
