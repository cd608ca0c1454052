//! `new`: what it makes is a plugin, without a warning.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::place::Place;
use crate::test::{steps, test, without_counts};

pub(crate) const KINDS: [&str; 7] = ["read", "write", "notify", "log", "match", "target", "full"];

#[test]
fn every_kind_is_formatted_builds_without_warnings_and_passes_its_tests() {
    let place = Place::new();
    let mut said = String::new();
    for kind in KINDS {
        let name = format!("a_{kind}");
        place.new_plugin(&name, kind);
        let cargo = |args: &[&str]| {
            let done = place.finish(place.cargo(&name, args));
            assert_eq!(done.code, Some(0), "{kind}: {args:?}\n{}", done.text());
            done
        };
        cargo(&["fmt", "--check"]);
        cargo(&["clippy", "-q", "--all-targets", "--", "-D", "warnings"]);
        // With cargo's.
        let tests = test(&place, &name, &[]);
        assert_eq!(tests.code, Some(0), "{kind}: {}", tests.text());
        assert!(tests.stdout.starts_with("\nrunning ") && !tests.stdout.contains("running 0 "), "{}", tests.text());
        assert!(!tests.stderr.contains("warning"), "{}", tests.text());
        said += &format!("==== {kind}\n{}", without_counts(&steps(&tests.stderr)));
    }
    insta::assert_snapshot!("test_kinds", said);
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

#[test]
fn what_it_says_and_makes() {
    let place = Place::new();
    let done = place.new_plugin("handles", "read");
    insta::assert_snapshot!("new", done.text());
    let mut files = Vec::new();
    for dir in ["", "src"] {
        let entries = fs::read_dir(place.path("handles").join(dir)).expect("it was made");
        files.extend(entries.flatten().map(|entry| format!("{dir}/{}", entry.file_name().display())));
    }
    files.sort();
    let expected = ["/.gitignore", "/Cargo.lock", "/Cargo.toml", "/README.md", "/collectd.conf", "/src", "src/lib.rs"];
    assert_eq!(files, expected);
    for file in &files[..5] {
        let text = fs::read_to_string(place.path("handles").join(&file[1..])).expect("a file");
        assert!(!text.contains("__name__") && !text.contains("__about__"), "{file}: {text}");
    }
    let json = place.run("", &["new", "other", "--kind", "full", "--message-format", "json"]);
    insta::assert_snapshot!("new_json", json.text());
}

#[test]
fn a_crate_in_a_crate_stands_alone() {
    let place = Place::new();
    place.new_plugin("outer", "match");
    let done = place.run("outer", &["new", "inner", "--kind", "target"]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    let done = place.finish(place.cargo("outer/inner", &["metadata", "--no-deps", "--format-version", "1"]));
    assert_eq!(done.code, Some(0), "{}", done.text());
}

/// With a workspace of its own, cargo would do nothing in any of them.
#[test]
fn a_crate_in_a_workspace_that_has_it_is_a_member() {
    let place = Place::new();
    fs::create_dir_all(place.path("ws/plugins")).expect("a directory");
    place.write("ws/Cargo.toml", "[workspace]\nmembers = [\"plugins/*\"]\nresolver = \"3\"\n");
    for name in ["w_one", "w_two"] {
        let done = place.run("ws/plugins", &["new", name]);
        assert_eq!(done.code, Some(0), "{}", done.text());
        let note = "note: it is a member of the workspace in a directory above. That one's Cargo.toml says how it is";
        assert!(
            done.stderr.contains(note) && done.stderr.contains("\n[profile.release]\ncodegen-units"),
            "{}",
            done.text()
        );
        let manifest = fs::read_to_string(place.path("ws/plugins").join(name).join("Cargo.toml")).expect("it was made");
        assert!(!manifest.contains("[workspace]") && !manifest.contains("[profile"), "{manifest}");
        assert!(manifest.contains("collectd-testing = ") && manifest.ends_with(" }\n"), "{manifest}");
    }
    // What it is not asked about it says.
    let done = place.run("ws", &["schema"]);
    let several = "error: there are several plugins here, name one with --package: w_one, w_two\n";
    assert_eq!((done.code, done.stderr.as_str()), (Some(1), several));
    let done = place.run("ws", &["schema", "--package", "w"]);
    let other = "error: --package: there is no `w` here, but w_one, w_two\n";
    assert_eq!((done.code, done.stderr.as_str()), (Some(1), other));
    let done = place.run("ws", &["schema", "--package", "w_two"]);
    assert!(done.stdout.contains("#LoadPlugin w_two\n"), "{}", done.text());
    // And one that is left out stands alone.
    place.change("ws/Cargo.toml", "\"plugins/*\"]", "\"plugins/*\"]\nexclude = [\"plugins/w_three\"]");
    let done = place.run("ws/plugins", &["new", "w_three"]);
    assert!(done.code == Some(0) && !done.stderr.contains("member"), "{}", done.text());
    let manifest = fs::read_to_string(place.path("ws/plugins/w_three/Cargo.toml")).expect("it was made");
    assert!(manifest.ends_with("\n[workspace]\n"), "{manifest}");
}

/// As if the checkout had been moved.
#[test]
fn a_checkout_that_is_gone_is_told() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).expect("a directory");
    let program = place.path("cargo-collectd");
    fs::copy(env!("CARGO_BIN_EXE_cargo-collectd"), &program).expect("a copy");
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("it is there");
    for (args, is_told) in [(&["new", "lost"][..], true), (&["new", "meant", "--registry"], false)] {
        let mut command = Command::new(&program);
        command.args(args).current_dir(place.path(""));
        let done = place.finish(place.with_dir_as(&checkout, "empty", &command));
        assert_eq!(done.code, Some(0), "{}", done.text());
        let warning = "warning: the checkout in which this program was built, CHECKOUT, is gone, so the framework";
        assert_eq!(done.stderr.contains(warning), is_told, "{}", done.text());
        assert!(done.stderr.contains(" of crates.io\n"), "{}", done.text());
    }
}

#[test]
fn from_the_registry_it_is_a_version() {
    let place = Place::new();
    assert_eq!(place.run("", &["new", "x1", "--registry"]).code, Some(0));
    let manifest = fs::read_to_string(place.path("x1/Cargo.toml")).expect("it was made");
    let wanted = format!("collectd-rust = {{ version = \"{}\", default-features = false }}", env!("CARGO_PKG_VERSION"));
    assert!(manifest.contains(&wanted), "{manifest}");
}

#[test]
fn names_that_cannot_be_are_refused() {
    let place = Place::new();
    for (name, code) in [("disk-io", 2), ("match", 2), ("2x", 2), ("a/b", 2), ("Load", 2), ("load", 1), ("CPU", 2)] {
        let done = place.run("", &["new", name]);
        assert_eq!(done.code, Some(code), "{name}: {}", done.text());
    }
    assert_eq!(fs::read_dir(place.path("")).expect("it is there").count(), 0);
    place.new_plugin("twice", "log");
    let taken = place.run("", &["new", "twice"]);
    let errors = [place.run("", &["new", "disk-io"]), place.run("", &["new", "load"]), taken];
    insta::assert_snapshot!("new_refused", errors.map(|done| done.text()).join("\n"));
}
