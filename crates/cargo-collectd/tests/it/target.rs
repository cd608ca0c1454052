//! Where cargo puts the file: for a target, and with optimisations.

use std::fs;
use std::process::Command;

use crate::place::{Place, target_dir};

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// That of this machine.
fn triple() -> String {
    let version = output("rustc", &["-vV"]);
    version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc says it").to_owned()
}

const MAINTAINER: [&str; 3] = ["package", "--maintainer", "Jo Doe <jo@example.org>"];

#[test]
fn a_package_for_a_target_has_the_file_of_that_target() {
    let place = Place::new();
    place.bare_plugin("", "g-bare", "g_bare");
    let triple = triple();
    let done = place.run("", &[&MAINTAINER[..], &["--target", &triple]].concat());
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert!(target_dir().join(&triple).join("release/libg_bare.so").is_file());
    let architecture = output("dpkg", &["--print-architecture"]);
    let deb = format!("collectd-plugin-g-bare_0.1.0_{}.deb", architecture.trim_end());
    assert_eq!(done.stdout, format!("TARGET/collectd/{deb}\n"), "{}", done.text());
    let deb = target_dir().join("collectd").join(deb);
    assert_eq!(output("dpkg-deb", &["--field", deb.to_str().expect("UTF-8"), "Architecture"]), architecture);
    let files = output("dpkg-deb", &["--contents", deb.to_str().expect("UTF-8")]);
    assert!(files.contains(" ./usr/lib/collectd/g_bare.so\n"), "{files}");
}

#[test]
fn a_target_that_the_compiler_does_not_have_is_named_with_what_mends_it() {
    let place = Place::new();
    place.bare_plugin("", "g-lacks", "g_lacks");
    // Nobody has that one installed who has not a reason.
    let done = place.run("", &[&MAINTAINER[..], &["--target", "sparc64-unknown-netbsd"]].concat());
    assert_eq!((done.code, done.stdout.as_str()), (Some(1), ""), "{}", done.text());
    let wanted = "error: --target sparc64-unknown-netbsd: Rust's library for it is not installed: `rustup target add \
                  sparc64-unknown-netbsd`, or your system's package\n";
    assert!(done.stderr.ends_with(wanted), "{}", done.text());
    let done = place.run("", &[&MAINTAINER[..], &["--target", "nonsense"]].concat());
    assert_eq!(done.code, Some(1), "{}", done.text());
    let wanted = "error: --target nonsense: the compiler knows no such target; `rustc --print target-list` says which it \
                  knows\n";
    assert!(done.stderr.ends_with(wanted), "{}", done.text());
    place.change("src/lib.rs", "mod never", "mod");
    let done = place.run("", &[&MAINTAINER[..], &["--target", &triple()]].concat());
    assert_eq!(done.code, Some(1), "{}", done.text());
}

#[test]
fn all_take_the_file_from_where_cargo_puts_it() {
    let place = Place::new();
    place.bare_plugin("", "g-placed", "g_placed");
    place.write("collectd.conf", "LoadPlugin g_placed\n");
    let file = |dir: &str| format!("TARGET/{dir}/libg_placed.so");
    let run = |args: &[&str], dir: &str| {
        let done = place.run("", &[&["run", "--for", "0.3"], args].concat());
        assert_eq!(done.code, Some(0), "{}", done.text());
        assert!(done.stderr.contains(&format!(" with g_placed ({})", file(dir))), "{}", done.text());
    };
    run(&[], "debug");
    run(&["--release"], "release");
    fs::create_dir(place.path(".cargo")).expect("it is writable");
    let triple = triple();
    place.write(".cargo/config.toml", &format!("[build]\ntarget = \"{triple}\"\n"));
    run(&[], &format!("{triple}/debug"));
    let done = place.run("", &["check", "--release", "collectd.conf"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{}", done.text());
    assert!(target_dir().join(&triple).join("release/libg_placed.so").is_file());
    let plugins = place.path("plugins");
    fs::create_dir(&plugins).expect("it is writable");
    let done = place.run("", &["install", "--plugin-dir", plugins.to_str().expect("UTF-8")]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert!(plugins.join("g_placed.so").is_file());
}
