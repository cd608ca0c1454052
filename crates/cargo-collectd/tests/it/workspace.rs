//! Which crate is meant, where there are several.

use std::fs;
use std::os::unix::fs::symlink;

use crate::place::Place;

/// Two plugins whose packages are called otherwise.
fn workspace(place: &Place, more: &str) {
    place.bare_plugin("ws/a-one", "w-one", "w_alpha");
    place.bare_plugin("ws/b-two", "w-two", "w_beta");
    place.write("ws/Cargo.toml", &format!("{more}[workspace]\nresolver = \"3\"\nmembers = [\"a-one\", \"b-two\"]\n"));
}

#[test]
fn one_is_named_or_is_where_one_is() {
    let place = Place::new();
    workspace(&place, "");
    let refused = |args: &[&str], wanted: &str| {
        let done = place.run("ws", args);
        assert_eq!((done.code, done.stderr.as_str()), (Some(1), wanted), "{args:?}");
    };
    refused(&["run"], "error: there are several plugins here, name one with --package: w-one, w-two\n");
    let none = "error: --package: there is no `w_one` here, but w-one, w-two\n";
    refused(&["run", "-p", "w_one"], none);
    // Whatever way leads there.
    symlink(place.path("ws"), place.path("link")).expect("a link");
    fs::create_dir(place.path("ws/a-one/src/deep")).expect("it is writable");
    for (below, args) in [
        ("ws", &["-p", "w-one"][..]),
        ("ws/a-one/src/deep", &[]),
        ("", &["--manifest-path", "ws/a-one/Cargo.toml"]),
        ("", &["--manifest-path", "link/a-one/Cargo.toml"]),
    ] {
        let done = place.run(below, &[&["run", "--for", "0.2"], args].concat());
        assert_eq!(done.code, Some(0), "{args:?}: {}", done.text());
        assert!(done.stderr.contains(" with w_alpha ("), "{args:?}: {}", done.text());
    }
}

/// What is loaded is built, by the library's name or by the package's.
#[test]
fn a_configuration_may_load_several_and_what_is_named_wrongly_is_said() {
    let place = Place::new();
    workspace(&place, "");
    place.write("ws/all.conf", "LoadPlugin w_alpha\nLoadPlugin w_beta\nLoadPlugin w_gamma\n");
    let done = place.run("ws", &["check", "all.conf"]);
    let [line] = &done.stdout.lines().collect::<Vec<_>>()[..] else { panic!("{}", done.text()) };
    assert!(line.starts_with("all.conf:3: error: ") && line.contains("w_gamma"), "{line}");
    let done = place.run("ws", &["check", "-p", "w-three", "all.conf"]);
    assert!(
        done.stderr.starts_with("error: --package: there is no `w-three` here, but w-one, w-two\n"),
        "{}",
        done.text()
    );
    let done = place.run("", &["check", "--manifest-path", "nowhere/Cargo.toml", "ws/all.conf"]);
    assert!(done.stderr.starts_with("error: manifest path `nowhere/Cargo.toml` does not exist"), "{}", done.text());
}

#[test]
fn the_package_of_the_root_is_built_and_not_the_default_members() {
    let place = Place::new();
    place.bare_plugin("ws", "w-root", "w_root");
    let root = fs::read_to_string(place.path("ws/Cargo.toml")).expect("it was made") + "\n";
    workspace(&place, &root);
    place.change("ws/Cargo.toml", "resolver", "default-members = [\"a-one\"]\nresolver");
    let done = place.run("ws", &["run", "--for", "0.2"]);
    assert!(done.stderr.contains(" with w_root ("), "{}", done.text());
    // One that is no plugin: which are?
    place.change("ws/Cargo.toml", "crate-type = [\"cdylib\"]\n", "");
    let done = place.run("ws", &["run"]);
    assert_eq!(
        done.stderr,
        "error: `w-root` is no plugin: its [lib] needs crate-type = [\"cdylib\"] in HERE/ws/Cargo.toml; plugins here, for \
         --package: w-one, w-two\n"
    );
    // An example is none, whatever its type is.
    let manifest = fs::read_to_string(place.path("ws/Cargo.toml")).expect("it was made");
    let example = "[[example]]\nname = \"w_example\"\npath = \"src/lib.rs\"\ncrate-type = [\"cdylib\"]\n";
    place.write("ws/Cargo.toml", &(manifest + example));
    let done = place.run("ws", &["run"]);
    assert!(done.stderr.starts_with("error: `w-root` is no plugin"), "{}", done.text());
}
