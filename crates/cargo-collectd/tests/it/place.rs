//! An empty directory, and what is run there.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use collectd_test_daemon::mount_namespace;
use tempfile::TempDir;

/// No wait of a test that works takes nearly as long, but for a build on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// A directory with nothing in it but what a test makes, and a directory for temporary files beside it.
pub(crate) struct Place {
    dir: TempDir,
}

/// The macro is for who reads the source.
const BARE: &str = "\
#[unsafe(no_mangle)]
pub extern \"C\" fn module_register() {}

#[cfg(any())]
mod never {
    struct Bare;

    impl Plugin for Bare {
        const NAME: &'static str = \"__name__\";
        type Config = ();
    }

    collectd::plugin!(Bare: Shutdown);
}
";

/// How a command ended, and what it said; what differs from one machine and one moment to the next is made the same.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// For a snapshot.
    pub(crate) fn text(&self) -> String {
        format!(
            "exit status: {:?}\n---- standard output\n{}---- standard error\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("author.").tempdir().expect("a temporary directory");
        for name in ["here", "tmp"] {
            fs::create_dir(dir.path().join(name)).expect("it is writable");
        }
        Place { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("here").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("a temporary directory is writable");
        path
    }

    pub(crate) fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).expect("it is there");
        assert!(text.contains(from), "{text}");
        self.write(name, &text.replace(from, to));
    }

    /// `cargo collectd` with these arguments, in the directory or in one below.
    pub(crate) fn command(&self, below: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-collectd"));
        // As cargo calls it.
        command.arg("collectd").args(args);
        self.settle(command, below)
    }

    pub(crate) fn cargo(&self, below: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.args(args);
        self.settle(command, below)
    }

    /// What somebody types in a shell, who has this program installed, and the daemon.
    pub(crate) fn shell(&self, below: &str, script: &str) -> Command {
        self.settle(Self::typed(script), below)
    }

    fn typed(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-ec", script]);
        let collectd = collectd_test_daemon::collectd();
        let programs = [Path::new(env!("CARGO_BIN_EXE_cargo-collectd")), Path::new(env!("CARGO")), &collectd];
        let programs = programs.map(Path::parent);
        let programs = programs.into_iter().flatten().map(Path::to_path_buf);
        let path = env::var_os("PATH").unwrap_or_default();
        command.env("PATH", env::join_paths(programs.chain(env::split_paths(&path))).expect("paths"));
        command
    }

    /// What builds there has one target directory for all tests.
    fn settle(&self, command: Command, below: &str) -> Command {
        self.settle_with(command, below, target_dir())
    }

    fn settle_with(&self, mut command: Command, below: &str, target_dir: &Path) -> Command {
        command
            .current_dir(self.path(below))
            .env("CARGO", env!("CARGO"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target_dir)
            .env("CARGO_TERM_COLOR", "never")
            .env("TMPDIR", self.dir.path().join("tmp"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("COLLECTD_BINDINGS")
            .stdin(Stdio::null());
        command
    }

    /// The command where a directory of the system is this one of ours, and everything else is as it is.
    pub(crate) fn with_dir_as(&self, dir: &Path, ours: &str, command: &Command) -> Command {
        let mut inside = mount_namespace();
        inside.args(["sh", "-ec", "mount --bind \"$1\" \"$2\"; shift 2; exec \"$@\"", "sh"]);
        inside.arg(self.path(ours)).arg(dir).arg(command.get_program()).args(command.get_args());
        inside.current_dir(command.get_current_dir().unwrap_or(&self.path("")));
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, below: &str, args: &[&str]) -> Done {
        self.finish(self.command(below, args))
    }

    pub(crate) fn finish(&self, mut command: Command) -> Done {
        let output = command.output().expect("it can be run");
        let text = |bytes| self.normalise(&String::from_utf8(bytes).expect("UTF-8"));
        Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// `cargo collectd new`, and the versions of crates that are here already.
    pub(crate) fn new_plugin(&self, name: &str, kind: &str) -> Done {
        let done = self.run("", &["new", name, "--kind", kind]);
        assert_eq!(done.code, Some(0), "{}", done.text());
        self.lock(name);
        done
    }

    /// A file that the daemon loads and that does nothing: it needs no other crate, and is built at once.
    pub(crate) fn bare_plugin(&self, dir: &str, package: &str, library: &str) {
        fs::create_dir_all(self.path(dir).join("src")).expect("it is writable");
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [lib]\nname = \"{library}\"\ncrate-type = [\"cdylib\"]\n"
        );
        fs::write(self.path(dir).join("Cargo.toml"), manifest).expect("it is writable");
        fs::write(self.path(dir).join("src/lib.rs"), BARE.replace("__name__", library)).expect("it is writable");
    }

    /// The versions of crates that are here already.
    pub(crate) fn lock(&self, name: &str) {
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
        fs::copy(lock, self.path(name).join("Cargo.lock")).expect("the workspace has a lock file");
    }

    /// What was left in the directory for temporary files.
    pub(crate) fn left_behind(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.path().join("tmp")).expect("it is there");
        entries.flatten().map(|entry| entry.path()).collect()
    }

    fn normalise(&self, text: &str) -> String {
        let here = self.path("").canonicalize().expect("it is there");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
        let text = text.replace(&format!("{}/", here.display()), "HERE/");
        let text = text.replace(&target_dir().display().to_string(), "TARGET");
        text.replace(&root.display().to_string(), "CHECKOUT")
    }
}

/// The file in the target directory with what its first run took.
pub(crate) const FIRST_RUN: &str = "first-run";

/// Below that of the workspace. Somebody has to be the first who builds there: that is a new plugin, which is run, and how
/// soon it shows a value is written down.
pub(crate) fn target_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = target_dir_of_authors();
        if !dir.join(FIRST_RUN).exists() {
            first_run(&dir);
        }
        dir
    })
}

