//! What is to be published can be: `cargo package` of all of it at once would say the same, with the registry's help.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use collectd_docs::links::files;
use serde_json::Value;
use support::{root, succeed, text};

/// The members of the workspace.
fn members() -> Vec<Value> {
    support::metadata(&["--locked", "--no-deps"])["packages"].as_array().expect("a list").clone()
}

/// Without `publish = false`, which is an empty list of registries.
fn is_published(package: &Value) -> bool {
    package["publish"].is_null()
}

#[test]
fn what_is_published_needs_only_what_is() {
    let members = members();
    let of_ours: BTreeMap<&str, &Value> =
        members.iter().map(|package| (package["name"].as_str().expect("a name"), package)).collect();
    let published: Vec<_> = members.iter().filter(|package| is_published(package)).collect();
    assert!(published.len() > 8 && published.len() < members.len());
    let mut needs = BTreeSet::new();
    for package in published {
        let name = package["name"].as_str().expect("a name");
        for field in ["description", "license", "rust_version"] {
            assert!(package[field].is_string(), "{name} has no {field}");
        }
        for dependency in package["dependencies"].as_array().expect("a list") {
            let of = dependency["name"].as_str().expect("a name");
            let Some(other) = of_ours.get(of) else { continue };
            let has_version = dependency["req"] != "*";
            // One that is only for tests is left out of what is published, if it has no version.
            if dependency["kind"] == "dev" && !has_version {
                continue;
            }
            assert!(is_published(other), "{name} needs {of}, which is not published");
            assert!(has_version, "{name} needs {of} of no version");
            needs.insert((name, of));
        }
    }
    // Some order to publish them in.
    let mut left: Vec<&str> = of_ours.keys().copied().filter(|name| is_published(of_ours[name])).collect();
    while !left.is_empty() {
        let ready = |name: &&str| !needs.iter().any(|(of, needed)| of == name && left.contains(needed));
        let rest: Vec<_> = left.iter().copied().filter(|name| !ready(name)).collect();
        assert!(rest.len() < left.len(), "these need each other: {left:?}");
        left = rest;
    }
}

/// Directories with a manifest are left out, and links are followed: the templates have none, and the test host is a link.
#[test]
fn what_is_built_into_cargo_collectd_is_published_with_it() {
    let args = ["package", "--locked", "--allow-dirty", "--list", "--package", "cargo-collectd"];
    let listed = text(&succeed(support::cargo().args(args)).stdout);
    let listed: BTreeSet<&Path> = listed.lines().map(Path::new).collect();
    let crate_dir = root().join("crates/cargo-collectd");
    for directory in ["templates", "test-host"] {
        let files = files(&crate_dir.join(directory)).expect("readable");
        assert!(files.len() > 10, "{directory}: {files:?}");
        for file in files {
            let name = file.strip_prefix(&crate_dir).expect("it is inside");
            assert!(listed.contains(name), "{} is not published", name.display());
        }
    }
}
