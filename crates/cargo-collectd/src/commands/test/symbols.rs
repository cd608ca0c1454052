//! What the file offers to others, and what it wants of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Subject;
use super::report::{Outcome, Problem};
use crate::plugin_file::PluginFile;
use crate::releases;
use crate::shell::Shell;

const EXPORT_HELP: &str = "the daemon looks for module_register only; with a second name there may be another plugin's \
                           function where this one's is meant: take `#[unsafe(no_mangle)]` or `#[unsafe(export_name)]` away, \
                           here or in the dependency that has it";
const IMPORT_HELP: &str = "collectd would not load the file. A function of another release is to be looked up with dlsym, as \
                           the framework does; of a library, the build script has to name the library \
                           (cargo::rustc-link-lib)";

pub(super) fn run(subject: &Subject<'_>, shell: &Shell) -> anyhow::Result<Outcome> {
    let so = &subject.built.so;
    let file = PluginFile::read(so)?;
    let daemon = match PluginFile::read(&subject.collectd.program) {
        Ok(daemon) => Some(daemon.exports),
        Err(error) => {
            shell.warn(format_args!("what the daemon exports is not known: {error:#}"));
            None
        }
    };
    let of_daemon = daemon.as_deref().unwrap_or_default();
    let mut problems = Vec::new();
    for name in file.exports.iter().filter(|name| *name != "module_register") {
        let also = if of_daemon.contains(name) { ", a name that the daemon has, too" } else { "" };
        problems.push(Problem { text: format!("it exports `{name}`{also}"), help: EXPORT_HELP.to_owned() });
    }
    if daemon.is_some() {
        let missing = missing(&file, so, of_daemon).into_iter();
        let missing = missing.map(|name| format!("it needs `{name}`, which neither the daemon nor a library has"));
        problems.extend(Problem::each(missing.collect(), IMPORT_HELP));
    }
    if !problems.is_empty() {
        return Ok(Outcome::Failed(problems));
    }
    let releases = releases::loads(&file.imports).describe();
    let needed = file.imports.len();
    Ok(Outcome::Fine(format!(
        "exports module_register only; the daemon has all {needed} that it needs; for {releases}"
    )))
}

/// What nobody has. Libraries are asked only if the daemon does not do.
fn missing(file: &PluginFile, so: &Path, of_daemon: &[String]) -> Vec<String> {
    let by_name = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
    let mut missing = by_name(&file.imports);
    missing.retain(|name| !of_daemon.contains(name));
    if !missing.is_empty() {
        for library in libraries(so) {
            let exports = PluginFile::read(&library).map(|library| library.exports).unwrap_or_default();
            let exports = by_name(&exports);
            missing.retain(|name| !exports.contains(name));
        }
    }
    missing.into_iter().collect()
}

/// Where the loader finds what the file is linked with.
fn libraries(so: &Path) -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(so).stdin(Stdio::null()).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let path = |line: &str| {
        let place = line.split_once("=> ").map_or(line, |(_, place)| place);
        let place = place.trim().split(" (0x").next().unwrap_or_default();
        Some(PathBuf::from(place)).filter(|path| path.is_absolute())
    };
    said.lines().filter_map(path).collect()
}
