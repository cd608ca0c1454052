//! A crate of a stranger's: outside of this workspace, in the edition before, with a path to the framework.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use collectd_test_host::{Release, Session};
use tempfile::TempDir;

use crate::support::{only, so, statuses};

const PLUGIN: &str = r#"#![forbid(unsafe_code)]
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    per_core: bool,
}

struct Outside {
    cores: f64,
}

impl Plugin for Outside {
    const NAME: &'static str = "outside";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let cores = if config.per_core { std::thread::available_parallelism()?.get() } else { 1 };
        Ok(Outside { cores: cores as f64 })
    }
}

impl Read for Outside {
    fn read(&self) -> Result {
        let text = std::fs::read_to_string("/proc/loadavg")?;
        let mut figures = text.split(' ').map(str::parse::<f64>);
        let mut next = || figures.next().ok_or_else(|| Error::msg("/proc/loadavg is too short"));
        let load = [next()??, next()??, next()??].map(|x| x / self.cores);
        Values::new("load").gauges(load).dispatch()?;
        Ok(())
    }
}

collectd::plugin!(Outside: Read);
"#;

/// Uses the framework, but is no plugin.
const NO_PLUGIN: &str = "pub fn level() -> collectd::LogLevel { collectd::log_at(collectd::LogLevel::Info, format_args!(\"\")); collectd::LogLevel::Info }\n";

struct Crate(TempDir);

impl Crate {
    fn new(code: &str) -> Crate {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
        let dir = tempfile::tempdir().expect("a temporary directory");
        let manifest = format!(
            "[package]\nname = \"outside\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\
             [lib]\ncrate-type = [\"cdylib\"]\n\
             [dependencies]\ncollectd-rust = {{ path = {root:?} }}\nserde = \"1\"\n\
             [workspace]\n"
        );
        fs::create_dir(dir.path().join("src")).expect("a temporary directory is writable");
        fs::write(dir.path().join("Cargo.toml"), manifest).expect("a temporary directory is writable");
        fs::write(dir.path().join("src/lib.rs"), code).expect("a temporary directory is writable");
        // The versions that are here already.
        fs::copy(root.join("Cargo.lock"), dir.path().join("Cargo.lock")).expect("the workspace has a lock file");
        Crate(dir)
    }

    fn cargo(&self, what: &str, environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO"));
        command.args([what, "--offline", "--target-dir"]).arg(target_dir()).current_dir(&self.0);
        command.envs(environment.iter().copied()).env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
        command.output().expect("cargo runs")
    }

    fn build(&self) -> PathBuf {
        let output = self.cargo("build", &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let so = self.0.path().join("outside.so");
        fs::copy(target_dir().join("debug/liboutside.so"), &so).expect("cargo built it");
        so
    }
}

/// Kept between runs: compiling what the framework is made of takes a while.
pub(crate) fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside")
}

fn exported(so: &Path) -> BTreeSet<String> {
    symbols(so, "--defined-only")
}

fn symbols(so: &Path, which: &str) -> BTreeSet<String> {
    let output = Command::new("nm").args(["-D", which]).arg(so).output();
    let output = output.expect("nm: install the package binutils");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(|line| line.split(' ').next_back()).map(str::to_owned).collect()
}

// One test, because there is one target directory.
#[test]
fn a_strangers_crate_builds_loads_and_exports_one_symbol() {
    let plugin = Crate::new(PLUGIN);
    let so = plugin.build();
    assert_eq!(exported(&so), BTreeSet::from(["module_register".to_owned()]));
    let mut session = Session::start(Release::V5_12);
    session.load(&so);
    session.config("<Plugin outside>\nPerCore true\n</Plugin>");
    session.run("init");
    let events = session.run("read outside");
    assert_eq!(statuses(&events, "read"), [0]);
    let dispatched = only(&events, "dispatch");
    assert!(dispatched.is("dispatch", &[("plugin", "outside"), ("type", "load")]));
    assert_eq!(dispatched.gauges().len(), 3);
    session.run("shutdown");
    assert!(session.finish().status.success());

    let no_plugin = Crate::new(NO_PLUGIN);
    assert_eq!(exported(&no_plugin.build()), BTreeSet::new(), "the framework itself exports nothing");

    let output = plugin.cargo("check", &[("CARGO_PROFILE_DEV_PANIC", "abort")]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "panic = \"abort\" compiles");
    let quote = "collectd plugins need `panic = \"unwind\"`: ";
    assert!(errors.contains(quote) && crate::trouble::PAGE.contains(quote), "{errors}");
    assert_eq!(errors.lines().filter(|line| line.starts_with("error: collectd plugins")).count(), 1, "{errors}");
}

#[test]
fn samples_export_one_symbol() {
    for name in ["sentinel", "configured", "worker"] {
        assert_eq!(exported(&so(name)), BTreeSet::from(["module_register".to_owned()]), "{name}");
        // Not those of the fake daemon that the tests link.
        let wanted = symbols(&so(name), "--undefined-only");
        assert!(wanted.contains("plugin_log"), "{name}: {wanted:?}");
    }
}
