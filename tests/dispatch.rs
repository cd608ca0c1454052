//! What the daemon would only log and drop is an error that names the field, and nothing of it reaches the daemon.

use std::time::{Duration, SystemTime};

use collectd::{
    CheckError, Dispatch, DispatchError, Field, FieldError, Interval, Kind, Name, NameError, Problem, Time, TimeError,
};
use collectd::{Value, Values};
use collectd_test_host::{Event, Host, Meta};

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn gauge() -> Values {
    Values::new("gauge").plugin("test").gauge(1.0)
}

#[track_caller]
fn assert_refused(values: &Values, expected: &DispatchError, text: &str) {
    let host = Host::lock();
    let error = values.dispatch().expect_err("the daemon would drop it");
    assert_eq!(error, *expected);
    assert_eq!(error.to_string(), text);
    let events = host.run("stats");
    assert!(!events.iter().any(|event| event.kind() == "dispatch"), "{events:#?}");
    let stats = events.iter().find(|event| event.kind() == "stats").expect("stats");
    assert_eq!(stats.text("meta_created"), stats.text("meta_destroyed"), "{stats:?}");
}

#[track_caller]
fn dispatched(values: &Values) -> Event {
    let host = Host::lock();
    values.dispatch().expect("nothing is wrong with it");
    let events = host.take();
    let mut dispatched = events.into_iter().filter(|event| event.kind() == "dispatch");
    let event = dispatched.next().expect("a value list");
    assert_eq!(dispatched.next(), None);
    event
}

#[test]
fn unknown_types() {
    assert_refused(
        &Values::new("no_such_type").plugin("test").gauge(1.0),
        &DispatchError::Check(CheckError::UnknownType { type_: name("no_such_type") }),
        "type \"no_such_type\" is not in types.db",
    );
}

#[test]
fn wrong_numbers_of_values() {
    let count = |type_, expected, got| DispatchError::Check(CheckError::Count { type_: name(type_), expected, got });
    let load = || Values::new("load").plugin("test");
    assert_refused(&Values::new("gauge").plugin("test"), &count("gauge", 1, 0), "type \"gauge\" has 1 values, not 0");
    assert_refused(&load().gauges([1.0, 2.0]), &count("load", 3, 2), "type \"load\" has 3 values, not 2");
    assert_refused(&load().gauges([0.0; 40]), &count("load", 3, 40), "type \"load\" has 3 values, not 40");
}

#[test]
fn wrong_kinds() {
    let kinds = [
        (Kind::Counter, Value::Counter(1)),
        (Kind::Gauge, Value::Gauge(1.0)),
        (Kind::Derive, Value::Derive(1)),
        (Kind::Absolute, Value::Absolute(1)),
    ];
    let types =
        [("counter", Kind::Counter), ("gauge", Kind::Gauge), ("derive", Kind::Derive), ("absolute", Kind::Absolute)];
    for (type_, expected) in types {
        for (got, value) in kinds {
            let values = Values::new(type_).plugin("test").value(value);
            if got == expected {
                assert_eq!(dispatched(&values).values(), [value.to_bits()]);
                continue;
            }
            let (type_, data_source) = (name(type_), name("value"));
            let text = format!("\"value\" of type \"{type_}\" is a {expected}, not a {got}");
            assert_refused(
                &values,
                &DispatchError::Check(CheckError::Kind { type_, data_source, expected, got }),
                &text,
            );
        }
    }
    let values = Values::new("if_octets").plugin("test").derive(1).gauge(2.0);
    let (type_, data_source) = (name("if_octets"), name("tx"));
    let error = DispatchError::Check(CheckError::Kind { type_, data_source, expected: Kind::Derive, got: Kind::Gauge });
    assert_refused(&values, &error, "\"tx\" of type \"if_octets\" is a derive, not a gauge");
}

