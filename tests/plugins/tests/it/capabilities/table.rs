//! The table in the guide claims what is tested, and leaves nothing out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use collectd_test_daemon::collectd;

const GUIDE: &str = include_str!("../../../../../src/guide/capabilities.md");

/// What stands for "nothing" in a cell.
const NOTHING: &str = "–";

struct Row {
    capability: &'static str,
    here: &'static str,
    tests: Vec<&'static str>,
}

impl Row {
    fn is_claimed(&self) -> bool {
        !self.here.starts_with("no: ")
    }
}

fn rows() -> Vec<Row> {
    let lines = GUIDE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let cells = lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>());
    let rows = cells.filter(|cells| cells[0] != "capability").map(|cells| {
        assert_eq!(cells.len(), 10, "{cells:?}");
        let tests = cells[2].split(", ").filter(|test| *test != NOTHING);
        Row { capability: cells[0], here: cells[1], tests: tests.map(|test| test.trim_matches('`')).collect() }
    });
    rows.collect()
}

/// The tests of this file, as it lists them itself.
fn tests() -> BTreeSet<String> {
    let this = std::env::current_exe().expect("a test knows its file");
    let output = Command::new(this).args(["--list", "--format", "terse"]).output().expect("it can list its tests");
    let text = String::from_utf8(output.stdout).expect("names of functions");
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[test]
fn what_is_claimed_has_a_test_and_what_is_not_has_a_reason() {
    let rows = rows();
    assert!(rows.len() > 100, "{} rows", rows.len());
    for row in &rows {
        assert_eq!(row.is_claimed(), !row.tests.is_empty(), "{}: {:?}", row.capability, row.tests);
        assert!(row.here.len() > "no: ".len(), "{}", row.capability);
    }
    let names: BTreeSet<_> = rows.iter().map(|row| row.capability).collect();
    assert_eq!(names.len(), rows.len(), "a capability stands there twice");
}

#[test]
fn tests_that_are_named_exist() {
    let tests = tests();
    for row in rows() {
        for test in row.tests {
            assert!(tests.contains(test), "{}: there is no test {test}", row.capability);
        }
    }
}

#[test]
fn tests_that_are_named_start_the_real_daemon() {
    let sources = Sources::read();
    let named: BTreeSet<_> = rows().into_iter().flat_map(|row| row.tests).collect();
    let without: Vec<_> = named.into_iter().filter(|test| !sources.start_the_daemon(test)).collect();
    assert_eq!(without, Vec::<&str>::new());
    // It tells them apart.
    assert!(!sources.start_the_daemon("values::every_kind_of_value_and_meta_data_can_be_seen"));
    assert!(!sources.start_the_daemon("several::every_kind_of_closure_is_called"));
}

#[test]
fn every_test_of_these_modules_is_named() {
    let named: BTreeSet<_> = rows().into_iter().flat_map(|row| row.tests).collect();
    let checks = concat!(module_path!(), "::");
    let checks = checks.split_once("::").map_or(checks, |(_, module)| module);
    let own = tests().into_iter().filter(|test| test.starts_with("capabilities::") && !test.starts_with(checks));
    let missing: Vec<_> = own.filter(|test| !named.contains(test.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// Functions and variables that the daemon exports: what is not among them, no plugin can reach.
#[test]
fn nothing_that_the_daemon_exports_is_left_out() {
    let rows = rows();
    let names = rows.iter().flat_map(|row| row.capability.split('`').skip(1).step_by(2));
    let (families, names): (Vec<&str>, Vec<&str>) = names.partition(|name| name.ends_with('*'));
    let families: Vec<_> = families.iter().map(|family| family.trim_end_matches('*')).collect();
    let is_known = |name: &str| names.contains(&name) || families.iter().any(|family| name.starts_with(family));
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(collectd()).output();
    let output = output.expect("nm: install the package binutils");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let exported: Vec<_> = text.lines().filter_map(|line| line.split(' ').next_back()).collect();
    assert!(exported.contains(&"plugin_dispatch_values"), "{exported:?}");
    // The linker's own, and variables of the C library.
    let is_c = |name: &&&str| name.starts_with('_') || name.contains('@') || name.ends_with("_start");
    let missing: Vec<_> = exported.iter().filter(|name| !is_c(name) && !is_known(name)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

/// The functions and statics of the test files, by file and name.
struct Sources(BTreeMap<(PathBuf, String), String>);

impl Sources {
    fn read() -> Self {
        let mut items = BTreeMap::new();
        read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"), &mut items);
        Sources(items)
    }

    /// Whether a test, or something that it uses, starts a daemon.
    fn start_the_daemon(&self, test: &str) -> bool {
        let Some((module, function)) = test.rsplit_once("::") else { return false };
        let below = module.replace("::", "/");
        let file = [format!("{below}.rs"), format!("{below}/mod.rs")].map(|file| file_of(&file));
        let file = file.into_iter().find(|file| self.0.contains_key(&(file.clone(), function.to_owned())));
        file.is_some_and(|file| self.reaches_the_daemon(&file, function, &mut BTreeSet::new()))
    }

    fn reaches_the_daemon(&self, file: &Path, name: &str, seen: &mut BTreeSet<(PathBuf, String)>) -> bool {
        let key = (file.to_owned(), name.to_owned());
        let Some(code) = self.0.get(&key).filter(|_| seen.insert(key.clone())) else { return false };
        if code.contains("Daemon::builder()") || code.contains("Daemon::start_with(") {
            return true;
        }
        // Its own file, those beside it, and what all tests share.
        let directory = file.parent().unwrap_or(file);
        let words: BTreeSet<_> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let near = self.0.keys().filter(|(other, _)| other.starts_with(directory) || *other == file_of("support.rs"));
        let used = near.filter(|(other, name)| (other == file || is_shared(other)) && words.contains(name.as_str()));
        used.cloned().collect::<Vec<_>>().iter().any(|(file, name)| self.reaches_the_daemon(file, name, seen))
    }
}

fn file_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name)
}

/// Files with what the tests of others use.
fn is_shared(file: &Path) -> bool {
    ["support.rs", "survey.rs", "mod.rs"].iter().any(|name| file.ends_with(name))
}

fn read_directory(directory: &Path, items: &mut BTreeMap<(PathBuf, String), String>) {
    for entry in std::fs::read_dir(directory).expect("the tests' own directory") {
        let path = entry.expect("the tests' own directory").path();
        if path.is_dir() {
            read_directory(&path, items);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a file of the tests");
            items.extend(items_of(&text).map(|(name, code)| ((path.clone(), name), code)));
        }
    }
}

/// Functions and statics of a file, as rustfmt lays them out: up to a line that begins with a closing brace.
fn items_of(text: &str) -> impl Iterator<Item = (String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let starts = (0..lines.len()).filter_map(|start| {
        let line = lines[start];
        let item = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) ")).unwrap_or(line);
        let item = item.strip_prefix("fn ").or_else(|| item.strip_prefix("static "))?;
        let name = item.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        let end = (start..lines.len()).find(|end| lines[*end].starts_with('}')).unwrap_or(lines.len() - 1);
        Some((name.to_owned(), lines[start..=end].join("\n")))
    });
    starts.collect::<Vec<_>>().into_iter()
}
