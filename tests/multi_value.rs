//! Several values with one time, and their percentages.

use collectd::prelude::*;
use collectd::{Interval, MultiValue, options};
use collectd_test_host::{Event, Host};

fn memory() -> MultiValue {
    let template = Values::new("memory").plugin("test").plugin_instance("i").type_instance("x").gauge(9.0);
    MultiValue::new(template)
}

fn dispatched(host: &Host) -> Vec<Event> {
    host.take().into_iter().filter(|event| event.kind() == "dispatch").collect()
}

fn shares(host: &Host) -> Vec<(String, f64)> {
    let events = dispatched(host);
    assert!(events.iter().all(|event| event.is("dispatch", &[("type", "percent"), ("plugin_instance", "i")])));
    events.iter().map(|event| (event.text("type_instance").to_owned(), f64::from_bits(event.values()[0]))).collect()
}

#[test]
fn all_parts_have_one_time() {
    let host = Host::lock();
    memory().gauge("used", 30.0).gauge("free", 10.0).dispatch().expect("nothing is wrong");
    let events = dispatched(&host);
    let seen: Vec<_> = events.iter().map(|event| (event.text("type_instance"), event.values())).collect();
    assert_eq!(seen, [("used", vec![30f64.to_bits()]), ("free", vec![10f64.to_bits()])]);
    assert!(events.iter().all(|event| event.text("type") == "memory"));
    let times: Vec<u64> = events.iter().map(|event| event.number("time")).collect();
    assert!(times[0] > 1 << 60 && times[0] == times[1], "{times:?}");
}

#[test]
fn percentages_are_those_of_the_known_parts() {
    let host = Host::lock();
    let parts = memory().gauge("used", 30.0).gauge("odd", f64::NAN).gauge("free", 10.0);
    parts.dispatch_percentages().expect("nothing is wrong");
    let seen = shares(&host);
    assert_eq!((seen[0].clone(), seen[2].clone()), (("used".to_owned(), 75.0), ("free".to_owned(), 25.0)));
    assert!(seen[1].1.is_nan());

    memory().derive("a", 3).derive("b", 1).dispatch_percentages().expect("nothing is wrong");
    assert_eq!(shares(&host), [("a".to_owned(), 75.0), ("b".to_owned(), 25.0)]);
}

#[test]
fn nothing_has_no_share() {
    let host = Host::lock();
    memory().gauge("used", 0.0).gauge("free", 0.0).dispatch_percentages().expect("nothing is wrong");
    let seen = shares(&host);
    assert!(seen.len() == 2 && seen.iter().all(|(_, share)| share.is_nan()), "{seen:?}");
}

#[test]
fn one_wrong_part_does_not_stop_the_others() {
    let host = Host::lock();
    let error = memory().gauge("a\0", 1.0).derive("b", 1).gauge("c", 2.0).dispatch().expect_err("two are wrong");
    assert!(error.to_string().starts_with("type instance cannot be used"), "{error}");
    assert_eq!(dispatched(&host).len(), 1);
}

#[test]
fn global_options_can_be_read() {
    let host = Host::lock();
    assert_eq!(options::interval(), Interval::UNSET);
    host.run("set Interval 2.5");
    host.run("set Timeout 7");
    host.run("set MaxReadInterval 100");
    assert_eq!((options::interval().as_secs_f64(), options::timeout()), (2.5, 7));
    assert_eq!(options::get("maxreadinterval").as_deref(), Some("100"));
    assert_eq!((options::number("MaxReadInterval"), options::number("Nonsense")), (Some(100.0), None));
    assert_eq!((options::get("Nonsense"), options::get("a\0b")), (None, None));
}
