use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::daemon::Daemon;
use crate::locate::stock_plugin_dir;
use crate::once::{self, Outcome};
use crate::process::Process;

/// The configuration of a [`Daemon`] to start; lines go out in the order of the calls.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    items: Vec<Item>,
    plugin_dirs: Vec<PathBuf>,
    copies: Vec<(PathBuf, String)>,
    hostname: String,
    interval: Duration,
    write_threads: Option<u32>,
    logfile: bool,
    pub(crate) pretended: Vec<(PathBuf, String)>,
    pub(crate) disks: Vec<(String, u64)>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) valgrind: bool,
}

#[derive(Debug, Clone)]
enum Item {
    Load { name: String, options: String },
    Conf(String),
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            items: Vec::new(),
            plugin_dirs: Vec::new(),
            copies: Vec::new(),
            hostname: "testhost".into(),
            interval: Duration::from_secs(1),
            write_threads: None,
            logfile: true,
            pretended: Vec::new(),
            disks: Vec::new(),
            env: Vec::new(),
            valgrind: false,
        }
    }

    /// Adds a directory whose plugins go before the daemon's own of the same name.
    pub fn plugin_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.plugin_dirs.push(dir.into());
        self
    }

    /// `LoadPlugin name`. `csv` and `unixsock` come configured: rows without rates, a socket in the private directory.
    pub fn load(self, name: &str) -> Self {
        self.load_with(name, "")
    }

    /// `<LoadPlugin name>` with options such as `Interval 0.1`, one a line.
    pub fn load_with(mut self, name: &str, options: &str) -> Self {
        self.items.push(Item::Load { name: name.into(), options: options.into() });
        self
    }

    /// Loads the plugin in the file `so` under the name `name`, whatever the file is called.
    pub fn load_so(self, so: impl Into<PathBuf>, name: &str) -> Self {
        self.load_so_with(so, name, "")
    }

    /// The same with options as for [`load_with`](Self::load_with).
    pub fn load_so_with(mut self, so: impl Into<PathBuf>, name: &str, options: &str) -> Self {
        self.copies.push((so.into(), name.into()));
        self.load_with(name, options)
    }

    /// Any configuration text; `@DIR@` stands for the daemon's private directory.
    pub fn conf(mut self, text: &str) -> Self {
        self.items.push(Item::Conf(text.into()));
        self
    }

    /// The daemon's name for itself (default `testhost`).
    pub fn hostname(mut self, name: &str) -> Self {
        self.hostname = name.into();
        self
    }

    /// How often plugins are read (default one second).
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How many threads call write callbacks (the daemon's default is 5).
    pub fn write_threads(mut self, count: u32) -> Self {
        self.write_threads = Some(count);
        self
    }

    /// Whether to load `logfile` (default true). Without it the log goes to standard error, without severities, and
    /// nobody takes notifications unless somebody else does.
    pub fn logfile(mut self, on: bool) -> Self {
        self.logfile = on;
        self
    }

    /// Lets the daemon, and nobody else, see this text in the file `path` of the system, which must exist: as
    /// `/proc/stat`. [`Daemon::pretend`] changes it. The daemon then runs in a mount namespace of its own, for which
    /// the test has to be root, or to be allowed a user namespace.
    pub fn pretend(mut self, path: impl Into<PathBuf>, text: &str) -> Self {
        self.pretended.push((path.into(), text.into()));
        self
    }

    /// Gives the daemon, and nobody else, a disk of so many bytes as `@DIR@/name`: one that can be full. Others find it
    /// in [`Daemon::disk`]. Needs what [`pretend`](Self::pretend) needs.
    pub fn disk(mut self, name: &str, bytes: u64) -> Self {
        self.disks.push((name.into(), bytes));
        self
    }

    /// Sets a variable in the daemon's environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Whether to run the daemon under valgrind; deadlines are longer then.
    pub fn valgrind(mut self, on: bool) -> Self {
        self.valgrind = on;
        self
    }

    /// Starts the daemon and waits until it reads.
    ///
    /// # Panics
    ///
    /// When it ends, or is not ready in time; the message holds everything it said.
    #[must_use]
    pub fn start(self) -> Daemon {
        Daemon::start(Process::spawn(&self, &["-f"]))
    }

    /// `collectd -T`: initialise, read every plugin once, shut down.
    ///
    /// # Panics
    ///
    /// When it cannot be run, or does not end.
    #[must_use]
    pub fn run_once(self) -> Outcome {
        once::finish(Process::spawn(&self, &["-T"]))
    }

    /// Starts a daemon that must refuse its configuration. Everything it said.
    ///
    /// # Panics
    ///
    /// When it starts all the same, or is killed by a signal.
    #[must_use]
    pub fn check_start_fails(self) -> String {
        self.refused().output
    }

    /// Starts a daemon that must refuse its configuration, and says how it ended.
    ///
    /// # Panics
    ///
    /// When it starts all the same, or is killed by a signal.
    #[must_use]
    pub fn refused(self) -> Outcome {
        once::refuse(Process::spawn(&self, &["-f"]))
    }

    /// The text of collectd.conf; copies plugins into `dir` first.
    pub(crate) fn render(&self, dir: &Path) -> String {
        let own = dir.join("plugins");
        for (so, name) in &self.copies {
            crate::cargo_build::copy_plugin(so, &own, name);
        }
        let dir_text = dir.display();
        let mut conf = format!(
            "BaseDir \"{dir_text}/base\"\nPIDFile \"{dir_text}/pid\"\nHostname \"{}\"\nFQDNLookup false\nInterval {}\n",
            self.hostname,
            self.interval.as_secs_f64(),
        );
        if let Some(count) = self.write_threads {
            let _ = writeln!(conf, "WriteThreads {count}");
        }
        if self.logfile {
            // First, so that it hears what the other plugins say while they are loaded.
            self.render_load(&mut conf, &own, "logfile", "");
            conf +=
                "<Plugin logfile>\nLogLevel info\nFile \"@DIR@/log\"\nTimestamp false\nPrintSeverity true\n</Plugin>\n";
        }
        for item in &self.items {
            match item {
                Item::Load { name, options } => self.render_load(&mut conf, &own, name, options),
                Item::Conf(text) => {
                    let _ = writeln!(conf, "PluginDir \"{}\"\n{text}", stock_plugin_dir().display());
                }
            }
        }
        conf.replace("@DIR@", &dir_text.to_string())
    }

    fn render_load(&self, conf: &mut String, own: &Path, name: &str, options: &str) {
        let file = format!("{name}.so");
        let dir = [own].into_iter().chain(self.plugin_dirs.iter().map(PathBuf::as_path));
        let dir = dir.filter(|dir| dir.join(&file).exists()).chain([stock_plugin_dir()]).next();
        let dir = dir.unwrap_or(own).display();
        let _ = writeln!(conf, "PluginDir \"{dir}\"\n<LoadPlugin {name}>\n{options}\n</LoadPlugin>");
        match name {
            "csv" => *conf += "<Plugin csv>\nDataDir \"@DIR@/csv\"\nStoreRates false\n</Plugin>\n",
            "unixsock" => *conf += "<Plugin unixsock>\nSocketFile \"@DIR@/socket\"\nDeleteSocket true\n</Plugin>\n",
            _ => {}
        }
    }
}
