//! `doctor`: a machine that has everything, and one that lacks something.

use crate::place::Place;

#[test]
fn a_machine_that_runs_these_tests_has_what_is_needed() {
    let place = Place::new();
    let done = place.run("", &["doctor"]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    for what in
        ["cargo: cargo 1.", "rustc: rustc 1.", "collectd: ", "plugin directory: /", "types.db: /", "valgrind: /"]
    {
        assert!(done.stdout.contains(&format!("     ok {what}")), "{what}: {}", done.text());
    }
}

#[test]
fn what_is_missing_comes_with_what_mends_it() {
    let place = Place::new();
    let mut command = place.command("", &["doctor"]);
    command.env("COLLECTD", "/nowhere/collectd").env("COLLECTD_INCLUDE_DIR", "/nowhere").env_remove("COLLECTD_SRC");
    let done = place.finish(command);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(done.stdout.contains("missing collectd: cannot run /nowhere/collectd -h\n"), "{}", done.text());
    assert!(done.stdout.contains("without collectd's headers: there is no /nowhere/"), "{}", done.text());
    assert!(done.stdout.contains("install"), "{}", done.text());
    assert_eq!(done.stderr, "error: this machine lacks: collectd, plugin directory, types.db\n");

    let mut command = place.command("", &["doctor", "--message-format", "json"]);
    command.env("RUSTC", "/nowhere/rustc");
    let done = place.finish(command);
    assert_eq!(done.code, Some(1), "{}", done.text());
    let line = done.stdout.lines().find(|line| line.contains(r#""what":"rustc""#)).expect("it was looked for");
    assert!(line.contains(r#""ok":false"#) && line.contains("rustup"), "{line}");
}
