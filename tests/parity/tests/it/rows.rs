//! Everything that collectd-python does is compared, or there is a reason why it cannot be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::SCENARIOS;
use crate::scenario::{Scenario, directory};

/// Rows by number, with the reason of those that can have no scenario.
fn rows() -> BTreeMap<String, Option<String>> {
    let text = fs::read_to_string(directory().with_file_name("rows.txt")).expect("rows.txt");
    let mut rows = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("    no scenario: ") {
            Some(reason) => *rows.get_mut(&last).expect("a row before its reason") = Some(reason.to_owned()),
            None => {
                last = line.split(' ').next().unwrap_or_default().to_owned();
                assert_eq!(rows.insert(last.clone(), None), None, "{line}");
            }
        }
    }
    rows
}

#[test]
fn every_row_has_a_scenario_or_a_reason() {
    let rows = rows();
    assert_eq!(rows.len(), 53);
    let scenarios: Vec<_> = SCENARIOS.iter().map(|name| Scenario::read(name)).collect();
    let covered: BTreeSet<_> = scenarios.iter().flat_map(|scenario| &scenario.rows).collect();
    for (row, reason) in &rows {
        assert!(covered.contains(row) != reason.is_some(), "row {row}: {reason:?}");
    }
    for scenario in &scenarios {
        assert!(!scenario.rows.is_empty(), "{} is about nothing", scenario.name);
        for row in &scenario.rows {
            assert!(rows.contains_key(row), "{}: there is no row {row}", scenario.name);
        }
    }
}

/// A line of a log belongs to the scenario whose name is in it.
#[test]
fn no_name_is_part_of_another() {
    for name in SCENARIOS {
        let others = SCENARIOS.iter().filter(|other| other.contains(name));
        assert_eq!(others.count(), 1, "{name}");
    }
}

/// A half that is in no list would be compared with nothing.
#[test]
fn every_file_is_used() {
    let files = fs::read_dir(directory()).expect("the directory of the scenarios");
    let files: BTreeSet<_> = files.map(|file| file.expect("a file").path()).collect();
    for name in SCENARIOS {
        let with = |extension: &str| directory().join(name).with_extension(extension);
        assert!(files.contains(&with("txt")) && files.contains(&with("py")), "{name}");
        let scenario = Scenario::read(name);
        let rust = scenario.load.as_deref().unwrap_or(name);
        assert!(files.contains(&directory().join(rust).with_extension("rs")), "{name}: {rust}");
    }
    for file in files {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(name == "main" || SCENARIOS.contains(&name), "{}", file.display());
    }
}
