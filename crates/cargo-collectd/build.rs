//! Builds the test host of `cargo collectd test`: the fake daemon of `tests/host`, which is part of the program.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A link to `tests/host/c`, so that a published crate has them.
const SOURCES: &str = "test-host";
/// Only where it is linked into a test.
const LIBRARY_FILES: [&str; 2] = ["guard.c", "lookup.c"];

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={SOURCES}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    match build(&out.join("test-host")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn build(program: &Path) -> Result<(), String> {
    let entries = fs::read_dir(SOURCES).map_err(|error| format!("{SOURCES}: {error}"))?;
    let is_part = |file: &PathBuf| {
        file.extension().is_some_and(|extension| extension == "c")
            && !LIBRARY_FILES.iter().any(|library_file| file.ends_with(library_file))
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_part).collect();
    files.sort_unstable();
    let mut build = cc::Build::new();
    build.std("gnu11").define("RELEASE", "512").opt_level(1).debug(false).cargo_metadata(false);
    let status = build
        .get_compiler()
        .to_command()
        // As the daemon, it exports its functions to the plugins that it loads.
        .args(["-rdynamic", "-s", "-o"])
        .arg(program)
        .args(files)
        .args(["-ldl", "-lpthread", "-lm"])
        .status()
        .map_err(|error| format!("no C compiler for the test host ({error}): install gcc (Debian: build-essential)"))?;
    if status.success() { Ok(()) } else { Err(format!("the test host does not compile: {status}")) }
}
