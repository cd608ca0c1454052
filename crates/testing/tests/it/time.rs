//! The daemon's clock.

use std::time::Duration;

use collectd::{Time, Values};
use collectd_testing::{Callback, Happening, Host, host};

use crate::plugins::{Diary, Meter};

fn seconds(host: &mut Host) -> Vec<u64> {
    let seconds = host.take_values().into_iter().map(|values| values.times().0.as_secs() - 1_000_000_000);
    seconds.collect()
}

#[test]
fn reads_are_called_when_they_are_due() {
    let mut host = host!(Meter: Read).config("Interval 10").start();
    host.advance(Duration::from_secs(9));
    assert_eq!(seconds(&mut host), [0]);
    host.advance(Duration::from_secs(1));
    assert_eq!(seconds(&mut host), [10]);
    host.advance(Duration::from_secs(25));
    assert_eq!(seconds(&mut host), [20, 30]);
    assert_eq!(host.now(), Time::from_secs(1_000_000_035));
    host.read();
    assert_eq!(seconds(&mut host), [35]);
    host.advance(Duration::from_secs(10));
    assert_eq!(seconds(&mut host), [45]);
}

#[test]
fn a_read_that_fails_waits_twice_as_long() {
    let mut host = host!(Meter: Read).config("<Plugin meter>\n  Value -1\n</Plugin>").start();
    assert!(host.try_advance(Duration::from_secs(100)).is_err());
    let reads = host
        .take()
        .into_iter()
        .filter(|happening| matches!(happening, Happening::Called(call) if call.callback == Callback::Read));
    assert_eq!(reads.count(), 3, "after 0, 20 and 60 seconds; the next one after 140");
}

#[test]
fn what_gets_no_values_is_missing_after_the_timeout() {
    let mut host = host!(Diary: Missing).config("Interval 10\nTimeout 3").start();
    host.dispatch(&Values::new("gauge").plugin("old").gauge(1.0));
    host.advance(Duration::from_secs(20));
    host.dispatch(&Values::new("gauge").plugin("new").gauge(1.0));
    host.advance(Duration::from_secs(9));
    assert!(host.take_log().is_empty());
    host.advance(Duration::from_secs(1));
    let missing = |name, time| format!("info: diary plugin: missing fake.example.org/{name}/gauge of {time}");
    let log = |host: &mut Host| host.take_log().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(log(&mut host), [missing("old", 1_000_000_000)]);
    host.advance(Duration::from_secs(60));
    assert_eq!(log(&mut host), [missing("new", 1_000_000_020)], "and only once");
}

#[test]
fn the_clock_starts_where_it_is_told() {
    let mut host = host!(Meter: Read).start_at(Time::from_secs(7)).start();
    host.read();
    assert_eq!(host.take_values()[0].times().0, Time::from_secs(7));
}
