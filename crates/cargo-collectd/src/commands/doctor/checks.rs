//! What is looked for.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use collectd_locate::{Collectd, program};

use super::Check;
use crate::project::cargo;

const RUSTUP: &str = "install Rust from https://rustup.rs, or: rustup update stable";
const BINDGEN: &str = "crates that use the framework's feature \"bindgen\"";

pub(super) fn all() -> Vec<Check> {
    let collectd = Collectd::find();
    let collectd = collectd.as_ref();
    let core = || install("collectd-core", "collectd");
    let needed = |what, found, mend: String, purpose| Check { what, found, is_needed: true, mend, purpose };
    let rare = |what, found, mend: String, purpose| Check { what, found, is_needed: false, mend, purpose };
    vec![
        needed("cargo", version(cargo()), RUSTUP.to_owned(), "everything"),
        needed("rustc", rustc(), RUSTUP.to_owned(), "building plugins"),
        needed("linker", linker(), install("gcc libc6-dev", "gcc"), "building plugins"),
        needed(
            "collectd",
            collectd.map(daemon).map_err(|error| first_line(&error.to_string())),
            core(),
            "run, check and test",
        ),
        needed(
            "plugin directory",
            collectd.map_err(|_| no_daemon()).and_then(plugin_dir),
            core(),
            "run, check and test",
        ),
        needed("types.db", collectd.map_err(|_| no_daemon()).and_then(types_db), core(), "run and test"),
        rare("collectd's headers", headers(), install("collectd-dev", "--source collectd"), BINDGEN),
        rare("libclang", libclang(), install("libclang-dev", "clang-devel"), BINDGEN),
        rare("valgrind", found("valgrind"), install("valgrind", "valgrind"), "test --valgrind"),
        rare(
            "setpriv",
            found("setpriv"),
            install("util-linux", "util-linux"),
            "run: a daemon that ends when it is killed",
        ),
        rare("unshare", found("unshare"), install("util-linux", "util-linux"), "check: a network of the daemon's own"),
    ]
}

/// The command that installs a package, in the words of this system.
fn install(debian: &str, fedora: &str) -> String {
    if program("apt-get").is_some() {
        return format!("sudo apt-get install --no-install-recommends {debian}");
    }
    match fedora.strip_prefix("--source ") {
        Some(package) if program("dnf").is_some() => {
            format!("dnf download --source {package}, unpack it, and set COLLECTD_SRC to its directory")
        }
        None if program("dnf").is_some() => format!("sudo dnf install {fedora}"),
        _ => format!("install what Debian calls {debian}"),
    }
}

fn no_daemon() -> String {
    "there is no collectd to ask".to_owned()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn version(mut command: Command) -> Result<String, String> {
    let output = command.arg("--version").stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.success() { Ok(first_line(&text)) } else { Err(format!("it ends with {}", output.status)) }
}

/// As new as the framework needs it.
fn rustc() -> Result<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let text = version(Command::new(rustc))?;
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let number = text.split(' ').nth(1).unwrap_or_default();
    if is_at_least(number, needed) { Ok(text) } else { Err(format!("{text} is too old, {needed} is needed")) }
}

fn is_at_least(version: &str, needed: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        let text = text.split('-').next().unwrap_or_default();
        text.split('.').map(|number| number.parse().unwrap_or(0)).collect()
    };
    numbers(version) >= numbers(needed)
}

fn linker() -> Result<String, String> {
    let cc = env::var_os("CC").unwrap_or_else(|| "cc".into());
    version(Command::new(cc)).map_err(|error| format!("cc: {error}"))
}

fn daemon(collectd: &Collectd) -> String {
    let version = collectd.version.as_deref().unwrap_or("of unknown version");
    format!("{version}, {}", collectd.program.display())
}

/// With the plugins that `run` needs.
fn plugin_dir(collectd: &Collectd) -> Result<String, String> {
    let dir = &collectd.plugin_dir;
    match ["logfile.so", "network.so"].into_iter().find(|file| !dir.join(file).is_file()) {
        Some(file) => Err(format!("there is no {file} in {}", dir.display())),
        None => Ok(dir.display().to_string()),
    }
}

fn types_db(collectd: &Collectd) -> Result<String, String> {
    collectd.types_db().map(|path| path.display().to_string()).map_err(|error| first_line(&error.to_string()))
}

/// Where the framework's build looks for them.
fn headers() -> Result<String, String> {
    let dir = |variable| env::var_os(variable).map(PathBuf::from);
    let (places, config) = match (dir("COLLECTD_SRC"), dir("COLLECTD_INCLUDE_DIR")) {
        (Some(source), _) => (vec![source.join("src/daemon/plugin.h"), source.join("daemon/plugin.h")], None),
        (None, Some(include)) => {
            (vec![include.join("collectd/core/daemon/plugin.h"), include.join("core/daemon/plugin.h")], None)
        }
        (None, None) => {
            let core = Path::new("/usr/include/collectd/core");
            (vec![core.join("daemon/plugin.h")], Some(core.join("config.h")))
        }
    };
    let Some(place) = places.iter().find(|path| path.is_file()) else {
        return Err(format!("there is no {}", places[0].display()));
    };
    let text = config.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    let version = text.lines().find_map(|line| line.strip_prefix("#define PACKAGE_VERSION "));
    let version = version.map(|version| format!("{}, ", version.trim().trim_matches('"')));
    Ok(format!("{}{}", version.unwrap_or_default(), place.display()))
}

/// As bindgen looks for it, roughly: a library of this name where libraries are.
fn libclang() -> Result<String, String> {
    let named = env::var_os("LIBCLANG_PATH").map(PathBuf::from);
    let usual = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/lib/llvm"].map(PathBuf::from);
    // As /usr/lib/llvm-14/lib and /usr/lib/x86_64-linux-gnu.
    let below = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let below = below.flat_map(|dir| [dir.join("lib"), dir]);
    let is_it = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        (name.starts_with("libclang.so") || name.starts_with("libclang-")) && name.contains(".so")
    };
    let mut files = named.into_iter().chain(usual).chain(below).flat_map(fs::read_dir).flatten().flatten();
    let file = files.find_map(|entry| Some(entry.path()).filter(is_it));
    file.map(|path| path.display().to_string()).ok_or_else(|| "no libclang.so was found".to_owned())
}

fn found(name: &'static str) -> Result<String, String> {
    program(name).map(|path| path.display().to_string()).ok_or_else(|| format!("there is no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, needed, is_enough) in [
            ("1.95.0", "1.89", true),
            ("1.89.0", "1.89", true),
            ("1.9.0", "1.89", false),
            ("1.90.0-nightly", "1.89", true),
            ("", "1.89", false),
        ] {
            assert_eq!(is_at_least(version, needed), is_enough, "{version}");
        }
    }
}
