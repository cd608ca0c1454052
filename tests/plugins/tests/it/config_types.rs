//! Durations, ports, regular expressions and ignore lists in the configuration of the real daemon.

use std::collections::BTreeSet;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon};

use crate::support::{so, with};

fn builder() -> Builder {
    Daemon::builder().load_so(so("selective"), "selective")
}

fn block(plugin: &str, lines: &str) -> String {
    format!("<Plugin {plugin}>\n{lines}\n</Plugin>")
}

#[test]
fn all_types_at_once() {
    let conf = "<Plugin selective>\nTIMEOUT 2.5\nRetry 3 0.7\nListen \"https\" 8080\n<Node \"a\">\nPort \"8125\"\n</Node>\n\
                Highlight \"^l[[:alpha:]]\\\\>\"\nInterface \"/^l/\"\n</Plugin>\n\
                <Plugin selective>\nlisten 25826\n<Node \"b\">\nport \"ntp\"\n</Node>\nHighlight \"x{2,}\"\n\
                interface \"nothing\"\nMountPoint \"/\"\nIgnoreSelected off\n</Plugin>";
    let mut daemon = builder().load("csv").conf(conf).start();
    let _ = daemon.wait_rows("testhost/selective/gauge-done", 1);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let new = r#"selective plugin: new 2.5s Some((3, 751619276)) [443, 8080, 25826] ["a:8125", "b:123"] [Regex("^l[[:alpha:]]\\>"), Regex("x{2,}")]"#;
    assert_eq!(with(&daemon.log(), new).len(), 1, "{}", daemon.log());
    assert!(!with(&daemon.log(), "selective plugin: highlight lo").is_empty(), "{}", daemon.log());
    let rows = daemon.csv_rows();
    let interfaces: Vec<_> = rows.keys().filter(|name| name.contains("/selective-interface/")).collect();
    assert!(interfaces.iter().any(|name| name.ends_with("/gauge-lo")), "{rows:#?}");
    assert!(interfaces.iter().all(|name| name.contains("/gauge-l")), "{rows:#?}");
    assert!(rows.contains_key("testhost/selective-mount/gauge-root"), "{rows:#?}");
}

/// Looking up a service and compiling expressions takes memory, of the C library's too.
#[test]
fn nothing_is_lost() {
    let conf = block("selective", "Listen \"https\" \"ntp\"\nHighlight \"^l\"\nValue \"/^Tcp:/\"\nInterface \"lo\"");
    let mut daemon = builder().valgrind(true).load("csv").conf(&conf).conf(&conf).start();
    let _ = daemon.wait_rows("testhost/selective/gauge-done", 2);
    assert!(daemon.stop().success(), "{}", daemon.log());
    daemon.valgrind_report().assert_clean("selective.so");
}

