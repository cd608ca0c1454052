//! The guide's "your first plugin", the part of it that is done by hand. The other one is in the tests of cargo-collectd.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use collectd_test_daemon::{collectd, wait_until};
use tempfile::TempDir;

use crate::outside::target_dir;
use crate::support::read;

const PAGE: &str = include_str!("../../../../src/guide/first_plugin.md");

/// The blocks of one kind, in the order of the page, as a reader sees them: lines that begin with a # are for its test.
fn blocks(kind: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block = None;
    for line in PAGE.lines() {
        match (line.strip_prefix("```"), &mut block) {
            (Some(info), None) => block = Some((info, String::new())),
            (Some(_), Some(_)) => blocks.extend(block.take()),
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    let shown = |text: String| match kind {
        "rust" => text.lines().filter(|line| !line.starts_with("# ")).map(|line| format!("{line}\n")).collect(),
        _ => text,
    };
    blocks.into_iter().filter(|(info, _)| *info == kind).map(|(_, text)| shown(text)).collect()
}

/// The shell of somebody who follows the page.
struct Reader {
    dir: TempDir,
}

impl Reader {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("handles").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a temporary directory is writable");
    }

    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        let inside = self.path("");
        command.args(["-ec", script]).current_dir(if inside.exists() { &inside } else { self.dir.path() });
        // What is installed beside this test's cargo, and the daemon, which plain users do not have in their PATH.
        let programs =
            [Path::new(env!("CARGO")), &collectd()].map(|program| program.parent().expect("a directory").into());
        let path = env::var_os("PATH").unwrap_or_default();
        let path: OsString = env::join_paths(programs.into_iter().chain(env::split_paths(&path))).expect("paths");
        command.env("PATH", path).env("CARGO_NET_OFFLINE", "true");
        for variable in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET", "RUSTFLAGS", "LD_LIBRARY_PATH", "NOTIFY_SOCKET"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn run(&self, script: &str) -> String {
        let output = self.shell(script).output().expect("sh runs");
        let said = said(&output);
        assert!(output.status.success(), "{script}{said}");
        said
    }

    /// Runs the daemon until it has done something, and presses Ctrl-C.
    fn run_until<T>(&self, script: &str, what: &str, done: impl FnMut() -> Option<T>) -> String {
        let log = self.path("output");
        let mut command = self.shell(&format!("exec {script}"));
        command
            .stdout(fs::File::create(&log).expect("a file"))
            .stderr(fs::File::options().append(true).open(&log).expect("a file"));
        let mut daemon = command.spawn().expect("sh runs");
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_until(what, Duration::from_secs(60), done);
            self.run(&format!("kill -INT {}", daemon.id()));
            wait_until("the end of the daemon", Duration::from_secs(60), || daemon.try_wait().expect("a child"))
        }));
        // It is gone, or the test has failed.
        let _gone = daemon.kill();
        let _status = daemon.wait();
        match ended {
            Ok(status) => assert!(status.success(), "{}", read(&log)),
            Err(panic) => {
                eprintln!("{}", read(&log));
                std::panic::resume_unwind(panic);
            }
        }
        read(&log)
    }

    /// What a daemon before has written must not be taken for the work of the next one.
    fn forget_rows(&self) {
        if self.path("try/csv").exists() {
            fs::remove_dir_all(self.path("try/csv")).expect("it can be removed");
        }
    }

    /// The names of csv's files for the plugin, without their days.
    fn rows(&self) -> Vec<String> {
        let hosts = fs::read_dir(self.path("try/csv")).into_iter().flatten().flatten();
        let files = hosts.flat_map(|host| fs::read_dir(host.path().join("handles"))).flatten().flatten();
        let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        names.map(|name| name[..name.len() - "-YYYY-MM-DD".len()].to_owned()).collect()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_first_plugin_works_by_hand_as_it_is_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
    let reader = Reader { dir: tempfile::tempdir().expect("a temporary directory") };
    let [.., build, once, run, show] = &blocks("sh")[..] else { panic!("{:#?}", blocks("sh")) };
    let [first, second, ..] = &blocks("rust")[..] else { panic!("two versions of the plugin") };
    let [_, plugin_block, conf] = &blocks("apache")[..] else { panic!("a block and a configuration") };

    fs::create_dir_all(reader.dir.path().join("handles/src")).expect("a temporary directory is writable");
    let manifest = blocks("toml").concat();
    assert!(manifest.contains("\"/path/to/collectd-rust\""), "{manifest}");
    reader.write("Cargo.toml", &manifest.replace("/path/to/collectd-rust", root.to_str().expect("UTF-8")));
    // What is compiled already, in the versions that are here.
    fs::copy(root.join("Cargo.lock"), reader.path("Cargo.lock")).expect("the workspace has a lock file");
    fs::create_dir_all(target_dir()).expect("the target directory");
    symlink(target_dir(), reader.path("target")).expect("a link");

    reader.write("src/lib.rs", first);
    reader.run(build);
    reader.write("try/collectd.conf", conf);
    let output = reader.run(once);
    assert!(output.contains("plugin \"handles\" successfully loaded"), "{output}");
    reader.forget_rows();
    let all = ["file_handles-max", "file_handles-unused", "file_handles-used"];
    let has = |wanted: &[&str]| wanted.iter().all(|name| reader.rows().contains(&(*name).to_owned())).then_some(());
    reader.run_until(run, "three files", || has(&all));
    let shown = reader.run(show);
    assert!(
        shown.lines().any(|line| line.split_once(',').is_some_and(|(_, value)| value.parse::<f64>().is_ok())),
        "{shown}"
    );

    reader.forget_rows();
    reader.write("src/lib.rs", second);
    reader.run(build);
    reader.write("try/collectd.conf", &(conf.clone() + plugin_block));
    let output = reader.run_until(run, "three files", || has(&all));
    assert!(output.contains("handles plugin: reading /proc/sys/fs/file-nr"), "{output}");
}

/// What a test without the fake daemon leads to.
#[test]
fn a_test_that_reaches_the_daemon_does_not_link() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let manifest = blocks("toml").concat().replace("/path/to/collectd-rust", root.to_str().expect("UTF-8"));
    fs::create_dir(dir.path().join("src")).expect("a temporary directory is writable");
    fs::write(dir.path().join("Cargo.toml"), manifest.replace("\"handles\"", "\"unlinked\"")).expect("a file");
    fs::write(dir.path().join("src/lib.rs"), "#[test]\nfn logs() { log::info!(\"x\"); collectd::notice!(\"y\"); }\n")
        .expect("a file");
    fs::copy(root.join("Cargo.lock"), dir.path().join("Cargo.lock")).expect("the workspace has a lock file");
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--offline", "--target-dir"]).arg(target_dir()).current_dir(&dir);
    let errors = said(&command.env_remove("RUSTFLAGS").output().expect("cargo runs"));
    // In the words of lld, or of GNU's linker.
    let quotes = ["undefined symbol: plugin_log", "undefined reference to `plugin_log'"];
    assert!(quotes.iter().all(|quote| crate::trouble::PAGE.contains(quote)));
    assert!(quotes.iter().any(|quote| errors.contains(quote)), "{errors}");
}
