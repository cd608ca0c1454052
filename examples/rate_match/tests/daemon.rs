//! The match in the real daemon, whose csv plugin writes what matches.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, cargo_build, wait_until};

const PATIENCE: Duration = Duration::from_secs(60);

fn so() -> PathBuf {
    cargo_build::cdylib("collectd-example-rate-match")
}

/// A daemon that writes what matches, and what has the type instance `end`.
fn matching(config: &str) -> Builder {
    let chain = format!(
        "<Chain \"PostCache\">\n<Rule>\n<Match \"rate_match\">\n{config}\n</Match>\nTarget \"write\"\n</Rule>\n\
         <Rule>\n<Match \"regex\">\nTypeInstance \"^end$\"\n</Match>\nTarget \"write\"\n</Rule>\n\
         Target \"stop\"\n</Chain>\nPostCacheChain \"PostCache\""
    );
    let builder = Daemon::builder().load("csv").load("unixsock").write_threads(1).load("match_regex");
    builder.load_so(so(), "rate_match").conf(&chain)
}

/// The times of what was written of these value lists, put in with these times and values.
fn written(config: &str, name: &str, values: &[(u32, &str)]) -> BTreeSet<u32> {
    let mut daemon = matching(config).start();
    for (second, value) in values {
        daemon.putval(&format!("h/p/{name}"), "interval=10", &format!("{}:{value}", START + second));
    }
    // One thread writes, and this comes last.
    daemon.putval("h/p/gauge-end", "interval=10", "N:1");
    wait_until("the last value", PATIENCE, || daemon.csv_rows().contains_key("h/p/gauge-end").then_some(()));
    let rows = daemon.csv_rows().remove(&format!("h/p/{name}")).unwrap_or_default();
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(!daemon.log().contains("[error] rate_match"), "{}", daemon.log());
    let second = |time: &str| time.split('.').next().and_then(|time| time.parse::<u32>().ok()).expect("seconds");
    rows.iter().map(|(time, _)| second(time) - START).collect()
}

/// In 2025: the daemon has nothing against the past.
const START: u32 = 1_749_238_000;

#[test]
fn derives_and_counters_match_by_their_rates() {
    // 10, 100, 0 and 1 a second.
    let derives = [(0, "1000"), (10, "1100"), (20, "2100"), (30, "2100"), (40, "2110")];
    assert_eq!(written("Min 1\nMax 10", "derive", &derives), BTreeSet::from([10, 40]));
    // What is unknown does not match either way.
    assert_eq!(written("Min 1\nMax 10\nInvert true", "derive", &derives), BTreeSet::from([20, 30]));
    assert_eq!(written("Min 50\nMatchUnknown true", "derive", &derives), BTreeSet::from([0, 20]));
    // Past its 32 bits a counter goes on at 0.
    let counters = [(0, "4294967290"), (10, "4"), (20, "4")];
    assert_eq!(written("Min 0.9\nMax 1.1", "counter", &counters), BTreeSet::from([10]));
}

#[test]
fn one_or_all_data_sources_have_to_match() {
    let octets = [(0, "0:0"), (10, "100:100"), (20, "200:10100"), (30, "10200:20100")];
    assert_eq!(written("Max 100", "if_octets", &octets), BTreeSet::from([10]));
    assert_eq!(written("Max 100\nSatisfy \"Any\"", "if_octets", &octets), BTreeSet::from([10, 20]));
    assert_eq!(written("Max 100\nDataSource \"rx\"", "if_octets", &octets), BTreeSet::from([10, 20]));
}

/// What README.md says of gauges, absolutes and of the other chain.
#[test]
fn other_kinds_have_rates_too() {
    assert_eq!(written("Min 2", "gauge", &[(0, "1.5"), (10, "2"), (20, "U"), (30, "3")]), BTreeSet::from([10, 30]));
    assert_eq!(written("Min 2", "absolute", &[(0, "20"), (10, "19")]), BTreeSet::from([0]));
}

#[test]
fn the_start_stops_at_a_mistake() {
    let output = matching("Satisfy \"Any\"").check_start_fails();
    assert!(output.contains("neither Min nor Max is given"), "{output}");
    let output = matching("Min 1\nSatisfy \"Most\"").check_start_fails();
    assert!(output.contains("Satisfy: ") && output.contains("Most"), "{output}");
}

/// The configuration beside the code, but for its paths.
#[test]
fn the_example_is_one() {
    let conf = include_str!("../rate_match.conf");
    let conf: String =
        conf.lines().filter(|line| !line.starts_with("LoadPlugin")).map(|line| format!("{line}\n")).collect();
    let builder = Daemon::builder().load("interface").load("csv").load("match_regex").load_so(so(), "rate_match");
    let outcome = builder.conf(&conf).run_once();
    let bad = |line: &&str| ["[error]", "[warning]"].iter().any(|level| line.starts_with(level));
    let complaints: Vec<_> = outcome.output.lines().filter(bad).collect();
    assert!(outcome.status.success(), "{}", outcome.output);
    // `-T` does not wait for its write threads.
    assert!(complaints.iter().all(|line| line.contains("left after shutting down")), "{complaints:#?}");
}
