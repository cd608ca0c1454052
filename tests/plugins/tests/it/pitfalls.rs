//! The table of what went wrong elsewhere, in this package's README, names tests that exist.

use std::fs;
use std::path::Path;

const DEFECTS: usize = 20;

/// The words between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a test of this name is there: `module::name`, `path/to/file.rs::name` or `ui/name.rs`.
fn exists(test: &str) -> bool {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some((place, name)) = test.rsplit_once("::") else {
        let file = package.join("tests").join(test);
        return file.is_file() && file.with_extension("stderr").is_file();
    };
    let file = match place.strip_suffix(".rs") {
        Some(_) => package.join("../..").join(place),
        None => package.join(format!("tests/it/{place}.rs")),
    };
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    let is_attribute = |line: &str| line.starts_with("#[") || line.starts_with("//");
    // Its attributes stand right before it.
    while lines.by_ref().any(|line| line == "#[test]") {
        let line = lines.find(|line| !is_attribute(line)).unwrap_or_default();
        if line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with("()"))
        {
            return true;
        }
    }
    false
}

#[test]
fn every_defect_has_its_tests() {
    let readme = include_str!("../../README.md");
    let rows: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("| ")).collect();
    let rows: Vec<_> =
        rows.iter().filter_map(|row| Some((row.split_once(" | ")?.0.parse::<usize>().ok()?, row))).collect();
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), (1..=DEFECTS).collect::<Vec<_>>());
    for (number, row) in rows {
        let tests: Vec<_> = row.rsplit(" | ").next().map(code).into_iter().flatten().collect();
        assert!(!tests.is_empty(), "nothing for {number}");
        let missing: Vec<_> = tests.iter().filter(|test| !exists(test)).collect();
        assert!(missing.is_empty(), "{number}: there is no {missing:?}");
    }
    assert!(!exists("pitfalls::no_such_test") && !exists("pitfalls::exists") && !exists("ui/no_such_file.rs"));
}
