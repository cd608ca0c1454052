//! Builds the plugins that tests load, with the cargo, the profile and the target directory of the test itself.

use std::collections::HashMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

/// Builds the cdylib of `package`, and says where it is.
///
/// # Panics
///
/// When it does not build, or the package has no cdylib.
#[must_use]
pub fn cdylib(package: &str) -> PathBuf {
    build(package, &["--lib"], |target| has(target, "kind", "cdylib"))
}

/// Builds the example `name` of `package`, a cdylib, and says where it is.
///
/// # Panics
///
/// When it does not build, or is not a cdylib.
#[must_use]
pub fn example(package: &str, name: &str) -> PathBuf {
    build(package, &["--example", name], |target| target["name"] == name && has(target, "crate_types", "cdylib"))
}

/// A directory for `PluginDir` with a copy of each file as `name.so`: the daemon refuses links.
///
/// # Panics
///
/// When a file cannot be copied.
#[must_use]
pub fn plugin_dir(plugins: &[(&Path, &str)]) -> TempDir {
    let dir = tempfile::Builder::new().prefix("collectd-plugins.").tempdir().expect("a temporary directory");
    for (so, name) in plugins {
        copy_plugin(so, dir.path(), name);
    }
    dir
}

pub(crate) fn copy_plugin(so: &Path, dir: &Path, name: &str) {
    fs::copy(so, dir.join(format!("{name}.so")))
        .unwrap_or_else(|error| panic!("cannot copy {} to {}: {error}", so.display(), dir.display()));
}

/// Once per process and target: even a build with nothing to do takes its time.
fn build(package: &str, what: &[&str], wanted: impl Fn(&Value) -> bool) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    let key = format!("{package} {what:?}");
    built.entry(key).or_insert_with(|| run_cargo(package, what, wanted)).clone()
}

fn run_cargo(package: &str, what: &[&str], wanted: impl Fn(&Value) -> bool) -> PathBuf {
    let place = Place::of_this_test();
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "--message-format=json-render-diagnostics", "--profile", &place.profile])
        .args(["--package", package])
        .args(what)
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"))
        .arg("--target-dir")
        .arg(&place.target_dir)
        .stdin(Stdio::null());
    if let Some(triple) = &place.triple {
        command.args(["--target", triple]);
    }
    env::vars_os().map(|(name, _)| name).filter(|name| is_about_this_test(name)).for_each(|name| {
        command.env_remove(name);
    });
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{messages}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && wanted(&message["target"]))
        .filter(|message| belongs_to(message, package))
        .find_map(|message| shared_object(&message))
        .unwrap_or_else(|| panic!("{command:?} made no shared object:\n{messages}"))
}

/// Whether cargo has set a variable for the program that is running. Build scripts that look at such, as that of `ring`,
/// would have their packages built anew, here and when cargo is called for the next test.
fn is_about_this_test(name: &OsStr) -> bool {
    let name = name.to_str().unwrap_or_default();
    ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start))
}

/// Where cargo put the test that is running: `<target_dir>[/<triple>]/<profile>/deps/<test>`.
struct Place {
    target_dir: PathBuf,
    triple: Option<String>,
    profile: String,
}

impl Place {
    fn of_this_test() -> Self {
        let exe = env::current_exe().expect("a test knows its file");
        let mut dirs = exe.ancestors().skip(1).skip_while(|dir| !dir.ends_with("deps")).skip(1);
        let name = |dir: Option<&Path>| Some(dir?.file_name()?.to_str()?.to_owned());
        let profile_dir = dirs.next();
        let profile = match name(profile_dir).expect("a test lies in <profile>/deps").as_str() {
            // The one profile whose directory has another name.
            "debug" => "dev".to_owned(),
            profile => profile.to_owned(),
        };
        let parent = dirs.next().expect("a test lies in <target>/<profile>/deps");
        // Cargo marks the root of a target directory, and that only.
        if parent.join("CACHEDIR.TAG").exists() {
            return Place { target_dir: parent.into(), triple: None, profile };
        }
        let target_dir = dirs.next().expect("a test lies in <target>/<triple>/<profile>/deps");
        Place { target_dir: target_dir.into(), triple: name(Some(parent)), profile }
    }
}

fn has(target: &Value, key: &str, wanted: &str) -> bool {
    target[key].as_array().is_some_and(|all| all.iter().any(|item| item == wanted))
}

/// A dependency may be a cdylib too.
fn belongs_to(message: &Value, package: &str) -> bool {
    let id = message["package_id"].as_str().unwrap_or_default();
    let (path, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    // `…/name#version` when the directory has the package's name, else `…#name@version`.
    match fragment.split_once('@') {
        Some((name, _)) => name == package,
        None => path.rsplit('/').next() == Some(package),
    }
}

fn shared_object(message: &Value) -> Option<PathBuf> {
    let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    files.map(PathBuf::from).find(|file| file.extension().is_some_and(|ext| ext == "so"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_sets_for_a_program_is_not_for_what_that_builds() {
        let (theirs, ours): (Vec<_>, Vec<_>) =
            env::vars_os().map(|(name, _)| name).partition(|name| is_about_this_test(name));
        for name in ["CARGO_PKG_NAME", "CARGO_PKG_VERSION", "CARGO_MANIFEST_DIR"] {
            assert!(theirs.iter().any(|other| other == name), "cargo has set {name}");
        }
        for name in ["PATH", "CARGO"] {
            assert!(ours.iter().any(|other| other == name), "{name}");
        }
    }
}
