//! What the tests of the documentation have in common.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use collectd_docs::links::files;
use collectd_docs::markdown::Page;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A page, named by its path in the repository.
#[allow(dead_code, reason = "not every test reads pages")]
pub(crate) fn page(name: &str) -> Page {
    Page::read(&read(&root().join(name)))
}

/// The one block of a page, or the first of several, with this info.
#[allow(dead_code, reason = "not every test reads pages")]
pub(crate) fn first_block(name: &str, info: &str) -> String {
    let block = page(name).blocks.into_iter().find(|block| block.info == info);
    block.unwrap_or_else(|| panic!("no block of {info:?} in {name}")).text
}

/// Every page in Markdown, by its path in the repository. Folders that others made, or cargo, are left out.
#[allow(dead_code, reason = "not every test reads pages")]
pub(crate) fn pages() -> Vec<(String, Page)> {
    let root = root();
    let mut found: Vec<PathBuf> = ["docs", "src", "crates", "tests", "examples", ".github"]
        .iter()
        .map(|dir| root.join(dir))
        .filter(|dir| dir.is_dir())
        .flat_map(|dir| files(&dir).expect("readable"))
        .collect();
    found.extend(fs::read_dir(&root).expect("readable").map(|entry| entry.expect("readable").path()));
    let names = found.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    let names = names.map(|file| file.strip_prefix(&root).expect("inside").to_str().expect("UTF-8").to_owned());
    let pages: Vec<_> =
        names.filter(|name| !name.contains("/target/")).map(|name| (name.clone(), page(&name))).collect();
    assert!(pages.len() > 30, "only {} pages", pages.len());
    pages
}

/// The pages for people who use the project, or want to: all but those about its tests.
#[allow(dead_code, reason = "not every test reads pages")]
pub(crate) fn documentation() -> Vec<(String, Page)> {
    let is_documentation = |name: &str| {
        let is_readme = || matches!(name.split('/').collect::<Vec<_>>()[..], ["crates", _, "README.md"]);
        ["docs/", "src/guide/", "examples/"].iter().any(|start| name.starts_with(start))
            || is_readme()
            || !name.contains('/') && name != "CHANGELOG.md"
    };
    pages().into_iter().filter(|(name, _)| is_documentation(name)).collect()
}

/// Builds the programs for the command line, as `make docs` does, and says in which directory they are.
#[allow(dead_code, reason = "not every test runs programs")]
pub(crate) fn programs() -> PathBuf {
    succeed(cargo().args(["build", "-q", "-p", "cargo-collectd", "-p", "collectd-live"]));
    Path::new(metadata(&["--no-deps"])["target_directory"].as_str().expect("a directory")).join("debug")
}

/// What cargo says of packages.
#[allow(dead_code, reason = "not every test asks cargo")]
pub(crate) fn metadata(args: &[&str]) -> serde_json::Value {
    let output = succeed(cargo().args(["metadata", "--format-version", "1"]).args(args));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[allow(dead_code, reason = "not every test runs programs")]
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    output
}

#[allow(dead_code, reason = "not every test runs programs")]
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// cargo in the workspace, in the directory where everything is built already.
#[allow(dead_code, reason = "not every test runs programs")]
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).arg("--offline");
    command
}
