//! The third party of all comparisons, `recorder.c`, as a plugin.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// Its file, which is built once.
pub(crate) fn build() -> PathBuf {
    static BUILT: OnceLock<TempDir> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let output = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
            .args(["-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(dir.path().join("recorder.so"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("recorder.c"))
            .args(headers())
            .output()
            .expect("a C compiler");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "install collectd-dev if headers are missing: {errors}");
        dir
    });
    built.path().join("recorder.so")
}

/// Where the framework's own build looks for the headers of the daemon, and how.
fn headers() -> Vec<String> {
    let include = |dir: PathBuf| format!("-I{}", dir.display());
    if let Some(tree) = env::var_os("COLLECTD_SRC").map(PathBuf::from) {
        let src = if tree.join("src/daemon").is_dir() { tree.join("src") } else { tree };
        return vec![include(src.join("daemon")), include(src), "-DFP_LAYOUT_NEED_NOTHING=1".to_owned()];
    }
    let dir = PathBuf::from(env::var_os("COLLECTD_INCLUDE_DIR").unwrap_or_else(|| "/usr/include".into()));
    let dir = if dir.join("collectd").is_dir() { dir.join("collectd") } else { dir };
    vec![include(dir.join("core/daemon")), include(dir.join("core")), include(dir), "-DHAVE_CONFIG_H".to_owned()]
}