/// Who passes on what others have measured need not have the same types.db as they.
#[test]
fn whole_numbers_of_others_are_of_any_whole_kind() {
    let host = Host::lock();
    let others = |type_: &str, value: Value| Values::new(type_).plugin("test").values([value]).view().dispatch();
    for (type_, value) in
        [("derive", Value::Counter(u64::MAX)), ("counter", Value::Derive(-1)), ("absolute", Value::Counter(7))]
    {
        others(type_, value).expect("as good as another");
        let events = host.take();
        let event = events.iter().find(|event| event.kind() == "dispatch").expect("a value list");
        assert_eq!(event.values(), [value.to_bits()], "{event:?}");
    }
    for (type_, value) in [("gauge", Value::Derive(1)), ("derive", Value::Gauge(1.0))] {
        let error = others(type_, value).expect_err("the bits mean something else");
        assert!(matches!(error, DispatchError::Check(CheckError::Kind { .. })), "{error}");
    }
}

#[test]
fn names_that_must_be_there() {
    let empty = |field| DispatchError::Field(FieldError::new(field, Problem::Empty));
    let values = Values::new("").plugin("test").gauge(1.0);
    assert_refused(&values, &empty(Field::Type), "type cannot be used: it is empty");
    // No plugin works on this thread.
    let values = Values::new("gauge").gauge(1.0);
    assert_refused(&values, &empty(Field::Plugin), "plugin cannot be used: it is empty");
}

type Setter = fn(Values, &str) -> Values;

#[test]
fn names_that_the_daemon_cannot_hold() {
    let setters: [(Field, Setter); 5] = [
        (Field::Host, |values, name| values.host(name)),
        (Field::Plugin, |values, name| values.plugin(name)),
        (Field::PluginInstance, |values, name| values.plugin_instance(name)),
        (Field::Type, |values, name| values.type_(name)),
        (Field::TypeInstance, |values, name| values.type_instance(name)),
    ];
    for (field, set) in setters {
        let nul = NameError::Nul(1);
        let error = DispatchError::Field(FieldError::new(field, nul));
        let text = format!("{field} cannot be used: it has a NUL byte at position 1");
        assert_refused(&set(gauge(), "a\0b"), &error, &text);

        let host = Host::lock();
        let error = set(gauge(), &"x".repeat(128)).dispatch().expect_err("too long").to_string();
        assert!(error.starts_with(&format!("{field} cannot be used: ")) && error.contains("128"), "{error}");
        assert!(host.take().is_empty());
    }
}

#[test]
fn longest_names_arrive_whole() {
    let long = |letter: &str| letter.repeat(127);
    let values = gauge().host(long("h")).plugin(long("p")).plugin_instance(long("i")).type_instance("\u{e9}\u{e9}");
    let event = dispatched(&values);
    for (field, letter) in [("host", "h"), ("plugin", "p"), ("plugin_instance", "i")] {
        assert_eq!(event.text(field), long(letter));
    }
    assert_eq!(event.text("type_instance"), "\u{e9}\u{e9}");
}

#[test]
fn times_that_the_daemon_cannot_count() {
    let field = |field, problem: TimeError| DispatchError::Field(FieldError::new(field, problem));
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
    assert_refused(
        &gauge().time(before),
        &field(Field::Time, TimeError::BeforeEpoch),
        "time cannot be used: it is before 1970",
    );
    let late = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 34);
    assert_refused(
        &gauge().time(late),
        &field(Field::Time, TimeError::TooLarge),
        "time cannot be used: it is beyond 2^34 seconds",
    );
    assert_refused(
        &gauge().interval(Duration::MAX),
        &field(Field::Interval, TimeError::TooLarge),
        "interval cannot be used: it is beyond 2^34 seconds",
    );
    let event = dispatched(&gauge().time(Time::from_raw(u64::MAX)).interval(Interval::from_raw(1)));
    assert_eq!((event.number::<u64>("time"), event.number::<u64>("interval")), (u64::MAX, 1));
}

