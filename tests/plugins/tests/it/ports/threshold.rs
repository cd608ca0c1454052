//! `threshold_rs` beside `threshold`. Both keep their states in the value cache, so each has a daemon of its own, which
//! get the same value lists. What they tell is heard by `listener`.

use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon};

use super::PATIENCE;
use crate::support::{so, with};

/// The daemons of the original and of the port, with the same configuration.
fn both(config: &str) -> [Builder; 2] {
    let builder = || Daemon::builder().load_so(so("listener"), "listener").load("unixsock").write_threads(1);
    // What a test puts last always leads to a notification.
    let config = format!("{config}\n<Plugin \"last\">\n<Type \"gauge\">\nFailureMax 0\n</Type>\n</Plugin>");
    [
        builder().load("threshold").conf(&format!("<Plugin threshold>\n{config}\n</Plugin>")),
        builder()
            .load_so(so("threshold_rs"), "threshold_rs")
            .conf(&format!("<Plugin threshold_rs>\n{config}\n</Plugin>")),
    ]
}

/// Puts these into a daemon, and returns the notifications.
fn heard(builder: Builder, puts: &[(String, String)]) -> Vec<String> {
    let mut daemon = builder.start();
    for (identifier, value) in puts {
        daemon.putval(identifier, "interval=1000", value);
    }
    daemon.putval("h/last/gauge", "interval=1000", "1749238000:1");
    daemon.wait_log("heard [1749238000] h/last/gauge ", PATIENCE);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let lines = with(&daemon.log(), "listener plugin: heard ");
    lines.into_iter().filter(|line| !line.contains("h/last/gauge")).collect()
}

/// The notifications of the port, which are those of the original.
#[track_caller]
fn same(config: &str, puts: &[(String, String)]) -> Vec<String> {
    let [theirs, ours] = both(config).map(|builder| heard(builder, puts));
    for (at, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
        assert_eq!(theirs, ours, "notification {at}");
    }
    assert_eq!(theirs.len(), ours.len(), "{:#?}", [&theirs, &ours].map(|heard| heard.last()));
    ours
}

/// Limits, each for one metric with one data source.
const LIMITS: [&str; 18] = [
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30",
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30\nPersist true",
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30\nPersist true\nPersistOK true",
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30\nPersistOK true",
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30\nHits 3",
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30\nHits 2\nPersist true\nPersistOK true",
    "WarningMin 10\nWarningMax 20\nHits 1\nPersistOK true",
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30\nHysteresis 3",
    "WarningMin 10\nWarningMax 20\nFailureMin 0\nFailureMax 30\nHysteresis 6\nHits 1\nPersist true",
    "WarningMin 10\nWarningMax 20\nFailureMin 14\nFailureMax 16\nInvert true",
    "WarningMin 10\nWarningMax 20\nFailureMin 14\nFailureMax 16\nInvert true\nHysteresis 2\nPersist true",
    "WarningMin 20\nFailureMin 30\nInvert true",
    "WarningMax 10\nFailureMax 0\nInvert true",
    // Without limits for failures, all values are failures.
    "WarningMin 10\nWarningMax 20\nInvert true\nPersist true",
    "WarningMax 20\nInteresting false",
    "FailureMin 0.00001\nPersist true",
    "FailureMax 50\nPercentage true\nPersist true",
    "Persist true\nPersistOK true",
];

/// Limits for `load`, which has three.
const LOAD_LIMITS: [&str; 6] = [
    "WarningMax 20\nFailureMax 30",
    "DataSource \"midterm\"\nWarningMax 20\nFailureMax 30\nPersist true",
    "DataSource \"none\"\nWarningMax 0\nPersist true",
    "WarningMin 20\nFailureMin 10\nPercentage true",
    "DataSource \"longterm\"\nWarningMax 20\nFailureMax 40\nPercentage true\nPersist true\nPersistOK true",
    "WarningMin 20\nWarningMax 30\nFailureMin 28\nFailureMax 29\nPercentage true\nInvert true\nPersist true",
];

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    /// Around the limits, on them, and some that are harder to print.
    fn gauge(&mut self) -> &'static str {
        const GAUGES: [&str; 24] = [
            "-5",
            "-0",
            "0",
            "0.000012345",
            "5",
            "9.5",
            "10",
            "11",
            "12.75",
            "14",
            "15",
            "16",
            "18",
            "20",
            "21",
            "24",
            "25",
            "28",
            "30",
            "31",
            "123456.5",
            "1e30",
            "U",
            "-nan",
        ];
        GAUGES[self.below(GAUGES.len())]
    }
}

