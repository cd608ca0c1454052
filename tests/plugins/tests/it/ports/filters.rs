//! `match_regex_rs` and `target_replace_rs` beside `regex` and `replace`.

use std::collections::BTreeSet;

use collectd_test_daemon::{Builder, Daemon, wait_until};

use super::PATIENCE;
use crate::filters::chain;
use crate::support::{so, with};

/// Collectd's own match and target, and the ports of them: the names of the files, and those in chains.
const ORIGINALS: [&str; 4] = ["match_regex", "target_replace", "regex", "replace"];
const PORTS: [&str; 4] = ["match_regex_rs", "target_replace_rs", "regex_rs", "replace_rs"];

/// A daemon with a chain in which `REGEX` and `REPLACE` are these.
fn with_filters(names: [&str; 4], text: &str) -> Builder {
    let [match_file, target_file, regex, replace] = names;
    let mut builder = Daemon::builder().load("target_set");
    for name in [match_file, target_file] {
        builder = if name.ends_with("_rs") { builder.load_so(so(name), name) } else { builder.load(name) };
    }
    let text = text.replace("REGEX", regex).replace("REPLACE", replace);
    chain(builder.load("csv").write_threads(1), &text)
}

/// The same value lists through the same chain with collectd's own `regex` and `replace`, and with ours.
#[test]
fn names_are_matched_and_replaced_as_by_the_originals() {
    let text = "<Rule>\n<Match \"REGEX\">\nPlugin \"^val\"\nType \"gauge\"\nType \"^g\"\n\
         TypeInstance \"^(max|min)$\"\nInvert false\n</Match>\nTarget \"stop\"\n</Rule>\n\
         <Rule>\n<Match \"REGEX\">\nTypeInstance \"often\"\nInvert true\n</Match>\n<Target \"REPLACE\">\n\
         Host \"^fix\" \"\"\nHostname \"ed\" \"host\"\nPlugin \"a\" \"\\\\0.\"\nPluginInstance \"^eth\" \"net\"\n\
         TypeInstance \"[nm]i?\" \"#\"\n</Target>\n</Rule>\n\
         <Rule>\n<Match \"REGEX\">\nHostname \"^h\"\nPluginInstance \"^$\"\n</Match>\n<Target \"REPLACE\">\n\
         Host \".*\" \"\"\nPlugin \"[^l]\" \"\"\nPluginInstance \"^\" \"new\"\nTypeInstance \"$\" \"+\"\n\
         TypeInstance \"(o|z)+e?\" \"-\"\n</Target>\n</Rule>";
    let [theirs, ours] = [ORIGINALS, PORTS].map(|names| {
        let mut daemon = with_filters(names, text).load_so(so("fixed_values"), "fixed_values").start();
        let _ = daemon.wait_rows("fixed/values/gauge-often", 4);
        assert!(daemon.stop().success(), "{}", daemon.log());
        daemon.csv_rows()
    });
    assert!(theirs.len() > 20, "{theirs:#?}");
    assert_eq!(theirs, ours);
    // Nothing was left of the host, so it stays; the other names are changed all the same.
    assert!(ours.contains_key("host/\\0.lues-new/gauge--ro+"), "{ours:#?}");
}

