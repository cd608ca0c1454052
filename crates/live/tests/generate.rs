//! Manual pages and completions: of every command, with every option.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use common::command;

fn help(args: &[&str]) -> String {
    let output = command(args).arg("--help").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// All commands, as the program names them.
fn commands() -> Vec<String> {
    let help = help(&[]);
    let list = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let names = list.lines().map(|line| line.split_whitespace().next().unwrap().to_owned());
    names.filter(|name| name != "help").collect()
}

/// The long options of a command.
fn options(name: &str) -> BTreeSet<String> {
    let help = help(&[name]);
    let words = help.lines().filter(|line| line.trim_start().starts_with('-')).flat_map(str::split_whitespace);
    words.filter_map(|word| word.strip_prefix("--")).map(|word| word.trim_end_matches(',').to_owned()).collect()
}

fn generate() -> tempfile::TempDir {
    let prefix = tempfile::tempdir().unwrap();
    let output = command(&["generate", prefix.path().to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    prefix
}

fn read(prefix: &Path, name: &str) -> String {
    fs::read_to_string(prefix.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_command_has_a_page_with_all_its_options() {
    let prefix = generate();
    let commands = commands();
    assert!(commands.contains(&"print".to_owned()), "{commands:?}");
    let main = read(prefix.path(), "share/man/man1/collectd-live.1");
    for name in &commands {
        let page = read(prefix.path(), &format!("share/man/man1/collectd-live-{name}.1"));
        assert!(main.contains(&format!("collectd\\-live\\-{name}(1)")), "{name}");
        let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        assert!(sections.contains(&"EXIT STATUS") && sections.contains(&"NOTES AND EXAMPLES"), "{name}: {sections:?}");
        assert!(page.contains("\nExample"), "{name} has no examples");
        for option in options(name) {
            assert!(page.contains(&format!("\\fB\\-\\-{}\\fR", option.replace('-', "\\-"))), "{name} --{option}");
        }
    }
    let pages = fs::read_dir(prefix.path().join("share/man/man1")).unwrap().count();
    assert_eq!(pages, commands.len() + 1);
}

#[test]
fn shells_complete_commands_and_options() {
    let prefix = generate();
    let zsh = read(prefix.path(), "share/zsh/site-functions/_collectd-live");
    let fish = read(prefix.path(), "share/fish/vendor_completions.d/collectd-live.fish");
    assert!(zsh.starts_with("#compdef collectd-live\n"), "{zsh}");
    for name in commands() {
        for option in options(&name) {
            assert!(zsh.contains(&format!("--{option}")), "zsh: {name} --{option}");
            assert!(fish.contains(&format!("-l {option}")), "fish: {name} --{option}");
        }
        let completed = complete(prefix.path(), &["collectd-live", &name, "--"]);
        let expected: BTreeSet<_> = options(&name).into_iter().map(|option| format!("--{option}")).collect();
        assert_eq!(completed, expected, "bash: {name}");
    }
    let mut expected: BTreeSet<_> = commands().into_iter().collect();
    expected.insert("help".to_owned());
    expected.extend(["-h", "-V", "--help", "--version"].map(str::to_owned));
    assert_eq!(complete(prefix.path(), &["collectd-live", ""]), expected);
    let formats = complete(prefix.path(), &["collectd-live", "print", "--format", "p"]);
    assert_eq!(formats, ["prometheus", "putval"].map(str::to_owned).into());
}

/// What bash offers for the last of these words.
fn complete(prefix: &Path, words: &[&str]) -> BTreeSet<String> {
    let script = r#"
        source "$0/share/bash-completion/completions/collectd-live"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        function=$(complete -p collectd-live); function=${function#* -F }
        "${function%% *}" "$1" "${@: -1}" "${@: -2:1}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let output = Command::new("bash").args(["-c", script]).arg(prefix).args(words).output().expect("there is a bash");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let output = command(&["generate", "/dev/null/x"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot make the directory /dev/null/x/share/man/man1"), "{stderr}");
}
