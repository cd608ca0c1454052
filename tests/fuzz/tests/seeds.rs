//! Every known packet, and everything a fuzzer ever found, goes through the targets.

use std::path::Path;
use std::{fs, panic};

use collectd_fuzz::Target;

fn run(name: &str) {
    let target = Target::named(name).unwrap();
    let seeds = (target.seeds)();
    assert!(seeds.len() >= 5, "only {} seeds", seeds.len());
    for (seed, input) in seeds.iter().chain(&found(name)) {
        // Cut off and changed as well: what was not meant is most of what can come.
        for input in [&input[..], &input[..input.len() / 2], &changed(input)] {
            panic::catch_unwind(|| (target.run)(input)).unwrap_or_else(|_| panic!("{name}: {seed}: {input:x?}"));
        }
    }
}

fn changed(input: &[u8]) -> Vec<u8> {
    let mut input = input.to_vec();
    input.iter_mut().skip(7).step_by(31).for_each(|byte| *byte ^= 0x11);
    input
}

/// Inputs that once showed a mistake.
fn found(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found").join(name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn decode() {
    run("decode");
}

#[test]
fn open() {
    run("open");
}

#[test]
fn round_trip() {
    run("round_trip");
}

#[test]
fn auth_file() {
    run("auth_file");
}

#[test]
fn types_db() {
    run("types_db");
}

#[test]
fn identifier() {
    run("identifier");
}

#[test]
fn every_target_is_tested_and_has_its_dictionary() {
    let source = include_str!("seeds.rs");
    for target in Target::ALL {
        assert!(source.contains(&format!("run(\"{}\")", target.name)), "{}", target.name);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dictionaries");
        assert!(folder.join(target.dictionary).with_extension("dict").is_file(), "{}", target.dictionary);
    }
}
