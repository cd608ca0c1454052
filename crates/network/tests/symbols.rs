//! What the plugin file exports, and what it wants from the daemon that loads it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use collectd_test_daemon::cargo_build;
use collectd_test_host::{Release, Session};

/// What every daemon since this release has.
const DAEMON: &str = include_str!("../../../tests/symbols/collectd-5.8.txt");

/// The lines of `nm -D`: kind and name of each symbol, with the version of the library if it has one.
fn symbols(option: &str, so: &Path) -> Vec<(String, String)> {
    let output = Command::new("nm").args(["-D", option]).arg(so).output();
    let output = output.unwrap_or_else(|error| panic!("nm ({error}): install the package binutils"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("symbols are ASCII");
    let words = text.lines().map(|line| line.split_whitespace().rev().collect::<Vec<_>>());
    words.map(|words| (words[1].to_owned(), words[0].to_owned())).collect()
}

#[test]
fn nothing_is_exported_but_what_the_daemon_looks_for() {
    let exported = symbols("--defined-only", &cargo_build::cdylib("rust_network"));
    assert_eq!(exported, [("T".to_owned(), "module_register".to_owned())]);
}

/// One symbol that the daemon lacks, and it cannot load the file.
#[test]
fn every_daemon_since_5_8_has_what_is_needed() {
    let known: BTreeSet<_> = DAEMON.lines().filter(|line| !line.starts_with('#')).collect();
    let needed = symbols("--undefined-only", &cargo_build::cdylib("rust_network"));
    // What comes from a library has its version; what is weak may be missing.
    let of_daemon: Vec<_> = needed.iter().filter(|(kind, name)| kind == "U" && !name.contains('@')).collect();
    let unknown: Vec<_> = of_daemon.iter().filter(|(_, name)| !known.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(of_daemon.iter().any(|(_, name)| name == "plugin_register_write"), "{of_daemon:?}");
    let libraries = ["GLIBC_", "GCC_"];
    let from_libraries = needed.iter().filter_map(|(_, name)| name.split_once('@'));
    for (name, version) in from_libraries {
        let version = version.trim_start_matches('@');
        assert!(libraries.iter().any(|library| version.starts_with(library)), "{name} is from {version}");
    }
}

#[test]
fn daemons_of_all_releases_load_it() {
    let so = cargo_build::cdylib("rust_network");
    for release in [Release::V5_8, Release::V5_10, Release::V5_12] {
        for block in ["rust_network", "network"] {
            let mut session = Session::builder(release).start();
            session.load(&so);
            session.config(&format!("<Plugin {block}>\n  Server \"127.0.0.1\" \"9\"\n</Plugin>"));
            let registered = session.run("init");
            // What can be asked for by name has the name of the block.
            for (kind, name) in [("write", block), ("flush", block), ("notification", "rust_network")] {
                let wanted = [("kind", kind), ("name", name), ("status", "0")];
                assert!(registered.iter().any(|event| event.is("register", &wanted)), "{release:?}: {registered:#?}");
            }
            session.run("shutdown");
            let outcome = session.finish();
            assert!(outcome.status.success(), "{release:?}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_daemon_of_release_6_is_told_to_do_without() {
    let mut session = Session::builder(Release::V6_0).start();
    let events = session.load(&cargo_build::cdylib("rust_network"));
    assert!(!events.iter().any(|event| event.kind() == "register"), "{events:#?}");
    let told = |text: &str| text.contains("rust_network plugin: this is a collectd 6");
    assert!(events.iter().any(|event| event.kind() == "log" && told(event.text("text"))), "{events:#?}");
    assert!(session.finish().status.success());
}