/// Meta data of all kinds, seen by a writer of ours. The rule that applies leaves a mark in the type instance.
#[test]
fn meta_data_is_matched_and_replaced_as_by_the_originals() {
    let mark = |name: &str, matching: &str| {
        format!(
            "<Rule>\n<Match \"REGEX\">\n{matching}\n</Match>\n<Target \"REPLACE\">\n\
             TypeInstance \"$\" \" {name}\"\n</Target>\n</Rule>\n"
        )
    };
    let text = [
        mark("one", "MetaData \"INDEX\" \"^1$\""),
        mark("signed", "MetaData \"signed\" \"^-7$\"\nMetaData \"double\" \"^1e\\\\+20$\""),
        mark("third", "MetaData \"third\" \"^0.3{15}$\"\nMetaData \"yes\" \"^true$\"\nType \"derive\""),
        mark("text", "MetaData \"text\" \"^m\"\nMetaData \"Text\" \"mm$\""),
        mark("other text", "MetaData \"text\" \"^m\"\nMetaData \"Text\" \"n$\""),
        mark("absent", "MetaData \"absent\" \".*\""),
        mark("not absent", "MetaData \"absent\" \".*\"\nInvert true"),
        "<Rule>\n<Target \"set\">\nMetaData \"zone\" \"eu-west\"\nMetaData \"rack\" \"007\"\n</Target>\n\
         <Target \"REPLACE\">\nDeleteMetaData \"zone\" \"^us\"\nMetaData \"ZONE\" \"^eu\" \"us\"\n\
         MetaData \"zone\" \"-\" \" \\\\1 \"\nDeleteMetaData \"rack\" \"^0\"\nMetaData \"rack\" \"7\" \"8\"\n\
         MetaData \"text\" \"m+\" \"n\"\nMetaData \"text\" \"n$\" \"\"\nMetaData \"index\" \"1\" \"2\"\n\
         DeleteMetaData \"signed\" \".\"\nMetaData \"absent\" \".*\" \"x\"\n</Target>\n</Rule>\n"
            .to_owned(),
        mark("us", "MetaData \"zone\" \"^us .1 west$\""),
    ]
    .concat();
    let [theirs, ours] = [ORIGINALS, PORTS].map(|names| {
        let mut daemon = with_filters(names, &text)
            .load_so(so("producer"), "producer")
            .load_so(so("consumer"), "consumer")
            .load_so(so("fixed_values"), "fixed_values")
            .conf("<Plugin producer>\nLists 2\nMeta 5\nAllKinds true\n</Plugin>")
            .conf("<Plugin consumer>\nAllMeta true\n</Plugin>")
            .start();
        daemon.wait_log("read 1 is complete", PATIENCE);
        wait_until("the second list and the last of the others", PATIENCE, || {
            let log = daemon.log();
            (log.contains("producer/derive/1 ") && with(&log, "fixed/values/gauge/often").len() == 4).then_some(())
        });
        assert!(daemon.stop().success(), "{}", daemon.log());
        // What is read has another time in each daemon, and is read more than once.
        let wrote = with(&daemon.log(), "consumer plugin: wrote ").into_iter().map(|line| {
            let (_, line) = line.split_once("] consumer").and_then(|(_, line)| line.split_once("] ")).expect("a time");
            let (names, rest) = line.split_once(" time ").expect("a time");
            format!("{names} {}", rest.split_once(" all ").expect("meta data").1)
        });
        wrote.collect::<BTreeSet<_>>()
    });
    assert_eq!(theirs, ours);
    let read: Vec<_> = ours.iter().filter(|line| line.contains("/producer/")).collect();
    let start = "testhost/producer/derive/1 one signed third text not absent us [(2, 1)] ";
    assert!(read.len() == 2 && read.iter().any(|line| line.starts_with(start)), "{read:#?}");
    assert!(ours.iter().any(|line| line.contains("fixed/values/gauge/zero not absent us ")), "{ours:#?}");
    assert!(ours.iter().all(|line| line.contains("(\"zone\", String(\"us \\\\1 west\"))")), "{ours:#?}");
}

/// What the module's documentation says of regular expressions.
#[test]
fn of_several_alternatives_the_first_counts_here_and_the_longest_there() {
    let text = "<Target \"REPLACE\">\nHost \"f|fi|fix\" \"F\"\nPlugin \"val|va|v\" \"V\"\n</Target>";
    for (names, expected) in [(ORIGINALS, "Fed/Vues/gauge-zero"), (PORTS, "Fixed/Vues/gauge-zero")] {
        let mut daemon = with_filters(names, text).load_so(so("fixed_values"), "fixed_values").start();
        let _ = daemon.wait_rows(expected, 1);
        assert!(daemon.stop().success(), "{}", daemon.log());
    }
}
