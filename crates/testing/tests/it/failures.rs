//! What a test is told when something is wrong.

use collectd::Values;
use collectd_testing::{Failed, Host, host};

use crate::plugins::{Diary, Meter};

#[track_caller]
fn assert_told(failed: Result<(), Failed>, expected: &str) {
    let failed = failed.expect_err("it fails").to_string();
    assert_eq!(failed, expected.trim(), "\n{failed}");
}

fn started(config: &str) -> Result<(), Failed> {
    host!(Meter: Read).config(config).try_start().map(drop)
}

#[test]
fn a_configuration_that_is_malformed() {
    assert_told(
        started("<Plugin meter>\n  Value 1\n  Silent/ true\n</Plugin>"),
        "the configuration is refused:\n  line 3, column 9 of the configuration near \"/\": a value is expected",
    );
    assert_told(
        started("<Plugin meter>\n  Value 1\n"),
        "the configuration is refused:\n  line 3, column 1 of the configuration: a block is still open",
    );
    assert_told(
        started("Include \"other.conf\""),
        "the configuration is refused:\n  the configuration has \"Include\": a test has no files to include",
    );
}

#[test]
fn a_configuration_that_does_not_fit() {
    let failed = started("<Plugin meter>\n  Valeu 1\n</Plugin>").expect_err("it fails").to_string();
    let start = "the configuration is refused:\n  the config callback \"meter\" failed (-1)\nwhat was logged:\n  \
                 error: meter plugin: config: unknown field \"Valeu\"";
    assert!(failed.starts_with(start), "{failed}");
}

#[test]
fn a_plugin_that_cannot_be_made() {
    let failed = started("<Plugin meter>\n  Refuse true\n</Plugin>").expect_err("it fails").to_string();
    let start = "the start fails:\n  the init callback \"meter\" failed (-1)\nwhat was logged:\n  \
                 error: meter plugin: init: it does not want to";
    assert!(failed.starts_with(start), "{failed}");
}

#[test]
fn a_read_that_fails() {
    let mut host = host!(Meter: Read).config("<Plugin meter>\n  Value -1\n</Plugin>").start();
    assert_told(
        host.try_read(),
        "the read fails:\n  the read callback \"meter\" failed (-1)\nwhat was logged:\n  \
         error: meter plugin: read failed: -1 is below zero\n  notice: read-function of plugin `meter' failed",
    );
    assert_told(host.try_read_one("other"), "the read fails:\n  the daemon cannot do this (read)");
}

#[test]
fn values_that_are_not_written() {
    let mut host = host!(Diary: Write).start();
    let failed = host.try_dispatch(&Values::new("gauge").type_instance("fail\u{1b}[2J").gauge(1.0));
    let failed = failed.expect_err("it fails").to_string();
    assert!(
        failed.starts_with("the value list is not written:\n  the write callback \"diary\" failed (-1)"),
        "{failed}"
    );
    assert!(!failed.contains('\u{1b}'), "{failed}");
    assert_told(
        host.try_dispatch(&Values::new("no_such_type").gauge(1.0)),
        "the value list is not written:\n  the daemon drops a value list: Dataset not found: no_such_type\nwhat was logged:\n  \
         debug: plugin_get_ds: no type \"no_such_type\"\n  debug: plugin_get_ds: no type \"no_such_type\"\n  \
         info: Dataset not found: no_such_type",
    );
    assert_told(
        host.try_dispatch(&Values::new("gauge").host("a\0b").gauge(1.0)),
        "the value list is not written:\n  host cannot be used: it has a NUL byte at position 1",
    );
}

#[test]
#[should_panic(expected = "the read callback \"meter\" failed (-1)")]
fn the_short_form_panics() {
    let mut host = host!(Meter: Read).config("<Plugin meter>\n  Value -1\n</Plugin>").start();
    host.read();
}

#[test]
fn debug_is_display() {
    let failed = Host::try_start(nothing, "Key").expect_err("it fails");
    assert_eq!(format!("{failed:?}"), failed.to_string());
}

extern "C" fn nothing() {}
