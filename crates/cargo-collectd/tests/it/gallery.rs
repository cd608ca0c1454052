//! A plugin of the gallery in an author's crate, as it stands there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::test::{steps, test, without_counts};

fn examples(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// With the name that it has there; its tests beside the daemon are run where it is.
fn copy(place: &Place, name: &str, kind: &str, dependencies: &str) {
    place.new_plugin(name, kind);
    fs::remove_file(place.path(name).join("collectd.conf")).expect("it was made");
    for entry in fs::read_dir(examples(name).join("src")).expect("it is there").flatten() {
        fs::copy(entry.path(), place.path(name).join("src").join(entry.file_name())).expect("it is writable");
    }
    let conf = format!("{name}.conf");
    fs::copy(examples(name).join(&conf), place.path(name).join(&conf)).expect("it is writable");
    let manifest = format!("{name}/Cargo.toml");
    let package = format!("collectd-example-{}", name.replace('_', "-"));
    place.change(&manifest, &format!("name = \"{name}\"\n"), &format!("name = \"{package}\"\n"));
    place.change(&manifest, "[lib]\n", &format!("[lib]\nname = \"{name}\"\n"));
    place.change(&manifest, "[dependencies]\n", &format!("[dependencies]\n{dependencies}"));
}

/// A match, whose configuration is not called collectd.conf, and whose package has another name.
#[test]
fn the_match_on_rates_is_tested_checked_and_run() {
    let place = Place::new();
    copy(&place, "rate_match", "match", "thiserror = { version = \"2\", default-features = false }\n");
    let tests = test(&place, "rate_match", &[]);
    assert_eq!(tests.code, Some(0), "{}", tests.text());
    insta::assert_snapshot!("gallery_rate_match", without_counts(&steps(&tests.stderr)));
    let done = place.run("rate_match", &["check", "rate_match.conf"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{}", done.text());
    // Its chain is in the daemon that is run.
    place.change("rate_match/rate_match.conf", "Satisfy \"All\"", "Satisfied \"All\"");
    let done = place.run("rate_match", &["run", "--for", "30"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(done.stderr.contains("error: HERE/rate_match/rate_match.conf:18: rate_match plugin: "), "{}", done.text());
}
