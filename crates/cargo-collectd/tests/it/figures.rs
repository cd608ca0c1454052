//! What is promised of a first plugin: how soon it shows a value, and how small it is.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use crate::place::{FIRST_RUN, Place, Running, target_dir, wait_line};

const README: &str = include_str!("../../../../README.md");

/// That of the run which made the target directory of these tests.
#[test]
fn the_first_value_from_nothing_comes_within_90_seconds() {
    let text = fs::read_to_string(target_dir().join(FIRST_RUN)).expect("it was written when the directory was made");
    let number = |word: &str| text.split(' ').skip_while(|other| *other != word).nth(1)?.parse::<f64>().ok();
    let [after, busy] = ["after", "busy"].map(|word| number(word).unwrap_or_else(|| panic!("no {word} in {text}")));
    assert!(after > 0.1 && busy > 0.1, "{text}");
    // On a machine that has other things to do, it is the work of two processors that counts.
    assert!(after.min(busy / 2.0) < 90.0, "{text}");
}

#[test]
fn the_first_value_of_what_is_built_comes_within_five_seconds() {
    let place = Place::new();
    place.new_plugin("r_warm", "read");
    assert_eq!(place.run("r_warm", &["run", "--for", "0.1s"]).code, Some(0));
    // In the best of some: cargo builds nothing while it does for another test.
    let once = || {
        let start = Instant::now();
        let mut running = Running::start(place.command("r_warm", &["run"]));
        wait_line(&running.stdout, "/file_handles/used [");
        let took = start.elapsed();
        running.signal("INT");
        assert!(running.wait().success());
        took
    };
    let mut took: Vec<Duration> = Vec::new();
    while took.iter().all(|took| *took >= Duration::from_secs(5)) {
        assert!(took.len() < 10, "{took:?}");
        took.push(once());
    }
}

/// The one of the README, with its configuration; the guide's first one is smaller.
#[test]
fn a_plugin_of_25_lines_is_small() {
    let place = Place::new();
    place.new_plugin("r_small", "read");
    let code = README.split("```rust,no_run\n").nth(1).and_then(|rest| rest.split("```").next());
    let code = code.expect("it has code").replace("\"entropy_rs\"", "\"r_small\"");
    assert!(code.contains("collectd::plugin!(Entropy: Read);"), "{code}");
    assert!(code.lines().filter(|line| !line.is_empty()).count() <= 25, "{code}");
    place.write("r_small/src/lib.rs", &code);
    let tree = place.finish(place.cargo("r_small", &["tree", "--edges", "normal,build", "--prefix", "none"]));
    assert_eq!(tree.code, Some(0), "{}", tree.text());
    let names = tree.stdout.lines().map(|line| line.split(' ').next().unwrap_or_default());
    let crates: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    assert!((2..25).contains(&crates.len()), "{}: {crates:?}", crates.len());
    let build = place.finish(place.cargo("r_small", &["build", "--release"]));
    assert_eq!(build.code, Some(0), "{}", build.text());
    let size = fs::metadata(target_dir().join("release/libr_small.so")).expect("it was built").len();
    assert!(size < 500_000, "{size} bytes");
}