#[test]
fn meta_data_with_a_nul() {
    for (key, text) in [("a\0b", "text"), ("key", "te\0xt")] {
        let error = DispatchError::MetaNul { key: key.to_owned() };
        let shown = format!("meta data {key:?} has a NUL byte");
        assert_refused(&gauge().meta("first", 1).meta(key, text), &error, &shown);
    }
}

#[test]
fn values_and_meta_data_arrive_bit_by_bit() {
    let nan = f64::from_bits(0x7ff8_dead_beef_0001);
    let values = Values::new("mixed").plugin("test").counter(u64::MAX).gauge(nan).derive(i64::MIN).absolute(1 << 63);
    let values = values.meta("s", "a \u{e9}").meta("i", i64::MIN).meta("u", u64::MAX).meta("d", -0.5).meta("b", true);
    let event = dispatched(&values);
    assert_eq!(event.values(), [u64::MAX, nan.to_bits(), 1 << 63, 1 << 63]);
    let expected = [
        ("s", Meta::Text("a \u{e9}".into())),
        ("i", Meta::Signed(i64::MIN)),
        ("u", Meta::Unsigned(u64::MAX)),
        ("d", Meta::Double(-0.5)),
        ("b", Meta::Boolean(true)),
    ];
    assert_eq!(event.meta(), expected.map(|(key, value)| (key.to_owned(), value)));
    assert_eq!(dispatched(&gauge()).bytes("has_meta"), None);
}

#[test]
fn types_that_are_registered_anew_are_what_they_are_now() {
    let host = Host::lock();
    let list = |value| Values::new("renewed").plugin("test").value(value);
    host.run("type renewed value:GAUGE:U:U");
    // Twice: what a type is gets remembered.
    assert_eq!(list(Value::Gauge(1.0)).dispatch(), Ok(()));
    assert_eq!(list(Value::Gauge(1.0)).dispatch(), Ok(()));
    host.run("type renewed value:DERIVE:U:U");
    assert_eq!(list(Value::Derive(1)).dispatch(), Ok(()));
    let error = list(Value::Counter(1)).dispatch().expect_err("neither then nor now");
    assert_eq!(error.to_string(), "\"value\" of type \"renewed\" is a derive, not a counter");
    let error = list(Value::Derive(1)).derive(2).dispatch().expect_err("one value");
    assert_eq!(error.to_string(), "type \"renewed\" has 1 values, not 2");
}

#[test]
fn types_are_not_remembered_before_all_are_known() {
    let host = Host::lock();
    // The daemon reads its configuration, and its host has no name yet.
    host.run("reset");
    let list = |value| Values::new("early").host("h").plugin("test").value(value);
    host.run("type early value:GAUGE:U:U");
    assert_eq!(list(Value::Gauge(1.0)).dispatch(), Ok(()));
    host.run("type early value:DERIVE:U:U");
    let error = list(Value::Gauge(1.0)).dispatch().expect_err("a later line counts");
    assert_eq!(error.to_string(), "\"value\" of type \"early\" is a derive, not a gauge");
}

#[test]
fn types_of_any_name_and_size_are_known() {
    let host = Host::lock();
    // More than there is room to remember, of which many look much the same; and some that are too long for it.
    for number in 0..600 {
        let (type_, count) = match number % 3 {
            0 => (format!("type_{number}"), 1),
            1 => (format!("{}{number}", "a_long_name_of_a_type_".repeat(3)), 2),
            _ => (format!("wide_{number}"), 9),
        };
        let sources: Vec<_> = (0..count).map(|source| format!("s{source}:GAUGE:U:U")).collect();
        host.run(&format!("type {type_} {}", sources.join(" ")));
        for _ in 0..2 {
            let list = Values::new(&type_).plugin("test").gauges((0..count).map(f64::from));
            assert_eq!(list.dispatch(), Ok(()), "{type_}");
            let error = list.gauge(0.5).dispatch().expect_err("one too many").to_string();
            assert_eq!(error, format!("type \"{type_}\" has {count} values, not {}", count + 1));
        }
    }
}
