//! The public interface is what `tests/docs/api` says.

mod support;

use std::env;
use std::fs;

use collectd_docs::api;
use support::{read, root, succeed};

const CRATES: [(&str, &str); 6] = [
    ("collectd-rust", "collectd"),
    ("collectd-types", "collectd_types"),
    ("collectd-wire", "collectd_wire"),
    ("collectd-udp", "collectd_udp"),
    ("collectd-net", "collectd_net"),
    ("collectd-testing", "collectd_testing"),
];

#[test]
fn the_public_interface_is_the_one_that_is_checked_in() {
    // The flags of `make lint` and `make docs`, so that what they wrote is there already.
    let mut command = support::cargo();
    command.args(["doc", "-q", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    succeed(command.args(CRATES.iter().flat_map(|(package, _)| ["-p", *package])));
    let metadata = support::metadata(&["--no-deps"]);
    let doc = format!("{}/doc", metadata["target_directory"].as_str().expect("a directory"));

    let mut differences = String::new();
    for (_, name) in CRATES {
        let file = root().join("tests/docs/api").join(format!("{name}.txt"));
        let now = api::listing(doc.as_ref(), name).unwrap_or_else(|error| panic!("{error:#}"));
        if env::var_os("BLESS").is_some() {
            fs::write(&file, now).expect("writable");
            continue;
        }
        let before = read(&file);
        let only = |some: &str, others: &str, mark: char| -> String {
            let others: std::collections::BTreeSet<&str> = others.lines().collect();
            some.lines().filter(|line| !others.contains(line)).map(|line| format!("{mark} {line}\n")).collect()
        };
        differences += &(only(&before, &now, '-') + &only(&now, &before, '+'));
    }
    assert!(
        differences.is_empty(),
        "the public interface has changed:\n{differences}\
         If that is meant: BLESS=1 cargo test -p collectd-docs --test api\n\
         (The files were made by rustdoc 1.95. Another release may write the same in other words.)"
    );
}
