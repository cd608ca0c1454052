//! The build script: fresh bindings against the snapshot, and what it says when something is missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SNAPSHOT: &str = include_str!("../src/ffi/bindings/snapshot.rs");
const TROUBLE: &str = include_str!("../src/guide/trouble.md");

/// One run of the compiled build script in surroundings of its own.
struct Build {
    command: Command,
    out: TempDir,
}

impl Build {
    fn new() -> Self {
        let out = tempfile::tempdir().expect("a temporary directory");
        let mut command = Command::new(env!("COLLECTD_BUILD_SCRIPT"));
        command.env("CARGO_MANIFEST_DIR", ROOT).env("OUT_DIR", out.path());
        for variable in ["COLLECTD_BINDINGS", "COLLECTD_INCLUDE_DIR", "COLLECTD_SRC", "DOCS_RS"] {
            command.env_remove(variable);
        }
        Build { command, out }
    }

    fn with(mut self, variable: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(variable, value);
        self
    }

    fn run(&mut self) -> Output {
        self.command.output().expect("the build script runs: is the target directory still where it was built?")
    }

    fn bindings(mut self) -> String {
        let output = self.run();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(self.out.path().join("bindings.rs")).expect("bindings.rs")
    }

    fn complaint(mut self) -> String {
        let output = self.run();
        assert!(!output.status.success(), "it did not fail");
        assert!(!self.out.path().join("bindings.rs").exists(), "it failed, but left bindings");
        String::from_utf8(output.stderr).expect("UTF-8")
    }
}

/// The one sentence a failing build ends with: no backtrace, no second line, and the way out.
#[track_caller]
fn assert_sentence(complaint: &str, words: &[&str]) {
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(!complaint.contains("panicked"), "{complaint}");
    for word in words.iter().chain(&["COLLECTD_BINDINGS=snapshot"]) {
        assert!(complaint.contains(word), "no {word:?} in: {complaint}");
    }
}

/// The guide quotes it; `…` stands for anything.
#[track_caller]
fn assert_quoted(complaint: &str, start: &str) {
    let quote = TROUBLE.lines().find(|line| line.starts_with(start)).expect("the guide has it");
    let mut rest = Some(complaint);
    for part in quote.split('…') {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
    }
    assert!(rest.is_some(), "{quote} is not in: {complaint}");
}

#[test]
fn snapshot_is_what_the_installed_headers_give() {
    assert!(
        Path::new("/usr/include/collectd/core/daemon/plugin.h").is_file(),
        "this test compares with Debian's headers: install collectd-dev"
    );
    if Build::new().bindings() != SNAPSHOT {
        panic!("src/ffi/bindings/snapshot.rs is out of date; refresh it with: COLLECTD_BINDINGS=refresh cargo build");
    }
}

#[test]
fn include_directory_may_be_the_prefix_or_collectds_own() {
    for dir in ["/usr/include", "/usr/include/collectd"] {
        assert_eq!(Build::new().with("COLLECTD_INCLUDE_DIR", dir).bindings(), SNAPSHOT, "{dir}");
    }
}

#[test]
fn source_tree_gives_the_same_bindings_in_either_layout() {
    // 5.8 keeps the meta data beside plugin.h, 5.9 and later below utils.
    for meta_data in ["daemon/meta_data.h", "utils/metadata/meta_data.h"] {
        let tree = source_tree(meta_data);
        let src = tree.path().join("src");
        for dir in [tree.path(), src.as_path()] {
            assert_eq!(Build::new().with("COLLECTD_SRC", dir).bindings(), SNAPSHOT, "{meta_data}");
        }
    }
}

#[test]
fn missing_headers_are_one_sentence() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    for variable in ["COLLECTD_INCLUDE_DIR", "COLLECTD_SRC"] {
        let complaint = Build::new().with(variable, empty.path()).complaint();
        assert_sentence(&complaint, &["plugin.h", "collectd-dev", "Debian", "Fedora", "COLLECTD_SRC", variable]);
        assert_quoted(&complaint, "collectd's headers");
    }
}

#[test]
fn missing_libclang_is_one_sentence() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    // With LIBCLANG_PATH set, no other directory is searched.
    let complaint = Build::new().with("LIBCLANG_PATH", empty.path()).complaint();
    assert_sentence(&complaint, &["libclang-dev", "Debian", "clang-devel", "Fedora"]);
    assert_quoted(&complaint, "libclang");
}

