//! What a write callback sees.

use crate::support::{session, statuses, texts};

#[test]
fn every_kind_of_value_and_meta_data_can_be_seen() {
    let mut session = session("consumer", "AllMeta true");
    let command = "write h/p-i/mixed-t cdtime:1500 cdtime:1 18446744073709551615,-0.5,-9223372036854775808,1 \
                   meta:s=s:text meta:i=i:-7 meta:u=u:7 meta:d=d:0.25 meta:b=b:true";
    let events = session.run(command);
    assert_eq!(
        texts(&events),
        ["consumer plugin: wrote [0] h/p-i/mixed/t [(0, 18446744073709551615), (1, -0.5), (2, -9223372036854775808), \
          (3, 1)] time 1500 interval 0.000000001 s \
          all [(\"s\", String(\"text\")), (\"i\", Signed(-7)), (\"u\", Unsigned(7)), (\"d\", Double(0.25)), \
          (\"b\", Boolean(true))]"]
    );
}

#[test]
fn a_name_that_is_not_utf_8_does_not_hide_the_value() {
    let mut session = session("consumer", "");
    let events = session.run(r#"write h/p/gauge 1 10 5 host="caf\xe9" type_instance="a\xffb""#);
    assert_eq!(statuses(&events, "write"), [0]);
    let text = texts(&events).concat();
    assert!(text.starts_with(r"consumer plugin: wrote [1] caf\xe9/p/gauge/a\xffb [(1, 5.0)]"), "{text}");
}

/// Who writes to one writer directly is not held to types.db by the daemon.
#[test]
fn what_does_not_fit_the_type_is_seen_as_far_as_it_does() {
    let mut session = session("consumer", "");
    for (values, seen) in [("1,2", "[(1, 1.0), (1, 2.0)]"), ("1,2,3,4", "[(1, 1.0), (1, 2.0), (1, 3.0)]"), ("-", "[]")]
    {
        let events = session.run(&format!("write h/p/load 1 10 {values}"));
        assert_eq!(statuses(&events, "write"), [0]);
        let text = texts(&events).concat();
        assert!(text.starts_with(&format!("consumer plugin: wrote [1] h/p/load {seen} time")), "{text}");
    }
}

#[test]
fn rates_are_those_of_the_value_at_hand() {
    let mut session = session("consumer", "Rates true");
    session.run("writers 1");
    for (time, value, rates) in [(100, 1000, "[NaN]"), (110, 1500, "[50.0]"), (120, 1500, "[0.0]")] {
        let mut events = session.run(&format!("dispatch h/p-i/derive-t {time} 10 {value}"));
        events.extend(session.run("wait"));
        let text = texts(&events).concat();
        assert!(text.ends_with(&format!(" rates Some({rates})")), "{text}");
    }
    // A write that does not come through the cache.
    let text = texts(&session.run("write h/p/derive 1 10 5")).concat();
    assert!(text.ends_with(" rates None"), "{text}");
}

#[test]
fn values_of_an_unknown_kind_count_as_absolute() {
    let mut session = session("consumer", "");
    session.run("type odd a:GAUGE:0:U b:UNKNOWN:0:U");
    let events = session.run("write h/p/odd 1 10 bits:0,bits:7");
    assert_eq!(statuses(&events, "write"), [0]);
    let [told] = &texts(&events)[..] else { panic!("{events:?}") };
    assert!(told.contains("odd [(1, 0.0), (3, 7)]"), "{told}");
}
