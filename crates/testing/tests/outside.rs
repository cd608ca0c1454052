//! A crate of an author's: outside of this workspace, with paths to the framework and to this one, which it uses in its unit
//! tests, in `tests/` and in an example. Its file for `LoadPlugin` has nothing of the daemon in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const PLUGIN: &str = r#"#![forbid(unsafe_code)]
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Visitor {
    guests: u32,
}

impl Plugin for Visitor {
    const NAME: &'static str = "visitor";
    type Config = Visitor;

    fn new(config: Visitor) -> Result<Self> {
        Ok(config)
    }
}

impl Read for Visitor {
    fn read(&self) -> Result {
        Values::new("count").gauge(self.guests.into()).dispatch()?;
        Ok(())
    }
}

collectd::plugin!(Visitor: Read);

#[cfg(test)]
mod tests {
    use collectd_testing::Host;

    #[test]
    fn guests_are_counted() {
        let mut host = Host::start(super::module_register, "<Plugin visitor>\n  Guests 3\n</Plugin>");
        host.read();
        assert_eq!(host.take_values()[0].numbers().1, [3_f64.to_bits()]);
        host.shutdown();
    }

    #[test]
    fn guests_must_be_told() {
        let failed = Host::try_start(super::module_register, "LoadPlugin visitor").unwrap_err();
        assert!(failed.log()[0].text.contains("Guests"), "{failed}");
    }
}
"#;

const TEST: &str = r#"
use collectd_testing::Host;

#[test]
fn a_real_configuration_file() {
    let text = include_str!("../visitor.conf");
    let mut host = Host::start(visitor::module_register, text);
    host.advance(std::time::Duration::from_secs(60));
    let times: Vec<u64> = host.take_values().iter().map(|values| values.times().0.as_secs() % 100).collect();
    assert_eq!(times, [0, 30, 60]);
}
"#;

const CONF: &str = "# a comment\nLoadPlugin logfile\n<LoadPlugin visitor>\n  Interval 30\n</LoadPlugin>\n<Plugin visitor>\n  Guests 1\n</Plugin>\n";

/// A plugin file among the examples, where development dependencies are at hand.
const EXAMPLE: &str = r#"
use collectd::prelude::*;

struct Other;

impl Plugin for Other {
    const NAME: &'static str = "other";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Other)
    }
}

impl Shutdown for Other {
    fn shutdown(&self) -> Result {
        Ok(())
    }
}

collectd::plugin!(Other: Shutdown);
"#;

struct Crate(TempDir);

impl Crate {
    /// `section` is where it depends on the daemon for tests.
    fn new(name: &str, section: &str, code: &str) -> Crate {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
        let dir = tempfile::tempdir().expect("a temporary directory");
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = \"1.0.0\"\nedition = \"2021\"\n\
             [lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\
             [dependencies]\ncollectd-rust = {{ path = {root:?} }}\nserde = \"1\"\n\
             [{section}.collectd-testing]\npath = {:?}\n\
             [[example]]\nname = \"other\"\ncrate-type = [\"cdylib\"]\n\
             [workspace]\n",
            root.join("crates/testing")
        );
        let files = [
            ("Cargo.toml", manifest.as_str()),
            ("src/lib.rs", code),
            ("tests/whole.rs", &TEST.replace("visitor::", &format!("{name}::"))),
            ("visitor.conf", CONF),
            ("examples/other.rs", EXAMPLE),
        ];
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("it is below")).expect("a temporary directory is writable");
            fs::write(path, text).expect("a temporary directory is writable");
        }
        // The versions that are here already.
        fs::copy(root.join("Cargo.lock"), dir.path().join("Cargo.lock")).expect("the workspace has a lock file");
        Crate(dir)
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).args(["--offline", "--target-dir"]).arg(target_dir()).current_dir(&self.0);
        command.env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET").env("RUST_BACKTRACE", "0");
        command.output().expect("cargo runs")
    }
}

/// Kept between runs, and shared with the other crates outside: compiling what the framework is made of takes a while.
fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Names of defined symbols: of those that others see, or of all.
fn symbols(so: &Path, arguments: &[&str]) -> Vec<String> {
    let output = Command::new("nm").args(arguments).arg("--defined-only").arg(so).output();
    let output = output.expect("nm: install the package binutils");
    assert!(output.status.success(), "{}", told(&output));
    let text = told(&output);
    text.lines().filter_map(|line| line.split(' ').next_back()).map(str::to_owned).collect()
}

/// What the fake daemon consists of, as far as others see it.
fn fakes() -> Vec<String> {
    let daemon = collectd_test_host::fake_collectd(collectd_test_host::Release::V5_12);
    let names = symbols(&daemon, &["-D"]);
    let names: Vec<String> = names
        .into_iter()
        .filter(|name| ["plugin_", "uc_", "meta_data_", "fc_"].iter().any(|start| name.starts_with(start)))
        .collect();
    assert!(names.len() > 80, "{names:?}");
    names
}

#[test]
fn an_authors_crate_is_tested_and_its_file_has_nothing_of_it() {
    let visitor = Crate::new("visitor", "dev-dependencies", PLUGIN);
    let output = visitor.cargo(&["test", "--lib", "--tests"]);
    let text = told(&output);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("... ok").count(), 3, "{text}");

    let output = visitor.cargo(&["build", "--release", "--all-targets"]);
    assert!(output.status.success(), "{}", told(&output));
    let fakes = fakes();
    for so in ["release/libvisitor.so", "release/examples/libother.so"] {
        let so = target_dir().join(so);
        assert_eq!(symbols(&so, &["-D"]), ["module_register"], "{}", so.display());
        let inside = symbols(&so, &[]);
        let leaked: Vec<_> = inside.iter().filter(|name| fakes.contains(name) || name.starts_with("fake_")).collect();
        assert!(leaked.is_empty() && inside.len() > 50, "{}: {leaked:?}", so.display());
    }
}

#[test]
fn the_linker_keeps_it_out_of_a_plugin() {
    let code = PLUGIN.replace(
        "fn read(&self) -> Result {",
        "fn read(&self) -> Result {\n        let _ = collectd_testing::Host::builder().load();",
    );
    for profile in [&["build", "--lib"][..], &["build", "--lib", "--release"]] {
        let output = Crate::new("stowaway", "dependencies", &code).cargo(profile);
        let text = told(&output);
        assert!(!output.status.success(), "it is linked: {text}");
        assert!(text.contains("the_fake_collectd_is_for_dev_dependencies_and_cannot_be_in_a_plugin"), "{text}");
    }
}
