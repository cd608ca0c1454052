//! Plugins of the guide's pages, in the real daemon. The pages for those who come from elsewhere have one in two
//! languages: all of them run in one daemon, and say the same.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use collectd_test_daemon::{Daemon, wait_until};
use support::{first_block, page, root, succeed};

/// Where other tests build crates from outside the workspace, too: what they consist of is compiled once.
fn target_dir(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("a temporary directory is writable");
    fs::write(path, text).expect("a temporary directory is writable");
}

fn outside(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(dir).env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET").env_remove("CARGO_TARGET_DIR");
    command
}

/// What a reader of a page sees: the rest is for its test.
fn shown(code: &str) -> String {
    code.lines().filter(|line| !line.starts_with("# ")).map(|line| format!("{line}\n")).collect()
}

/// The plugins of the pages that are made with the framework.
fn ours(dir: &Path) -> [PathBuf; 5] {
    let pages = ["perl", "go", "collectd_plugin", "plugin_h"].map(|page| format!("src/guide/{page}.md"));
    let limits = first_block(&pages[0], "rust,no_run");
    // So that there is one to build, and one to compare with.
    assert!(pages.iter().all(|page| first_block(page, "rust,no_run") == limits));
    let samples = [
        ("limits_rs", limits),
        ("entropy_rs", first_block("src/guide/python.md", "no_run")),
        ("entropy_md", first_block("README.md", "rust,no_run").replace("entropy_rs", "entropy_md")),
        ("busy", shown(&first_block("src/guide/filter_match.md", "rust"))),
        ("lower", shown(&first_block("src/guide/filter_target.md", "rust"))),
    ];
    let mut manifest = format!(
        "[package]\nname = \"samples\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ncollectd-rust = {{ path = {:?} }}\nserde = \"1\"\n",
        root()
    );
    for (name, code) in &samples {
        manifest += &format!("[[example]]\nname = \"{name}\"\ncrate-type = [\"cdylib\"]\n");
        write(&dir.join(format!("examples/{name}.rs")), code);
    }
    write(&dir.join("Cargo.toml"), &manifest);
    write(&dir.join("src/lib.rs"), "");
    fs::copy(root().join("Cargo.lock"), dir.join("Cargo.lock")).expect("the workspace has a lock file");
    let target = target_dir("outside");
    succeed(outside(dir).args(["build", "-q", "--offline", "--examples", "--target-dir"]).arg(&target));
    samples.map(|(name, _)| {
        let copy = dir.join(format!("{name}.so"));
        fs::copy(target.join(format!("debug/examples/lib{name}.so")), &copy).expect("cargo built it");
        copy
    })
}

/// With the lock file of the benchmark that compares with that crate.
fn theirs(dir: &Path) -> PathBuf {
    let peer = root().join("tests/peers/boundary/collectd-plugin");
    for file in ["Cargo.toml", "Cargo.lock"] {
        write(&dir.join(file), &support::read(&peer.join(file)));
    }
    write(&dir.join("src/lib.rs"), &first_block("src/guide/collectd_plugin.md", "rs"));
    let target = target_dir("peer");
    succeed(outside(dir).args(["build", "-q", "--locked", "--target-dir"]).arg(&target));
    let copy = dir.join("limits_cp.so");
    fs::copy(target.join("debug/libpeer_bench.so"), &copy).expect("cargo built it");
    copy
}

fn headers() -> Vec<String> {
    let prefix = std::env::var("COLLECTD_INCLUDE_DIR").unwrap_or_else(|_| "/usr/include".to_owned());
    ["/collectd/core/daemon", "/collectd/core", "/collectd", ""].map(|dir| format!("-I{prefix}{dir}")).to_vec()
}

fn c(dir: &Path) -> PathBuf {
    write(&dir.join("limits_c.c"), &first_block("src/guide/plugin_h.md", "c"));
    let so = dir.join("limits_c.so");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut command = Command::new(compiler);
    command.args(["-Wall", "-Werror", "-Wno-stringop-truncation", "-shared", "-fPIC", "-DHAVE_CONFIG_H"]);
    succeed(command.args(headers()).arg("-o").arg(&so).arg(dir.join("limits_c.c")));
    so
}

