//! `info`: of plugins that were made with the framework, in C, and of what is none.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
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

#[test]
fn what_is_no_file_is_not_read() {
    let place = Place::new();
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().expect("mkfifo runs").success());
    for name in ["pipe", ".", "/dev/zero"] {
        let done = place.run("", &["info", name]);
        assert_eq!((done.code, done.stderr), (Some(1), format!("error: cannot read {name}: it is not a file\n")));
    }
}

/// Names of files are bytes, and JSON is text.
#[test]
fn a_name_that_is_not_utf_8_is_no_problem() {
    let place = Place::new();
    let name = OsStr::from_bytes(b"load\xff.so");
    fs::copy(stock_plugin_dir().join("load.so"), place.path("").join(name)).expect("it is writable");
    let mut command = place.command("", &["info", "--message-format", "json"]);
    command.arg(name);
    let done = place.finish(command);
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert!(done.stdout.contains("\"file\":\"load\u{fffd}.so\""), "{}", done.text());
    let mut command = place.command("", &["check", "--message-format", "json"]);
    fs::write(place.path("").join(name), "Nonsense 1\n").expect("it is writable");
    command.arg(name);
    let done = place.finish(command);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(done.stdout.contains("\"file\":\"load\u{fffd}.so\""), "{}", done.text());
}

#[test]
fn a_line_of_the_file_is_none_of_ours() {
    let place = Place::new();
    let source = "void module_register(void) {}\n__asm__(\".ident \\\"evil\\\\nloads on    collectd 9\\\"\");\n";
    let source = place.write("evil.c", source);
    let so = place.path("evil.so");
    let cc = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&so, &source]).status();
    assert!(cc.expect("cc runs").success());
    let done = place.run("", &["info", "evil.so"]);
    assert!(done.stdout.contains("evil\\nloads on    collectd 9"), "{}", done.text());
    assert_eq!(done.stdout.lines().filter(|line| line.starts_with("loads on ")).count(), 1, "{}", done.text());
}

#[test]
fn what_cannot_be_written_is_an_error_and_a_closed_pipe_is_none() {
    let place = Place::new();
    let load = stock_plugin_dir().join("load.so");
    for format in ["human", "json"] {
        let mut command = place.command("", &["info", "--message-format", format]);
        let full = File::create("/dev/full").expect("it is there");
        let status = command.arg(&load).stdout(full).stderr(File::create(place.path("said")).expect("a file")).status();
        assert_eq!(status.expect("it runs").code(), Some(1));
        let said = fs::read_to_string(place.path("said")).expect("it is there");
        assert!(said.starts_with("error: cannot write to standard output: No space left"), "{said}");

        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = place.command("", &["info", "--message-format", format]);
        let status =
            command.arg(&load).stdout(writer).stderr(File::create(place.path("said")).expect("a file")).status();
        assert_eq!(status.expect("it runs").code(), Some(0));
        assert_eq!(fs::read_to_string(place.path("said")).expect("it is there"), "");
    }
}
