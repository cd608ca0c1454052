//! What `Cargo.lock` has: licences and sources that `deny.toml` lists, nothing that needs a later Rust.
//!
//! `cargo deny --workspace check` says the same and more; this needs nothing that is not here.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::{read, root};

fn packages() -> Vec<Value> {
    let metadata = support::metadata(&["--locked", "--all-features"]);
    let packages = metadata["packages"].as_array().expect("a list").clone();
    assert!(packages.len() > 100, "{}", packages.len());
    packages
}

fn deny() -> toml::Table {
    read(&root().join("deny.toml")).parse().expect("deny.toml")
}

fn list(table: &toml::Table, section: &str, key: &str) -> BTreeSet<String> {
    let list = table[section][key].as_array().unwrap_or_else(|| panic!("{section}.{key}"));
    list.iter().map(|value| value.as_str().expect("a text").to_owned()).collect()
}

/// Whether an SPDX expression can be met with what is allowed. The names that it is met with go into `used`.
fn is_met(expression: &str, allowed: &BTreeSet<String>, used: &mut BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = alternatives(&mut words, allowed, used);
    assert_eq!(words.next(), None, "{expression}");
    met
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn alternatives(words: &mut Words<'_>, allowed: &BTreeSet<String>, used: &mut BTreeSet<String>) -> bool {
    let mut met = all_of(words, allowed, used);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed, used);
    }
    met
}

fn all_of(words: &mut Words<'_>, allowed: &BTreeSet<String>, used: &mut BTreeSet<String>) -> bool {
    let mut met = one(words, allowed, used);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed, used);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>, used: &mut BTreeSet<String>) -> bool {
    let word = words.next().expect("a licence");
    if word == "(" {
        let met = alternatives(words, allowed, used);
        assert_eq!(words.next(), Some(")"));
        return met;
    }
    let mut name = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name += &format!(" WITH {}", words.next().expect("an exception"));
    }
    let is_allowed = allowed.contains(&name);
    if is_allowed {
        used.insert(name);
    }
    is_allowed
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Zlib".to_owned(), "A WITH B".to_owned()]);
    let met = |expression: &str| is_met(expression, &allowed, &mut BTreeSet::new());
    for yes in
        ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND Zlib", "A WITH B", "A OR (B AND C) OR MIT"]
    {
        assert!(met(yes), "{yes}");
    }
    for no in ["GPL-3.0", "GPL-3.0 AND MIT", "(GPL-3.0 OR BSD) AND Zlib", "MIT AND (A OR B)", "A", "A WITH C"] {
        assert!(!met(no), "{no}");
    }
}

#[test]
fn every_licence_is_in_deny_toml_and_nothing_else_is() {
    let deny = deny();
    let allowed = list(&deny, "licenses", "allow");
    let mut exceptions = exceptions(&deny);
    let mut used = BTreeSet::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name}: no licence"));
        let exception = exceptions.remove(name).unwrap_or_default();
        let with_exception = allowed.union(&exception).cloned().collect();
        assert!(is_met(licence, &with_exception, &mut used), "{name}: {licence} is not in deny.toml");
        assert!(exception.iter().all(|licence| used.remove(licence)), "{name}: {licence} needs no {exception:?}");
    }
    assert_eq!(used, allowed, "deny.toml allows what nobody has");
    assert!(exceptions.is_empty(), "deny.toml has exceptions for what is not there: {exceptions:?}");
}

/// What single crates may have besides.
fn exceptions(deny: &toml::Table) -> BTreeMap<String, BTreeSet<String>> {
    let exceptions = deny["licenses"]["exceptions"].as_array().expect("a list");
    let exception = |exception: &toml::Value| {
        let text = |value: &toml::Value| value.as_str().expect("a text").to_owned();
        let allowed = exception["allow"].as_array().expect("a list").iter().map(text).collect();
        (text(&exception["crate"]), allowed)
    };
    exceptions.iter().map(exception).collect()
}

#[test]
fn everything_comes_from_the_sources_of_deny_toml() {
    let deny = deny();
    let registries = list(&deny, "sources", "allow-registry");
    assert_eq!(deny["sources"]["unknown-registry"].as_str(), Some("deny"));
    assert_eq!(deny["sources"]["unknown-git"].as_str(), Some("deny"));
    for package in packages() {
        let Some(source) = package["source"].as_str() else {
            let manifest = package["manifest_path"].as_str().expect("a path");
            assert!(manifest.starts_with(root().to_str().expect("UTF-8")), "{manifest} is not of this repository");
            continue;
        };
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        assert!(registries.contains(registry), "{}: {source}", package["name"]);
    }
}

/// What cannot be had any more, or is not wanted in a plugin.
#[test]
fn what_is_banned_is_not_there() {
    let deny = deny();
    let banned = deny["bans"]["deny"].as_array().expect("a list").clone();
    let names: BTreeSet<&str> = banned.iter().map(|entry| entry["crate"].as_str().expect("a name")).collect();
    assert!(names.len() > 3);
    for package in packages() {
        assert!(!names.contains(package["name"].as_str().expect("a name")), "{}", package["name"]);
    }
}

fn version(text: &str) -> [u32; 3] {
    let mut numbers = text.split('.').map(|number| number.parse().expect("a number"));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

/// As far as one toolchain can tell: what the dependencies say of themselves. clippy's `incompatible_msrv` looks at
/// what the code uses of std.
#[test]
fn nothing_needs_a_later_rust_than_the_workspace_says() {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("a manifest");
    let stated = manifest["workspace"]["package"]["rust-version"].as_str().expect("a version");
    for package in packages() {
        let Some(needed) = package["rust_version"].as_str() else { continue };
        assert!(version(needed) <= version(stated), "{} needs Rust {needed}, later than {stated}", package["name"]);
        assert!(!package["source"].is_null() || needed == stated, "{} has a version of its own", package["name"]);
    }
    for place in ["README.md", "CONTRIBUTING.md", ".make/common.sh"] {
        assert!(read(&root().join(place)).contains(&format!("Rust {stated}")), "{place} states another version");
    }
    assert_eq!(manifest["workspace"]["lints"]["clippy"]["incompatible_msrv"].as_str(), Some("warn"));
}