fn go(dir: &Path) -> PathBuf {
    write(&dir.join("limits.go"), &first_block("src/guide/go.md", "go"));
    let so = dir.join("limits_go.so");
    let path =
        std::env::var("GOPATH").map_or_else(|_| "/usr/share/gocode".to_owned(), |path| path + ":/usr/share/gocode");
    let mut command = Command::new("go");
    command.current_dir(dir).env("GO111MODULE", "off").env("GOPATH", path).env("GOFLAGS", "");
    // Kept between runs, as cargo's.
    command.env("GOCACHE", target_dir("go")).env("CGO_CPPFLAGS", headers().join(" "));
    succeed(command.args(["build", "-buildmode=c-shared", "-o"]).arg(&so).arg("limits.go"));
    so
}

/// The configuration of a page about filter chains.
fn check_chain(so: &Path, name: &str, page: &str) {
    let conf = first_block(page, "apache");
    let chain = conf.strip_prefix(&format!("LoadPlugin {name}\n")).expect("a complete example");
    let outcome = Daemon::builder().load("load").load("csv").load_so(so, name).conf(chain).run_once();
    let bad = |line: &str| ["[error]", "[warning]"].iter().any(|level| line.starts_with(level));
    let complaint = outcome.output.lines().find(|line| bad(line) && !line.contains("left after shutting down"));
    assert!(outcome.status.success() && complaint.is_none(), "{page}: {complaint:?}\n{}", outcome.output);
}

/// The configuration in the README, after its `LoadPlugin`; and what it says of a mistake there.
fn readme_configuration(so: &Path) -> String {
    let conf = first_block("README.md", "apache").replace("entropy_rs", "entropy_md");
    let conf = conf.strip_prefix("LoadPlugin entropy_md\n").expect("a complete example");
    let said = page("README.md").code.into_iter().find(|code| code.contains("\"Pth\"")).expect("a message");
    let outcome = Daemon::builder().load_so(so, "entropy_md").conf(&conf.replace("Path", "Pth")).run_once();
    let said = said.replace("entropy_rs", "entropy_md");
    assert!(!outcome.status.success() && outcome.output.contains(&said), "{said}\n{}", outcome.output);
    conf.to_owned()
}

#[test]
fn both_plugins_of_a_page_say_the_same() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let dir = dir.path();
    let [limits_rs, entropy_rs, entropy_md, busy, lower] = ours(&dir.join("ours"));
    check_chain(&busy, "busy", "src/guide/filter_match.md");
    check_chain(&lower, "lower", "src/guide/filter_target.md");
    let scripts = dir.join("scripts");
    write(&scripts.join("Collectd/Plugins/LimitsPl.pm"), &first_block("src/guide/perl.md", "perl"));
    write(&scripts.join("entropy_py.py"), &first_block("src/guide/python.md", "python"));
    let scripts = scripts.display();
    let conf = format!(
        "<Plugin perl>\nIncludeDir \"{scripts}\"\nBaseName \"Collectd::Plugins\"\nLoadPlugin LimitsPl\n</Plugin>\n\
         <Plugin python>\nModulePath \"{scripts}\"\nImport \"entropy_py\"\n</Plugin>\n{}",
        readme_configuration(&entropy_md)
    );
    let daemon = Daemon::builder()
        .interval(Duration::from_millis(500))
        .load("csv")
        .load_so(limits_rs, "limits_rs")
        .load_so(entropy_rs, "entropy_rs")
        .load_so(entropy_md, "entropy_md")
        .load_so(theirs(&dir.join("theirs")), "limits_cp")
        .load_so(c(dir), "limits_c")
        .load_so(go(dir), "limits_go")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .load_with("perl", "Globals true")
        .load_with("python", "Globals true")
        .conf(&conf);
    let mut daemon = daemon.start();
    let value = |plugin: &str, file: &str| -> f64 {
        let name = format!("testhost/{plugin}/{file}");
        let rows = wait_until(&name, Duration::from_secs(60), || {
            let rows = daemon.csv_rows();
            rows.get(&name).filter(|rows| !rows.is_empty()).cloned()
        });
        rows[0].1.parse().expect("a number")
    };
    let limit: f64 = support::read(Path::new("/proc/sys/kernel/pid_max")).trim().parse().expect("a number");
    for plugin in ["limits_rs", "limits_cp", "limits_c", "limits_go", "limits_pl"] {
        assert_eq!(value(plugin, "gauge-pid_max"), limit, "{plugin}");
    }
    assert!(value("entropy_rs", "entropy") > 0.0);
    assert!(value("entropy_md", "entropy") > 0.0);
    assert!(value("entropy_py", "entropy") > 0.0);
    assert!(daemon.stop().success(), "{}{}", daemon.log(), daemon.output());
}