fn first_run(target_dir: &Path) {
    match fs::remove_dir_all(target_dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("{}: {error}", target_dir.display()),
        _ => {}
    }
    let place = Place::new();
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let script = format!(
        "cargo collectd new first; cd first; cp '{}' .; cargo collectd run --for 1s --message-format json; times >../times",
        lock.display()
    );
    let start = SystemTime::now();
    let output = place.settle_with(Place::typed(&script), "", target_dir).output().expect("sh runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let value = stdout.lines().find(|line| line.contains("\"reason\":\"value-list\""));
    let time = value.and_then(|line| line.split_once("\"time\":")?.1.split_once(',')?.0.parse::<f64>().ok());
    let time = time.unwrap_or_else(|| panic!("no value: {stdout}{}", String::from_utf8_lossy(&output.stderr)));
    let after = time - start.duration_since(UNIX_EPOCH).expect("it is past 1970").as_secs_f64();
    // Of the shell, and of what it has run: user's and system's.
    let times = fs::read_to_string(place.path("times")).expect("times was the last command");
    let busy: f64 = times.split_whitespace().filter_map(seconds).sum();
    let text = format!("the first value came after {after:.1} s; processors were busy {busy:.1} s\n");
    fs::write(target_dir.join(FIRST_RUN), text).expect("it was made");
}

/// `1m2.5s`.
fn seconds(text: &str) -> Option<f64> {
    let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
    Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
}

fn target_dir_of_authors() -> PathBuf {
    let exe = env::current_exe().expect("a test knows its file");
    let target = exe.ancestors().find(|dir| dir.join("CACHEDIR.TAG").exists()).expect("it is in a target directory");
    target.join("authors")
}

/// A command that runs.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: Receiver<String>,
    pub(crate) stderr: Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let stdout = lines(child.stdout.take().expect("a pipe"));
        let stderr = lines(child.stderr.take().expect("a pipe"));
        Running { child, stdout, stderr }
    }

    pub(crate) fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &script]).status().expect("sh runs").success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line that has these words.
#[track_caller]
pub(crate) fn wait_line(lines: &Receiver<String>, words: &str) -> String {
    wait_lines(lines, &[words]).pop().expect("it is the last one")
}

/// All lines until each of these words was in one, in any order.
#[track_caller]
pub(crate) fn wait_lines(lines: &Receiver<String>, words: &[&str]) -> Vec<String> {
    let mut missing = words.to_vec();
    let mut all: Vec<String> = Vec::new();
    while !missing.is_empty() {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                missing.retain(|words| !line.contains(words));
                all.push(line);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!("no {missing:?} in {all:#?}"),
        }
    }
    all
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if sender.send(line.expect("UTF-8")).is_err() {
                break;
            }
        }
    });
    receiver
}
