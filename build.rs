//! Declares collectd's plugin interface to Rust: bindgen over the installed headers, or the checked-in snapshot.

#![cfg_attr(not(feature = "bindgen"), allow(dead_code, reason = "the declarations are there already"))]

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[cfg(feature = "bindgen")]
#[path = "src/ffi/bindings/interface.rs"]
mod interface;

/// Says how the bindings come about: `snapshot` takes the checked-in file, `refresh` generates it anew.
const MODE: &str = "COLLECTD_BINDINGS";
/// An installed prefix's include directory.
const INCLUDE_DIR: &str = "COLLECTD_INCLUDE_DIR";
/// A collectd source tree, wins over [`INCLUDE_DIR`].
const SOURCE: &str = "COLLECTD_SRC";

const INSTALLED: &str = "/usr/include";
const SNAPSHOT: &str = "src/ffi/bindings/snapshot.rs";

fn main() -> ExitCode {
    for variable in [MODE, INCLUDE_DIR, SOURCE, "DOCS_RS", "LIBCLANG_PATH"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    for file in ["build.rs", "wrapper.h", "src/ffi/bindings/interface.rs", SNAPSHOT] {
        println!("cargo:rerun-if-changed={file}");
    }
    // The tests run this very program with other surroundings.
    if let Ok(path) = env::current_exe() {
        println!("cargo:rustc-env=COLLECTD_BUILD_SCRIPT={}", path.display());
    }
    // Our own tests link a fake daemon, whose symbols must be visible to dlsym as the real one's are.
    println!("cargo:rustc-link-arg=-rdynamic");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Problem> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(Problem::NotCargo)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(Problem::NotCargo)?).join("bindings.rs");
    let mode = env::var_os(MODE).unwrap_or_default();
    let snapshot = root.join(SNAPSHOT);
    let bindings = match mode.to_str() {
        Some("snapshot") => read(&snapshot)?,
        Some("") if env::var_os("DOCS_RS").is_some() || cfg!(not(feature = "bindgen")) => read(&snapshot)?,
        Some("") => generate(&root)?,
        Some("refresh") => {
            let bindings = generate(&root)?;
            write(&snapshot, &bindings)?;
            bindings
        }
        _ => return Err(Problem::Mode(mode)),
    };
    write(&out, &bindings)
}

#[cfg(not(feature = "bindgen"))]
fn generate(_: &Path) -> Result<String, Problem> {
    Err(Problem::NoBindgen)
}

#[cfg(feature = "bindgen")]
fn generate(root: &Path) -> Result<String, Problem> {
    let headers = Headers::find()?;
    headers.refuse_metric_families()?;
    if !libclang_loads() {
        return Err(Problem::NoLibclang);
    }
    let bindings = interface::builder()
        .header(root.join("wrapper.h").to_string_lossy())
        .clang_args(headers.clang_args())
        .parse_callbacks(Box::new(bindgen::CargoCallbacks::new()))
        .generate()
        .map_err(|e| Problem::Unreadable(headers, e))?;
    Ok(bindings.to_string())
}

/// bindgen panics when it cannot load libclang: ask first, and keep the backtrace to ourselves.
#[cfg(feature = "bindgen")]
fn libclang_loads() -> bool {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let loads = std::panic::catch_unwind(bindgen::clang_version).is_ok();
    std::panic::set_hook(hook);
    loads
}

/// Where the headers of the daemon are.
#[derive(Debug)]
enum Headers {
    /// An include directory as Debian lays it out: `collectd/core/daemon/plugin.h`.
    Installed(PathBuf),
    /// The `src` directory of a source tree: `daemon/plugin.h`.
    Source(PathBuf),
}

impl Headers {
    fn find() -> Result<Headers, Problem> {
        if let Some(tree) = env::var_os(SOURCE) {
            let tree = PathBuf::from(tree);
            return [tree.join("src"), tree.clone()]
                .into_iter()
                .find(|src| src.join("daemon/plugin.h").is_file())
                .map(Headers::Source)
                .ok_or(Problem::NoHeaders(Some(SOURCE), tree.join("src/daemon/plugin.h")));
        }
        let named = env::var_os(INCLUDE_DIR);
        let variable = named.as_ref().map(|_| INCLUDE_DIR);
        let dir = PathBuf::from(named.unwrap_or_else(|| INSTALLED.into()));
        [dir.join("collectd"), dir.clone()]
            .into_iter()
            .find(|dir| dir.join("core/daemon/plugin.h").is_file())
            .map(Headers::Installed)
            .ok_or(Problem::NoHeaders(variable, dir.join("collectd/core/daemon/plugin.h")))
    }