#[test]
fn a_mistake_in_each_stops_the_start() {
    let port = "expected a number from 1 to 65535, or the name of a service in quotes";
    let seconds = "expected a number of seconds, from 0 to less than 17179869184";
    for (lines, problem) in [
        ("Timeout -0.5", format!("Timeout: -0.5 does not fit, {seconds}")),
        ("timeout 17179869184", format!("timeout: 17179869184 does not fit, {seconds}")),
        ("Timeout \"5\"", "Timeout: \"5\" is a string, expected a number (write it without quotes)".to_owned()),
        ("Timeout 1 2", "Timeout: one value expected, 2 given: 1 2".to_owned()),
        ("Retry 3 -1", format!("Retry: -1 does not fit, {seconds}")),
        ("Retry 3", "Retry: a value is missing after 3".to_owned()),
        ("Listen 80 65536", format!("Listen: 65536 does not fit, {port}")),
        ("Listen 80.5", format!("Listen: 80.5 is not a whole number, {port}")),
        ("Listen \"65616\"", format!("Listen: \"65616\" is not valid, {port}")),
        (
            "<Node \"a\">\nPort \"htps\"\n</Node>",
            "<Node \"a\">: Port: this system knows no service \"htps\"".to_owned(),
        ),
        ("<Node \"a\">\nPort on\n</Node>", format!("<Node \"a\">: Port: true is a boolean, {port}")),
        ("Highlight \"^(lo|eth\"", r#"Highlight: "^(lo|eth": "(" is not closed, at "(lo|eth""#.to_owned()),
        ("Highlight \"((a{99}){99}){99}\"", "it takes more than 1 MiB when compiled".to_owned()),
        ("Interface \"lo\"\nInterface \"/[/\"", r#"Interface: "/[/": "[" is not closed, at "[/""#.to_owned()),
        ("MountPoint \"\"", "MountPoint: an empty entry selects nothing".to_owned()),
        ("Value 7", "Value: 7 is a number, expected a string (write it in quotes)".to_owned()),
        (
            "IgnoreSelected \"maybe\"",
            "IgnoreSelected: \"maybe\" is a string, expected a boolean (true or false)".to_owned(),
        ),
        ("Interfaces \"lo\"", "unknown field \"Interfaces\", expected one of \"Interface\", ".to_owned()),
    ] {
        let output = builder().conf(&block("selective", lines)).check_start_fails();
        let told = with(&output, &problem);
        assert_eq!(told.len(), 1, "{problem} once in\n{output}");
        assert!(told[0].starts_with("[error] selective plugin: config: "), "{told:?}");
    }
}

/// Lines for collectd's plugins `interface`, `df` and `protocols`, in this order, and for all of them.
struct Lists {
    own: [&'static str; 3],
    all: &'static str,
}

/// What each of the three reported, and what ours did.
fn reported(lists: &Lists) -> [[BTreeSet<String>; 3]; 2] {
    let plugins = ["interface", "df", "protocols"];
    let mut builder = builder().interval(Duration::from_millis(300)).write_threads(1).conf("ReadThreads 1");
    let mut ours = lists.all.to_owned();
    for (plugin, lines) in plugins.iter().zip(lists.own) {
        builder = builder.load(plugin);
        ours = format!("{lines}\n{ours}");
        if !lines.is_empty() || !lists.all.is_empty() {
            builder = builder.conf(&block(plugin, &format!("{lines}\n{}", lists.all)));
        }
    }
    let mut daemon = builder.conf(&block("selective", &ours)).load("csv").start();
    // One thread reads and one writes: before the second time that ours was read, all others were.
    let _ = daemon.wait_rows("testhost/selective/gauge-done", 3);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let rows = daemon.csv_rows();
    let names = |start: &str, name: &dyn Fn(&str) -> String| {
        rows.keys().filter_map(|row| row.strip_prefix(start)).map(name).collect()
    };
    let plugin_instance = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    let theirs = [
        names("testhost/interface-", &plugin_instance),
        names("testhost/df-", &plugin_instance),
        names("testhost/protocols-", &|rest| rest.replace("/protocol_counter-", ":")),
    ];
    let ours =
        ["interface", "mount", "value"].map(|list| names(&format!("testhost/selective-{list}/gauge-"), &str::to_owned));
    [theirs, ours]
}

#[test]
fn ignore_lists_let_pass_what_those_of_collectds_own_plugins_do() {
    let [all, _] = reported(&Lists { own: [""; 3], all: "" });
    assert!(all.iter().all(|names| !names.is_empty()) && all[2].len() > 50, "{all:#?}");
    let names = ["Interface \"lo\"", "MountPoint \"/\"", "Value \"Tcp:InSegs\"\nValue \"tcp:OutSegs\"\nValue \"Udp:\""];
    let expressions = [
        "Interface \"/^.o$/\"\nInterface \"/[[:digit:]]\\\\>/\"",
        "FSType \"/^(ext[234]|overlay|xfs|btrfs|zfs)$/\"\nDevice \"/^\\\\/dev\\\\//\"\nMountPoint \"/^\\\\//\"",
        "Value \"/^Tcp:/\"\nValue \"Udp:NoPorts\"\nValue \"/:(In|Out)[^:]*Errors?\\\\>/\"",
    ];
    // Between slashes is an expression, also if a path was meant.
    let slashes = [
        "Interface \"/\"\nInterface \"//\"",
        "MountPoint \"/dev/\"\nMountPoint \"//\"",
        "Value \"///\"\nValue \"/p:I/\"",
    ];
    let mut counts = BTreeSet::new();
    for own in [[""; 3], names, expressions, slashes] {
        for all_of_them in ["", "IgnoreSelected true", "IgnoreSelected false"] {
            let [theirs, ours] = reported(&Lists { own, all: all_of_them });
            for (index, theirs) in theirs.iter().enumerate() {
                // File systems without blocks are not reported by df, nor are those that it cannot ask for them.
                let ours: BTreeSet<_> = ours[index].intersection(&all[index]).cloned().collect();
                assert_eq!(theirs, &ours, "{own:?} {all_of_them}");
            }
            counts.insert(theirs.map(|names| names.len()));
        }
    }
    // All, those and the others: the three cases are not the same by chance.
    assert!(counts.len() >= 6, "{counts:?} of {all:?}");
    assert!(counts.contains(&all.map(|names| names.len())), "{counts:?}");
}

/// collectd's own lists refuse the same entries. What a plugin makes of that is its own affair.
#[test]
fn entries_that_collectds_own_lists_refuse() {
    for entry in ["MountPoint \"\"", "MountPoint \"/(/\""] {
        let theirs = Daemon::builder().load("df").conf(&block("df", entry)).check_start_fails();
        assert!(!theirs.is_empty());
        let ours = builder().conf(&block("selective", entry)).check_start_fails();
        assert_eq!(with(&ours, "selective plugin: config: MountPoint: ").len(), 1, "{ours}");
    }
}