#[test]
fn notifications_are_the_originals() {
    let mut numbers = Numbers(1);
    let (mut config, mut puts) = (String::new(), Vec::new());
    for (number, limits) in LIMITS.iter().enumerate() {
        config += &format!("<Type \"gauge\">\nInstance \"{number}\"\n{limits}\n</Type>\n");
    }
    for (number, limits) in LOAD_LIMITS.iter().enumerate() {
        config += &format!("<Plugin \"p\">\nInstance \"{number}\"\n<Type \"load\">\n{limits}\n</Type>\n</Plugin>\n");
    }
    let two = "<Type \"if_octets\">\nDataSource \"rx\"\nWarningMax 5\n</Type>\n\
               <Type \"if_octets\">\nDataSource \"tx\"\nWarningMax 1\nFailureMax 7\nPersist true\n</Type>\n";
    config += two;
    let (mut rx, mut tx) = (0, 0);
    for step in 0..60_u32 {
        // Now and then a value is older than the one before.
        let time = 1_749_238_000 + 10 * step - if numbers.below(12) == 0 { 15 } else { 0 };
        for number in 0..LIMITS.len() {
            puts.push((format!("h/p/gauge-{number}"), format!("{time}:{}", numbers.gauge())));
        }
        for number in 0..LOAD_LIMITS.len() {
            let loads = [0; 3].map(|_| numbers.gauge()).join(":");
            puts.push((format!("h/p-{number}/load"), format!("{time}:{loads}")));
        }
        rx += 10 * numbers.below(8);
        tx += 10 * numbers.below(10);
        puts.push(("h/p/if_octets".to_owned(), format!("{time}:{rx}:{tx}")));
    }
    let heard = same(&config, &puts);
    // Everything that there is to say was said.
    for text in [
        "OKAY: Host h, plugin p type gauge (instance 0): All data sources are within range again. Current value of",
        "WARNING: Host h, plugin p type gauge (instance 0): Data source \"value\" is currently 9.500000. That is below \
         the warning threshold of 10.000000.",
        "above the failure threshold of 30.000000.",
        "That is within the warning region of 10.000000 and 20.000000.",
        "That is within the failure region of 28.000000% and 29.000000%.",
        "That is below the failure threshold of nan.",
        "is currently 1e+30 (100.00%). That is above the failure threshold of 50.00%.",
        "plugin p (instance 4) type load: Data source \"longterm\" is currently",
        "Current value of \"value\" is -nan.",
        "\"DataSource\", String(\"tx\")",
        "(\"FailureMax\", Double(NaN))",
    ] {
        assert!(heard.iter().any(|line| line.contains(text)), "{text} in {heard:#?}");
    }
    assert!(heard.len() > 500, "{}", heard.len());
}

/// Each limit is another one, so that the notification shows which was taken.
#[test]
fn the_most_specific_limits_are_the_originals() {
    let limit = |max: u32| format!("WarningMax {max}");
    let instance = |name: &str, max: u32| format!("<Type \"gauge\">\nInstance \"{name}\"\n{}\n</Type>\n", limit(max));
    let any = |max: u32| format!("<Type \"gauge\">\n{}\n</Type>\n", limit(max));
    let plugin = |instance: &str, types: &str| format!("<Plugin \"p\">\n{instance}{types}</Plugin>\n");
    let block = |from: u32| {
        any(from)
            + &instance("t", from + 1)
            + &plugin("", &(any(from + 2) + &instance("t", from + 3)))
            + &plugin("Instance \"i\"\n", &(any(from + 4) + &instance("t", from + 5)))
    };
    let host = format!("<Host \"h\">\n{}</Host>\n", block(10));
    let mut puts = Vec::new();
    for host in ["h", "other"] {
        for plugin in ["p", "p-i", "p-other", "other", "other-i"] {
            for type_ in ["gauge", "gauge-t", "gauge-other", "counter-t"] {
                puts.push((format!("{host}/{plugin}/{type_}"), "1749238000:99".to_owned()));
            }
        }
    }
    for (config, count) in [
        (block(20), 30),
        (host.clone(), 15),
        (host.clone() + &block(20), 30),
        (block(20) + &host, 30),
        (instance("t", 5), 10),
        (plugin("Instance \"i\"\n", &any(6)) + &any(7), 30),
        (format!("<Host \"h\">\n{}</Host>\n<Host \"h\">\n{}</Host>\n", any(1), instance("t", 2)), 15),
    ] {
        assert_eq!(same(&config, &puts).len(), count, "{config}");
    }
}

