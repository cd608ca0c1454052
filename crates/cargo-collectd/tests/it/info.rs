//! `info`: of plugins that were made with the framework, in C, and of what is none.

use std::process::Command;

use collectd_test_daemon::stock_plugin_dir;

use crate::place::{Place, target_dir};

#[test]
fn a_plugin_of_the_framework_says_what_it_is() {
    let place = Place::new();
    place.new_plugin("i_full", "full");
    let done = place.finish(place.cargo("i_full", &["build"]));
    assert_eq!(done.code, Some(0), "{}", done.text());
    let so = target_dir().join("debug/libi_full.so");
    let stripped = place.path("stripped.so");
    let strip = Command::new("strip").arg("-o").args([&stripped, &so]).status().expect("strip runs: install binutils");
    assert!(strip.success());
    for file in [&so, &stripped] {
        let done = place.run("", &["info", file.to_str().expect("UTF-8")]);
        assert_eq!(done.code, Some(0), "{}", done.text());
        let lines: Vec<&str> = done.stdout.lines().collect();
        assert_eq!(lines[0], "name        i_full", "{}", done.text());
        assert_eq!(lines[1], "package     i_full 0.1.0");
        assert_eq!(lines[2], concat!("framework   collectd-rust ", env!("CARGO_PKG_VERSION")));
        assert!(lines[3].starts_with("compiler    ") && lines[3].contains("rustc version 1."), "{}", done.text());
        assert_eq!(lines[4], "callbacks   Read Write Flush Notify Shutdown");
        assert!(done.stdout.contains("\nloads on    collectd 5.8 to 5.13, main\n"), "{}", done.text());
    }
    let json = place.run("", &["info", stripped.to_str().expect("UTF-8"), "--message-format", "json"]);
    assert!(json.stdout.contains(r#""callbacks":["Read","Write","Flush","Notify","Shutdown"]"#), "{}", json.text());
}

#[test]
fn a_plugin_in_c_gives_what_can_be_had() {
    let place = Place::new();
    let load = stock_plugin_dir().join("load.so");
    let done = place.run("", &["info", load.to_str().expect("UTF-8")]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert!(done.stdout.starts_with("name        load\nframework   none\n"), "{}", done.text());
    assert!(done.stdout.contains("\nregisters   config read\n"), "{}", done.text());
    assert!(done.stdout.contains("\nloads on    collectd 5."), "{}", done.text());
}

#[test]
fn what_is_no_plugin_is_an_error() {
    let place = Place::new();
    place.write("text.so", "#!/bin/sh\n");
    let done = place.run("", &["info", "text.so"]);
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (Some(1), "error: cannot read text.so: it is not a shared object (ELF)\n")
    );
    let program = env!("CARGO_BIN_EXE_cargo-collectd");
    let done = place.run("", &["info", program]);
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("is not a collectd plugin: it does not export module_register"), "{}", done.text());
    // Of a damaged file everything is believed, and nothing is a crash.
    let whole = std::fs::read(stock_plugin_dir().join("load.so")).expect("it is there");
    for len in (0..whole.len()).step_by(997) {
        std::fs::write(place.path("cut.so"), &whole[..len]).expect("a file");
        let done = place.run("", &["info", "cut.so"]);
        assert_eq!(done.code, Some(1), "{len}: {}", done.text());
        assert!(!done.stderr.contains("panicked"), "{len}: {}", done.text());
    }
}
