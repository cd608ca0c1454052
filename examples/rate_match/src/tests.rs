//! The match in a daemon inside the test.

use std::time::Duration;

use collectd_testing::Host;

use super::*;

fn start(config: &str) -> Host {
    let mut host = Host::start(module_register, "");
    host.create_match("rate_match", config).expect("that is its configuration");
    host
}

fn octets(rx: i64, tx: i64) -> Values {
    Values::new("if_octets").host("h").plugin("p").derives([rx, tx])
}

/// Whether the match applies once the cache has this, a second after what it had before.
fn after(host: &mut Host, rx: i64, tx: i64) -> bool {
    host.advance(Duration::from_secs(1));
    let values = octets(rx, tx).time(host.now()).interval(Duration::from_secs(1));
    host.dispatch(&values);
    host.matches("rate_match", &values)
}

#[test]
fn all_or_any_of_the_rates_have_to_be_within() {
    for (satisfy, expected) in [("All", [false, true, false, false]), ("Any", [false, true, true, false])] {
        let mut host = start(&format!("Min 10\nMax 20\nSatisfy \"{satisfy}\""));
        // The first value has no rate; then 15 and 20, 9 and 10, 9 and 21.
        let steps = [(100, 100), (115, 120), (124, 130), (133, 151)];
        assert_eq!(steps.map(|(rx, tx)| after(&mut host, rx, tx)), expected, "{satisfy}");
        host.shutdown();
    }
}

#[test]
fn what_is_outside_matches_if_inverted() {
    let mut host = start("Min 10\nMax 20\nInvert true\nSatisfy \"Any\"");
    let steps = [(0, 0), (15, 15), (30, 20)];
    assert_eq!(steps.map(|(rx, tx)| after(&mut host, rx, tx)), [false, false, true]);
    host.shutdown();
}

#[test]
fn data_sources_are_chosen_by_their_names() {
    let mut host = start("Max 10\nDataSource \"RX\"");
    assert_eq!([(0, 0), (5, 1000), (500, 1001)].map(|(rx, tx)| after(&mut host, rx, tx)), [false, true, false]);
    host.shutdown();
    let mut host = start("Max 10\nDataSource \"value\"\nMatchUnknown true");
    assert!(!after(&mut host, 0, 0) && !after(&mut host, 1, 1));
    host.shutdown();
}

#[test]
fn what_has_no_rate_matches_if_asked_for() {
    let mut host = start("Min 10\nMatchUnknown true");
    assert!(after(&mut host, 0, 0));
    assert!(!after(&mut host, 1, 1));
    // Nobody dispatched this.
    assert!(host.matches("rate_match", &octets(1, 1).plugin("other")));
    host.shutdown();
}

#[test]
fn a_gauge_is_its_own_rate() {
    let mut host = start("Min 1");
    for (number, matches) in [(0.5, false), (1.0, true), (f64::NAN, false)] {
        let values = Values::new("gauge").host("h").plugin("p").type_instance(number.to_string()).gauge(number);
        host.dispatch(&values);
        assert_eq!(host.matches("rate_match", &values), matches, "{number}");
    }
    host.shutdown();
}

#[test]
fn mistakes_are_named() {
    for (config, complaint) in [
        ("", "neither Min nor Max is given"),
        ("Min 2\nMax 1", "Min is 2, and Max, which is 1, is less"),
        ("Min \"a\"", "Min: \"a\" is a string, expected a number"),
        ("Min 1\nSatisfy \"Some\"", "Satisfy: "),
        ("Min 1\nMaximum 1", "unknown field \"Maximum\""),
    ] {
        let mut host = Host::start(module_register, "");
        let failed = host.create_match("rate_match", config).expect_err(config).to_string();
        assert!(failed.contains(complaint), "{failed}");
        host.shutdown();
    }
}
