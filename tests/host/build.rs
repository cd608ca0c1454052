//! Builds the fake daemon twice: as a library to link with, and as one program for each kind of release.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Everything but `main.c`.
const FILES: &[&str] = &[
    "cache",
    "calls",
    "chain",
    "config",
    "context",
    "dispatch",
    "emit",
    "grammar",
    "lists",
    "log",
    "meta",
    "notification",
    "reads",
    "registry",
    "script",
    "track",
    "types",
    "util",
    "values",
    "words",
];
/// Only where it is linked into a test.
const LIBRARY_FILES: &[&str] = &["guard", "lookup"];
const HEADERS: &[&str] = &["abi.h", "fake.h"];
/// As `RELEASE` in `abi.h`.
const RELEASES: &[&str] = &["508", "510", "512", "600"];
const LIBRARY_RELEASE: &str = "512";

fn main() -> ExitCode {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for file in FILES.iter().chain(LIBRARY_FILES) {
        println!("cargo:rerun-if-changed=c/{file}.c");
    }
    println!("cargo:rerun-if-changed=c/main.c");
    for file in HEADERS {
        println!("cargo:rerun-if-changed=c/{file}");
    }
    println!("cargo:rerun-if-changed=build.rs");

    settings(LIBRARY_RELEASE)
        .define("LIBRARY", None)
        .flag("-foptimize-sibling-calls")
        .files(FILES.iter().chain(LIBRARY_FILES).map(|file| format!("c/{file}.c")))
        .compile("fakecollectd");
    println!("cargo:rustc-link-search=native={}", out.display());
    // Whole, because who refers to it may come later on the linker's command line.
    println!("cargo:rustc-link-lib=static:+whole-archive=fakecollectd");

    let releases = if env::var_os("CARGO_FEATURE_PROGRAMS").is_some() { RELEASES } else { &[] };
    for release in releases {
        let program = out.join(format!("fake-collectd-{release}"));
        if let Err(problem) = build_program(release, &program) {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
        println!("cargo:rustc-env=FAKE_COLLECTD_{release}={}", program.display());
    }
    ExitCode::SUCCESS
}

fn settings(release: &str) -> cc::Build {
    let mut build = cc::Build::new();
    build
        .std("gnu11")
        .define("RELEASE", release)
        .debug(true)
        .opt_level(1)
        .extra_warnings(true)
        .warnings(true)
        .warnings_into_errors(true)
        .cargo_metadata(false);
    build
}

/// Like the daemon, the program exports its symbols to the plugins that it loads.
fn build_program(release: &str, program: &Path) -> Result<(), String> {
    let status = settings(release)
        .get_compiler()
        .to_command()
        .arg("-rdynamic")
        .arg("-o")
        .arg(program)
        .arg("c/main.c")
        .args(FILES.iter().map(|file| format!("c/{file}.c")))
        .args(["-ldl", "-lpthread", "-lm"])
        .status()
        .map_err(|e| format!("no C compiler for the fake collectd ({e}): install gcc (Debian: build-essential)"))?;
    if status.success() { Ok(()) } else { Err(format!("the fake collectd {release} does not compile: {status}")) }
}
