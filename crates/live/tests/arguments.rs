//! Wrong arguments, and help.

mod common;

use common::command;

/// Exit status, standard output, standard error.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = command(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn wrong_arguments_are_named() {
    for (args, name) in [
        (["--count", "0"], "--count"),
        (["--count", "-1"], "--count"),
        (["--count", "many"], "--count"),
        (["--timeout", "0"], "--timeout"),
        (["--timeout", "-1.5"], "--timeout"),
        (["--timeout", "NaN"], "--timeout"),
        (["--timeout", "inf"], "--timeout"),
        (["--timeout", "1h"], "--timeout"),
        (["--listen", "127.0.0.1:70000"], "--listen"),
        (["--listen", "::1:x"], "--listen"),
        (["--listen", ""], "--listen"),
        (["--interface", ""], "--interface"),
        (["--nonsense", "x"], "--nonsense"),
    ] {
        let (status, stdout, stderr) = run(&[&["print"], &args[..]].concat());
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{args:?}: {stderr}");
        assert!(stderr.contains(name), "{args:?}: {stderr}");
        assert!(args[0] == name || stderr.contains(args[1]), "{args:?}: {stderr}");
    }
}

#[test]
fn no_command_and_an_unknown_one_are_wrong() {
    let (status, _, stderr) = run(&[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("Usage: "), "{stderr}");
    let (status, _, stderr) = run(&["prnt"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("'prnt'") && stderr.contains("'print'"), "{stderr}");
}

#[test]
fn hosts_and_interfaces_that_do_not_exist_are_named() {
    let (status, _, stderr) = run(&["print", "--interface", "nosuch0"]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("error: network interface \"nosuch0\": "), "{stderr}");
    // No resolver asks anybody for a name of more than 63 letters.
    let name = "x".repeat(64);
    let (status, _, stderr) = run(&["print", "--listen", &name]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains(&format!("cannot resolve \"{name}\"")), "{stderr}");
}

#[test]
fn help_and_version() {
    let (status, stdout, _) = run(&["--version"]);
    assert_eq!((status, stdout.trim_end()), (Some(0), concat!("collectd-live ", env!("CARGO_PKG_VERSION"))));
    let (status, stdout, _) = run(&["--help"]);
    assert_eq!(status, Some(0));
    assert!(stdout.contains("Examples:\n") && stdout.contains("Exit status: "), "{stdout}");
    let (status, stdout, _) = run(&["print", "--help"]);
    assert_eq!(status, Some(0));
    for text in ["Examples:\n", "--listen <ADDR[:PORT]>", "--interface <NAME>", "--count <N>", "--timeout <SECONDS>"] {
        assert!(stdout.contains(text), "{text}: {stdout}");
    }
}
