//! Help, wrong arguments, colours.

use crate::place::Place;

#[test]
fn help_of_every_command() {
    let place = Place::new();
    let mut text = String::new();
    for command in ["", "new", "run", "test", "check", "install", "schema", "package", "info", "doctor"] {
        let args: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let done = place.run("", &args);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{command}");
        text += &format!("==== {command}\n{}\n", done.stdout);
    }
    // Others add commands.
    assert!(
        text.contains("Exit status: 0 if all went well, 1 if something failed or was found wrong, 2 if the arguments")
    );
    for line in
        ["  new ", "  run ", "  test ", "  check ", "  install ", "  schema ", "  package ", "  info ", "  doctor "]
    {
        assert!(text.contains(line), "{line}");
    }
    insta::assert_snapshot!("help", &text[text.find("==== new").expect("it is there")..]);
}

#[test]
fn wrong_arguments_are_status_2() {
    let place = Place::new();
    for args in [
        &[][..],
        &["nonsense"],
        &["new"],
        &["new", "x", "--kind", "nonsense"],
        &["run", "--for", "0"],
        &["run", "--interval", "soon"],
        &["test", "--for", "0"],
        &["test", "what_is_written"],
        &["check"],
        &["install", "x.so", "--package", "y"],
        &["install", "x.so", "y.so"],
        &["schema", "--format", "xml"],
        &["package", "--format", "rpm"],
        &["package", "--plugin-dir", "here"],
        &["info"],
        &["doctor", "--message-format", "xml"],
        &["new", "x", "--path", ".", "--registry"],
    ] {
        let done = place.run("", args);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{args:?}: {}", done.text());
    }
}

#[test]
fn colours_are_for_terminals_or_when_asked_for() {
    let place = Place::new();
    let done = place.run("", &["new", "c1", "--color", "always"]);
    assert!(done.stderr.starts_with("\x1b[1;32m     Created\x1b[0m read plugin"), "{:?}", done.stderr);
    let done = place.run("", &["new", "c2"]);
    assert!(done.stderr.starts_with("     Created read plugin"), "{:?}", done.stderr);
    // As a terminal, without colours by NO_COLOR: `script` gives one.
    for (value, is_colored) in [("1", false), ("", true)] {
        let command = place.command("", &["check", "nowhere.conf"]);
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &format!("{} check nowhere.conf", env!("CARGO_BIN_EXE_cargo-collectd")), "/dev/null"]);
        script.current_dir(place.path("")).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        script.env("NO_COLOR", value).stdin(std::process::Stdio::null());
        let done = place.finish(script);
        assert_eq!(done.stdout.contains("\x1b[1;31merror"), is_colored, "{done:?}");
    }
}
