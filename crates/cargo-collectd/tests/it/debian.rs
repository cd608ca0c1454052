//! A Debian system in a directory, with collectd-core in it: made once by mmdebstrap, and copied for each test.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::place::{PATIENCE, target_dir};

/// Removed when dropped.
pub(crate) struct Root {
    dir: TempDir,
}

impl Root {
    pub(crate) fn new() -> Self {
        let cache = target_dir().with_file_name("debian-root");
        fs::create_dir_all(&cache).expect("the target directory is writable");
        let lock = File::create(cache.join("lock")).expect("the target directory is writable");
        lock.lock().expect("files can be locked");
        let base = cache.join(release());
        if !base.exists() {
            make(&base);
        }
        let dir =
            tempfile::Builder::new().prefix("copy.").tempdir_in(&cache).expect("the target directory is writable");
        let root = Root { dir };
        output(as_root("cp").args(["--archive", "--reflink=auto"]).arg(&base).arg(root.dir.path().join("root")));
        root
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("root").join(name.trim_start_matches('/'))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = as_root("chroot");
        command.arg(self.path("")).args(words).stdin(Stdio::null());
        command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8").env_remove("TMPDIR");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env_remove("LD_LIBRARY_PATH");
        command
    }

    /// Runs a program of the system; what it said.
    #[track_caller]
    pub(crate) fn run(&self, words: &[&str]) -> String {
        output(&mut self.command(words))
    }

    /// The same for one that has to fail.
    #[track_caller]
    pub(crate) fn refuses(&self, words: &[&str]) -> String {
        let output = self.command(words).output().expect("chroot runs");
        assert!(!output.status.success(), "{words:?}: {}", said(&output));
        said(&output)
    }

    pub(crate) fn copy_in(&self, from: &Path, to: &str) {
        output(as_root("cp").arg(from).arg(self.path(to)));
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.dir.path().join("written");
        fs::write(&file, text).expect("it is writable");
        self.copy_in(&file, name);
    }

    /// Starts the daemon, waits for two rows in a file of its csv plugin, and stops it; the rows.
    #[track_caller]
    pub(crate) fn daemon_writes(&self, conf: &str, file: &str) -> String {
        let log = self.dir.path().join("log");
        let said = || fs::read_to_string(&log).unwrap_or_default();
        // It ends with whoever waits for it, and has no network.
        let mut command = as_root("setpriv");
        command.args(["--pdeathsig", "TERM", "unshare", "--net", "chroot"]).arg(self.path(""));
        command.args(["collectd", "-f", "-C", conf]).stdin(Stdio::null());
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env_remove("LD_LIBRARY_PATH");
        let file = self.path(file);
        let err = File::create(&log).expect("it is writable");
        let mut child = command.stdout(err.try_clone().expect("a descriptor")).stderr(err).spawn().expect("it starts");
        let deadline = Instant::now() + PATIENCE;
        let rows = loop {
            let rows = with_day(&file).and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
            // A heading, and two more.
            if rows.lines().count() > 2 && rows.ends_with('\n') {
                break rows;
            }
            let ended = child.try_wait().expect("a child can be waited for");
            assert!(ended.is_none(), "{ended:?}: {}", said());
            if Instant::now() > deadline {
                let _ = child.kill();
                panic!("nothing in {}: {}", file.display(), said());
            }
            sleep(Duration::from_millis(20));
        };
        output(as_root("kill").args(["-TERM", &child.id().to_string()]));
        let status = child.wait().expect("a child can be waited for");
        assert!(status.success(), "{status}: {}", said());
        rows
    }

    /// All that is there, with what is in it; but for dpkg's own records and its log.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let script = "find . -xdev ! -type d -printf '%p %m %u %l ' \\( -type f -exec md5sum {} \\; -o -printf '\\n' \\); \
                      find . -xdev -type d -printf '%p/ %m %u\\n'";
        let listing = self.run(&["sh", "-c", script]);
        let is_records = |line: &str| {
            ["./var/lib/dpkg/", "./var/log/", "./var/cache/ldconfig", "./etc/ld.so.cache"]
                .iter()
                .any(|own| line.starts_with(own))
        };
        let entries = listing.lines().filter(|line| !is_records(line));
        entries.filter_map(|line| line.split_once(' ')).map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        // What others own, too.
        let _ = as_root("rm").args(["--recursive", "--force", "--one-file-system"]).arg(self.path("")).status();
    }
}

/// The file of this name, which the plugin adds the day to.
fn with_day(file: &Path) -> Option<PathBuf> {
    let name = file.file_name()?.to_str()?;
    let files = fs::read_dir(file.parent()?).ok()?.flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.file_name().is_some_and(|other| other.to_string_lossy().starts_with(name)))
}

/// chroot is for root.
fn as_root(program: &str) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["--non-interactive", "--preserve-env", program]);
    command
}

/// That of this system.
fn release() -> String {
    let about = fs::read_to_string("/etc/os-release").expect("each Debian has it");
    let name = about.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    name.expect("this test is for Debian").trim_matches('"').to_owned()
}

/// From where apt has its packages.
fn make(base: &Path) {
    let format = ["indextargets", "--format", "$(SITE)", "Created-By: Packages", "Component: main"];
    let codename = format!("Codename: {}", release());
    let sites = output(Command::new("apt-get").args(format).arg(codename));
    let site = sites.lines().next().expect("apt has an archive: run apt-get update");
    let unfinished = base.with_extension("unfinished");
    let _ = as_root("rm").args(["--recursive", "--force", "--one-file-system"]).arg(&unfinished).status();
    let mut command = as_root("mmdebstrap");
    command.args(["--mode=root", "--variant=essential", "--format=directory", "--include=collectd-core"]);
    command.args(["--aptopt=APT::Install-Recommends \"false\"", &release()]).arg(&unfinished).arg(site);
    output(command.env_remove("TMPDIR"));
    output(as_root("mv").arg(&unfinished).arg(base));
}

#[track_caller]
fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}: run .make/deps test"));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
