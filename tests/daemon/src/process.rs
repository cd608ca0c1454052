use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use collectd_reports::Report;
use tempfile::TempDir;

use crate::builder::Builder;
use crate::locate::{collectd, valgrind};
use crate::pretend;
use crate::wait::wait_until;

/// A running collectd and its private directory. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    dir: TempDir,
    status: Option<ExitStatus>,
    under_valgrind: bool,
}

impl Process {
    pub(crate) fn spawn(builder: &Builder, args: &[&str]) -> Self {
        let dir = private_dir();
        let conf = builder.render(dir.path());
        let mut command = if builder.valgrind { valgrind_command(dir.path()) } else { Command::new(collectd()) };
        if !builder.pretended.is_empty() || !builder.disks.is_empty() {
            command = pretend::within(&command, dir.path(), &builder.pretended, &builder.disks);
        }
        command.envs(builder.env.iter().cloned());
        Self::run(dir, &conf, command, args, builder.valgrind)
    }

    pub(crate) fn spawn_with(conf: &str, args: &[&str]) -> Self {
        let dir = private_dir();
        let conf = conf.replace("@DIR@", &dir.path().display().to_string());
        Self::run(dir, &conf, Command::new(collectd()), args, false)
    }

    fn run(dir: TempDir, conf: &str, mut command: Command, args: &[&str], under_valgrind: bool) -> Self {
        let file = dir.path().join("collectd.conf");
        fs::write(&file, conf).expect("the private directory is writable");
        let create = |name| File::create(dir.path().join(name)).expect("the private directory is writable");
        let child = command
            .args(args)
            .arg("-C")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(create("stdout"))
            .stderr(create("stderr"))
            // Cargo's library path and a service manager's socket are not part of what is tested.
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("NOTIFY_SOCKET")
            .env_remove("UPSTART_JOB")
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        Process { child, dir, status: None, under_valgrind }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What is in a file of the private directory so far, nothing when it does not exist.
    pub(crate) fn text(&self, name: &str) -> String {
        fs::read(self.path(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    pub(crate) fn output(&self) -> String {
        self.text("stdout") + &self.text("stderr")
    }

    /// The first complete line of log or output with `needle` in it.
    pub(crate) fn line_with(&self, needle: &str) -> Option<String> {
        [self.text("log"), self.output()].iter().find_map(|text| {
            // The last line may be half written.
            let complete = text.rfind('\n').map_or("", |end| &text[..end]);
            complete.lines().find(|line| line.contains(needle)).map(str::to_owned)
        })
    }

    /// For messages of failing tests.
    pub(crate) fn everything(&self) -> String {
        format!("---- log:\n{}---- output:\n{}", self.text("log"), self.output())
    }

    /// How long to wait for something that a healthy daemon does in a fraction of a second.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(if self.under_valgrind { 300 } else { 60 })
    }

    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("a child can be waited for");
        }
        self.status
    }

    /// Waits until the process has ended, whoever told it to.
    pub(crate) fn finish(&mut self) -> ExitStatus {
        let patience = self.patience();
        let what = format!("the end of {:?}", self.dir.path());
        wait_until(&what, patience, || self.exited())
    }

    /// The shell's own `kill`: std has none but SIGKILL.
    pub(crate) fn signal(&mut self, name: &str) {
        assert!(self.exited().is_none(), "the daemon has ended\n{}", self.everything());
        let script = format!("kill -{name} {}", self.id());
        let status = Command::new("sh").args(["-c", &script]).status().expect("sh runs");
        assert!(status.success(), "{script}: {status}");
    }

    pub(crate) fn kill(&mut self) {
        if self.exited().is_none() {
            let _ = self.child.kill();
            self.status = self.child.wait().ok();
        }
    }

    pub(crate) fn under_valgrind(&self) -> bool {
        self.under_valgrind
    }

    pub(crate) fn valgrind_report(&self) -> Report {
        let xml = self.text("valgrind.xml");
        Report::parse(&xml).unwrap_or_else(|| panic!("valgrind did not finish its report:\n{xml}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn private_dir() -> TempDir {
    let dir = tempfile::Builder::new().prefix("collectd-test.").tempdir().expect("a temporary directory");
    for name in ["base", "plugins"] {
        fs::create_dir(dir.path().join(name)).expect("the private directory is writable");
    }
    dir
}

/// The exit status stays the daemon's own: Debian's daemon may have findings too, so tests judge the report.
fn valgrind_command(dir: &Path) -> Command {
    let mut command = Command::new(valgrind());
    command
        .args(["--leak-check=full", "--show-leak-kinds=definite", "--num-callers=40"])
        .args(["--trace-children=no", "--child-silent-after-fork=yes", "--fair-sched=try", "--xml=yes"])
        .arg(format!("--xml-file={}", dir.join("valgrind.xml").display()))
        .arg(collectd());
    command
}
