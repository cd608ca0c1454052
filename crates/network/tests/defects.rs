//! The table of what is wrong with collectd's own `network` plugin, in README.md: every number is there, and the tests that it
//! names are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// How many there are.
const DEFECTS: usize = 21;

fn dir() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// All functions with `#[test]` in the files of this directory.
fn tests() -> BTreeSet<String> {
    let files = fs::read_dir(dir()).expect("it is there").map(|entry| entry.expect("readable").path());
    let sources = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let mut tests = BTreeSet::new();
    for source in sources {
        let text = fs::read_to_string(source).expect("a text");
        let behind = text.split("#[test]\nfn ").skip(1);
        tests.extend(behind.filter_map(|text| text.split_once('(')).map(|(name, _)| name.to_owned()));
    }
    tests
}

#[test]
fn every_defect_has_its_row_and_its_tests() {
    let readme = fs::read_to_string(dir().join("README.md")).expect("a text");
    let rows: Vec<Vec<_>> = readme.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let rows = rows.iter().filter(|cells| cells.len() == 6 && cells[1].parse::<usize>().is_ok());
    let mut numbers = Vec::new();
    let (tests, mut named) = (tests(), BTreeSet::new());
    for cells in rows {
        let number: usize = cells[1].parse().expect("a number");
        numbers.push(number);
        let shown = cells[3].split([' ', ':']).next().expect("a word");
        assert!(["yes", "no", "injected"].contains(&shown), "{number}: {shown}");
        let prefix = format!("defect_{number:02}_");
        let own: Vec<_> = cells[4].split('`').filter(|word| word.starts_with(&prefix)).collect();
        assert!(!own.is_empty(), "{number} has no test");
        for test in own {
            assert!(tests.contains(test), "{number}: there is no test {test}");
            named.insert(test.to_owned());
        }
    }
    assert!(numbers.iter().copied().eq(1..=DEFECTS), "{numbers:?}");
    let all: BTreeSet<_> = tests.into_iter().filter(|test| test.starts_with("defect_")).collect();
    assert_eq!(named, all);
}
