//! The configuration as the daemon's parser hands it over, and mistakes in it.

use collectd_test_daemon::Daemon;

use crate::support::{so, with};

fn start(conf: &str) -> Daemon {
    Daemon::builder().load_so(so("configured"), "configured").conf(conf).start()
}

#[track_caller]
fn assert_refused(conf: &str, error: &str) {
    let output = Daemon::builder().load_so(so("configured"), "configured").conf(conf).check_start_fails();
    let told = with(&output, error);
    assert_eq!(told.len(), 1, "{error} once in\n{output}");
}

fn configuration(daemon: &Daemon) -> String {
    let line = with(&daemon.log(), "configured plugin: new ").concat();
    line.split_once("configured plugin: new ").expect("it was made").1.to_owned()
}

#[test]
fn mistakes_stop_the_start_with_plugin_and_path() {
    let cases = [
        ("Prot 81", "configured plugin: config: unknown field \"Prot\", expected one of \"Port\""),
        ("<Node \"a\">\nWieght 1\n</Node>", "configured plugin: config: <Node \"a\">: "),
        ("Port 70000", "configured plugin: config: Port: 70000 does not fit"),
        ("Port \"81\"", "configured plugin: config: Port: "),
        ("Port 81\nPort 82", "configured plugin: config: Port"),
        ("<Node>\nWeight 1\n</Node>", "configured plugin: config: <Node>: "),
    ];
    for (conf, error) in cases {
        assert_refused(&format!("<Plugin configured>\n{conf}\n</Plugin>"), error);
    }
}

#[test]
fn without_a_block_everything_has_its_default() {
    let mut daemon = start("");
    let expected = "Config { argument: None, port: 80, report_relative: false, node: [] }";
    assert_eq!(configuration(&daemon), expected);
    assert!(daemon.stop().success());
}

#[test]
fn blocks_merge_keys_have_no_case_and_arguments_are_reachable() {
    let mut daemon = start(
        "<Plugin configured \"an argument\">\nPORT 81\n<Node \"a\">\nWeight 0.5\n</Node>\n</Plugin>\n\
         <Plugin Configured>\nreportrelative yes\nnode \"b\"\n</Plugin>",
    );
    let expected = "Config { argument: Some(\"an argument\"), port: 81, report_relative: true, \
                    node: [Node { name: \"a\", weight: Some(0.5) }, Node { name: \"b\", weight: None }] }";
    assert_eq!(configuration(&daemon), expected);
    assert_eq!(with(&daemon.log(), "configured plugin: new ").len(), 1);
    assert!(daemon.stop().success());
}

#[test]
fn a_tree_is_what_stands_there() {
    let conf = "<Plugin tree>\n<Node \"a\" 1 true>\nPort 80 0x10\n</Node>\nKey \"100%\"\n</Plugin>";
    let mut daemon = Daemon::builder().load_so(so("tree"), "tree").conf(conf).start();
    assert!(daemon.stop().success());
    assert!(daemon.log().contains(r#"tree plugin: new <Node "a" 1 true>\n  Port 80 16\n</Node>"#), "{}", daemon.log());
    assert!(daemon.log().contains(r#"tree plugin: new Key "100%""#), "{}", daemon.log());
}

#[test]
fn a_boolean_in_quotes_is_taken_with_a_warning() {
    let mut daemon = start("<Plugin configured>\nReportRelative \"Yes\"\n</Plugin>");
    assert!(configuration(&daemon).contains("report_relative: true"), "{}", daemon.log());
    assert!(daemon.stop().success());
    let line = "[warning] configured plugin: config: ReportRelative: \"Yes\" is taken for true, write it in lower case \
                without quotes";
    assert_eq!(with(&daemon.log(), line).len(), 1, "{}", daemon.log());
}

/// The daemon's configuration is bytes; ours is text.
#[test]
fn text_that_is_not_utf_8_is_refused_with_its_path() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("latin1.conf");
    for (lines, problem) in [
        (&b"<Node \"a\" 1>\n<Inner>\nKey \"gr\xf6\xdfe\"\n</Inner>\n</Node>"[..], "<Node \"a\" 1>: <Inner>: Key: "),
        (b"<Node \"gr\xf6\xdfe\">\nWeight 1\n</Node>", "Node: "),
    ] {
        let text = [b"<Plugin configured>\n", lines, b"\n</Plugin>\n"].concat();
        std::fs::write(&file, text).expect("written");
        let problem = format!("[error] configured plugin: config: {problem}the text is not UTF-8");
        assert_refused(&format!("Include \"{}\"", file.display()), &problem);
    }
}

#[test]
fn arguments_of_all_blocks_and_types_are_in_the_tree() {
    let conf = "<Plugin tree \"a\" 1 on>\nKey 1\n</Plugin>\n<Plugin \"TREE\" 0.5 b>\n</Plugin>";
    let mut daemon = Daemon::builder().load_so(so("tree"), "tree").conf(conf).start();
    assert!(daemon.stop().success());
    let line = r#"tree plugin: arguments [String("a"), Number(1.0), Boolean(true), Number(0.5), String("b")]"#;
    assert_eq!(with(&daemon.log(), line).len(), 1, "{}", daemon.log());
    assert_eq!(with(&daemon.log(), "tree plugin: new Key 1").len(), 1, "{}", daemon.log());
}