#[test]
fn missing_values_are_told_as_by_the_original() {
    let config = "<Type \"gauge\">\nInstance \"a b\"\nWarningMax 5\n</Type>\n\
                  <Type \"gauge\">\nInstance \"bored\"\nWarningMax 5\nInteresting false\n</Type>\n\
                  <Plugin \"p\">\nInstance \"i\"\n<Type \"load\">\nWarningMax 5\nPersist true\n</Type>\n</Plugin>";
    let [theirs, ours] = both(config).map(|builder| {
        let mut daemon = builder.interval(Duration::from_millis(100)).start();
        for round in 1..=2 {
            for (name, value) in [("p/gauge-a b", "N:3"), ("p/gauge-bored", "N:3"), ("p/gauge-other", "N:3")] {
                daemon.putval(&format!("h/{name}"), "interval=0.2", value);
            }
            daemon.putval("h/p-i/load", "interval=0.2", "N:9:9:9");
            for name in ["h/p-i/load", "h/p/gauge-a b"] {
                let needle = format!("FAILURE: {name} has not been updated for ");
                let all = || with(&daemon.log(), &needle).len() >= round;
                collectd_test_daemon::wait_until(&needle, PATIENCE, || all().then_some(()));
            }
            // The one of which nobody speaks is forgotten about the same time.
            let forgotten =
                || !daemon.command("LISTVAL").expect("LISTVAL works").iter().any(|line| line.contains("bored"));
            collectd_test_daemon::wait_until("the end of the last one", PATIENCE, || forgotten().then_some(()));
        }
        assert!(daemon.stop().success(), "{}", daemon.log());
        let mut heard: Vec<_> = with(&daemon.log(), "heard ").iter().map(|line| timeless(line)).collect();
        heard.sort();
        heard
    });
    assert_eq!(theirs, ours);
    // Twice: okay and missing, warning and missing, okay.
    assert_eq!(ours.len(), 10, "{ours:#?}");
}

/// A line without its time, and without the seconds that a metric was missing, which are about half a second.
fn timeless(line: &str) -> String {
    let (_, line) = line.split_once("] heard [").or_else(|| line.split_once("heard [")).expect("a notification");
    let (_, line) = line.split_once("] ").expect("a time");
    match line.split_once(" for ").map(|(start, end)| (start, end.split_once(" seconds."))) {
        Some((start, Some((seconds, end)))) => {
            let decimals = seconds.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert!(seconds.parse::<f64>().is_ok_and(|seconds| seconds > 0.39) && decimals == 3, "{line}");
            format!("{start} for SOME seconds.{end}")
        }
        _ => line.to_owned(),
    }
}

/// The original writes such a message over the end of its buffer.
#[test]
fn a_message_that_is_too_long_is_cut() {
    let [_, ours] = both("<Type \"gauge\">\nWarningMax 5\n</Type>");
    let long = "y".repeat(127);
    let heard = heard(ours, &[(format!("{long}/{long}-i/gauge"), "1749238000:9".to_owned())]);
    assert_eq!(heard.len(), 1);
    let message = format!("Host {long}, plugin {long}");
    assert!(heard[0].contains(&format!("WARNING: {}… meta ", &message[..252])), "{heard:?}");
}

#[test]
fn a_configuration_that_is_wrong_names_all_blocks() {
    for (config, problem) in [
        (
            "<Host \"h\">\n<Plugin \"p\">\n<Type \"t\">\nWarningMax \"5\"\n</Type>\n</Plugin>\n</Host>",
            "<Host \"h\">: <Plugin \"p\">: <Type \"t\">: WarningMax: \"5\" is a string, expected a number",
        ),
        ("<Plugin \"p\">\n<Host \"h\">\nA 1\n</Host>\n</Plugin>", "<Plugin \"p\">: unknown field \"Host\""),
        ("<Type \"t\">\nHitz 1\n</Type>", "<Type \"t\">: unknown field \"Hitz\""),
        ("<Type>\nHits 1\n</Type>", "<Type>"),
    ] {
        let [_, ours] = both(config);
        let output = ours.check_start_fails();
        assert_eq!(with(&output, &format!("threshold_rs plugin: config: {problem}")).len(), 1, "{output}");
    }
}