#[test]
fn collectd_6_is_refused() {
    let tree = source_tree("utils/metadata/meta_data.h");
    fs::write(tree.path().join("src/daemon/metric.h"), "").expect("metric.h");
    let complaint = Build::new().with("COLLECTD_SRC", tree.path()).complaint();
    assert_sentence(&complaint, &["collectd 6", "metric.h"]);
}

#[test]
fn unreadable_headers_are_named() {
    let tree = source_tree("utils/metadata/meta_data.h");
    fs::write(tree.path().join("src/daemon/utils_cache.h"), "#error \"not today\"\n").expect("utils_cache.h");
    let complaint = Build::new().with("COLLECTD_SRC", tree.path()).complaint();
    assert!(complaint.contains("not today"), "{complaint}");
    assert!(complaint.contains("COLLECTD_BINDINGS=snapshot"), "{complaint}");
}

#[test]
fn snapshot_needs_neither_headers_nor_libclang() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    for (variable, value) in [("COLLECTD_BINDINGS", "snapshot"), ("DOCS_RS", "1")] {
        let build = Build::new().with("COLLECTD_SRC", empty.path()).with("LIBCLANG_PATH", empty.path());
        assert_eq!(build.with(variable, value).bindings(), SNAPSHOT, "{variable}");
    }
}

#[test]
fn unknown_mode_is_refused() {
    let complaint = Build::new().with("COLLECTD_BINDINGS", "fresh").complaint();
    assert!(complaint.contains("\"fresh\"") && complaint.contains("snapshot"), "{complaint}");
}

#[test]
fn only_what_5_8_exports_is_linked() {
    let exported: BTreeSet<&str> =
        include_str!("symbols/collectd-5.8.txt").lines().filter(|line| !line.starts_with('#')).collect();
    let linked: BTreeSet<&str> = SNAPSHOT.lines().filter_map(linked_symbol).collect();
    assert!(linked.contains("plugin_log") && linked.contains("hostname_g"), "{linked:?}");
    let beyond: Vec<_> = linked.difference(&exported).collect();
    assert!(beyond.is_empty(), "collectd 5.8 does not export {beyond:?}");
}

#[test]
fn what_changed_since_5_8_is_not_linked() {
    let linked: BTreeSet<&str> = SNAPSHOT.lines().filter_map(linked_symbol).collect();
    for name in [
        "daemon_log",
        "plugin_get_ctx",
        "plugin_is_loaded",
        "plugin_register_cache_event",
        "plugin_set_ctx",
        "plugin_thread_create",
        "plugin_unregister_cache_event",
        "uc_get_history",
        "uc_get_hits",
        "uc_get_state",
        "uc_get_value",
        "uc_get_value_by_name",
        "uc_inc_hits",
        "uc_iterator_get_meta",
        "uc_meta_data_toc",
        "uc_set_hits",
        "uc_set_state",
    ] {
        assert!(!linked.contains(name), "{name} differs between releases");
    }
}

/// The name in a line of the `extern` block.
fn linked_symbol(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub static mut "))?;
    rest.split(['(', ':']).next()
}

/// A source tree as small as bindgen allows, made of the installed headers: their long include paths cut short again.
fn source_tree(meta_data: &str) -> TempDir {
    let installed = Path::new("/usr/include/collectd");
    let tree = tempfile::tempdir().expect("a temporary directory");
    let src = tree.path().join("src");
    let mut headers: Vec<(PathBuf, PathBuf)> =
        ["collectd", "configfile", "filter_chain", "globals", "plugin", "utils_cache", "utils_time"]
            .map(|name| format!("daemon/{name}.h"))
            .iter()
            .map(|name| (installed.join("core").join(name), src.join(name)))
            .collect();
    headers.push((installed.join("core/utils/metadata/meta_data.h"), src.join(meta_data)));
    headers.push((installed.join("liboconfig/oconfig.h"), src.join("liboconfig/oconfig.h")));
    let meta_data = meta_data.trim_start_matches("daemon/");
    for (from, to) in headers {
        let text = fs::read_to_string(&from)
            .unwrap_or_else(|e| panic!("{}: {e}: install collectd-dev", from.display()))
            .replace("collectd/core/utils/metadata/meta_data.h", meta_data)
            .replace("collectd/core/daemon/", "");
        fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
        fs::write(to, text).expect("a header");
    }
    tree
}