    /// collectd 6 writes metric families: the same function names, other structures.
    fn refuse_metric_families(&self) -> Result<(), Problem> {
        let metric = match self {
            Headers::Installed(dir) => dir.join("core/daemon/metric.h"),
            Headers::Source(src) => src.join("daemon/metric.h"),
        };
        if metric.is_file() { Err(Problem::Collectd6(metric)) } else { Ok(()) }
    }

    fn clang_args(&self) -> Vec<String> {
        let include = |dir: PathBuf| format!("-I{}", dir.display());
        match self {
            // Their own includes start at "core" and beside it; config.h settles the layout of doubles.
            Headers::Installed(dir) => vec![
                include(dir.join("core/daemon")),
                include(dir.join("core")),
                include(dir.clone()),
                include(dir.parent().unwrap_or(dir).to_path_buf()),
                "-DHAVE_CONFIG_H".into(),
            ],
            // Not configured, so there is no config.h: say what it would say.
            Headers::Source(src) => {
                vec![include(src.join("daemon")), include(src.clone()), "-DFP_LAYOUT_NEED_NOTHING=1".into()]
            }
        }
    }
}

fn read(path: &Path) -> Result<String, Problem> {
    fs::read_to_string(path).map_err(|e| Problem::File(path.to_path_buf(), e))
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    fs::write(path, text).map_err(|e| Problem::File(path.to_path_buf(), e))
}

#[derive(Debug)]
enum Problem {
    NotCargo,
    Mode(OsString),
    NoHeaders(Option<&'static str>, PathBuf),
    Collectd6(PathBuf),
    NoLibclang,
    #[cfg(not(feature = "bindgen"))]
    NoBindgen,
    #[cfg(feature = "bindgen")]
    Unreadable(Headers, bindgen::BindgenError),
    File(PathBuf, std::io::Error),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const OR: &str = "or set COLLECTD_BINDINGS=snapshot to build with the checked-in declarations of collectd 5.12";
        match self {
            Problem::NotCargo => write!(f, "this program is run by cargo, which sets CARGO_MANIFEST_DIR and OUT_DIR"),
            Problem::Mode(mode) => {
                write!(f, "{MODE} is {mode:?}, but must be \"snapshot\", \"refresh\" or unset")
            }
            Problem::NoHeaders(variable, path) => {
                write!(f, "collectd's headers are missing (")?;
                if let Some(variable) = variable {
                    write!(f, "{variable} is set, but ")?;
                }
                write!(
                    f,
                    "there is no {}): install collectd-dev (Debian, Ubuntu), or, as no Fedora package carries them, get the \
                     sources with \"dnf download --source collectd\" and point {SOURCE} at the unpacked tree, {OR}",
                    path.display()
                )
            }
            Problem::Collectd6(path) => write!(
                f,
                "these are headers of collectd 6 ({}), whose plugin interface differs: point {SOURCE} at sources of 5.8 to 5.13, {OR}",
                path.display()
            ),
            Problem::NoLibclang => write!(
                f,
                "libclang, which reads collectd's headers, cannot be loaded: install libclang-dev (Debian, Ubuntu) or \
                 clang-devel (Fedora), {OR}"
            ),
            #[cfg(not(feature = "bindgen"))]
            Problem::NoBindgen => {
                write!(f, "{MODE} is \"refresh\", for which the framework has to be built with its feature \"bindgen\"")
            }
            #[cfg(feature = "bindgen")]
            Problem::Unreadable(headers, e) => {
                write!(f, "libclang cannot read {headers:?} ({e}): point {SOURCE} at other sources, {OR}")
            }
            Problem::File(path, e) => write!(f, "{}: {e}", path.display()),
        }
    }
}
