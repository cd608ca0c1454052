//! A daemon to be started.

use std::fmt;
use std::path::Path;

use collectd_types::Time;

use crate::step::must;
use crate::{Callback, Failed, Host, START};

/// Where collectd installs its types.db.
const TYPES: [&str; 3] =
    ["/usr/share/collectd/types.db", "/usr/local/share/collectd/types.db", "/opt/collectd/share/collectd/types.db"];

/// A daemon to be started: its plugins, its configuration, and what is to go wrong.
#[must_use = "the daemon starts with `start` or `load`"]
#[derive(Clone)]
pub struct Builder {
    pub(crate) modules: Vec<(String, extern "C" fn())>,
    pub(crate) config: String,
    pub(crate) types: String,
    pub(crate) start: Time,
    pub(crate) write_threads: usize,
    pub(crate) failures: Vec<(Callback, usize)>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.modules.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Builder").field("modules", &names).field("config", &self.config).finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new() -> Builder {
        Builder {
            modules: Vec::new(),
            config: String::new(),
            types: String::new(),
            start: START,
            write_threads: 1,
            failures: Vec::new(),
        }
    }

    /// Adds a plugin by the function that `plugin!` and `module!` make. It is loaded at the `LoadPlugin` line of the
    /// configuration, or, if there is none, before the first `<Plugin>` block. Of several such lines it is the one with the
    /// plugin's name, which is found out by calling the function once more.
    pub fn module(self, module_register: extern "C" fn()) -> Self {
        self.module_named("", module_register)
    }

    /// The same at the `LoadPlugin` line of this name: where the file is called otherwise than the plugin.
    pub fn module_named(mut self, name: &str, module_register: extern "C" fn()) -> Self {
        self.modules.push((name.to_owned(), module_register));
        self
    }

    /// Adds lines of configuration, in collectd's grammar.
    ///
    /// Used are `<Plugin>` blocks, `LoadPlugin` with its options, `TypesDB` and global options such as `Hostname`, `Interval` and
    /// `Timeout`. Other plugins are not here: their `LoadPlugin` lines and blocks are ignored, with a warning in the log.
    /// Filter chains are ignored too, see [`Host::create_match`]; `Include` is refused.
    pub fn config(mut self, lines: &str) -> Self {
        self.config += lines;
        // In a file every line has an end; the last one of a text in a test may not.
        self.config += if lines.ends_with('\n') { "" } else { "\n" };
        self
    }

    /// Adds lines of a types.db.
    pub fn types(mut self, lines: &str) -> Self {
        self.types += lines;
        self.types.push('\n');
        self
    }

    /// Where the daemon's clock stands at the start.
    pub fn start_at(mut self, time: Time) -> Self {
        self.start = time;
        self
    }

    /// How many threads call write callbacks: one, so that values arrive in their order, unless it is said here. The
    /// daemon has 5, so that plugins must not count on any order.
    pub fn write_threads(mut self, count: usize) -> Self {
        self.write_threads = count;
        self
    }

    /// Has the daemon refuse the first registration of this kind, or, with 2, the second, and so on.
    pub fn refuse(mut self, callback: Callback, nth: usize) -> Self {
        self.failures.push((callback, nth));
        self
    }

    /// Loads the plugins, reads the configuration and initialises everything. It waits until no other thread has a
    /// daemon.
    ///
    /// # Panics
    ///
    /// If that fails, with what was logged; see also [`try_start`](Self::try_start).
    #[track_caller]
    pub fn start(self) -> Host {
        must(self.try_start())
    }

    /// The same for a start that may fail.
    ///
    /// # Errors
    ///
    /// If the configuration is malformed or refused, or a plugin cannot be made.
    ///
    /// # Panics
    ///
    /// If this thread has a daemon already.
    #[track_caller]
    pub fn try_start(self) -> Result<Host, Failed> {
        let mut host = self.try_load()?;
        host.try_init()?;
        Ok(host)
    }

    /// Goes only as far as a daemon does before it is in the background: to the end of the configuration.
    ///
    /// # Panics
    ///
    /// If that fails, with what was logged.
    #[track_caller]
    pub fn load(self) -> Host {
        must(self.try_load())
    }

    /// The same for a configuration that may be refused.
    ///
    /// # Errors
    ///
    /// If the configuration is malformed or refused.
    ///
    /// # Panics
    ///
    /// If this thread has a daemon already.
    #[track_caller]
    pub fn try_load(self) -> Result<Host, Failed> {
        let mut host = Host::lock(self.write_threads);
        host.prepare(&self)?;
        host.configure(&self.config)?;
        Ok(host)
    }

    /// The commands that come before the configuration.
    pub(crate) fn commands(&self) -> Vec<String> {
        let mut commands = vec![format!("clock cdtime:{}", self.start.to_raw()), "queue".to_owned()];
        commands.extend(TYPES.into_iter().find(|file| Path::new(file).is_file()).map(|file| format!("types {file}")));
        let lines = self.types.lines().map(|line| line.replace(',', " "));
        commands.extend(
            lines
                .filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty())
                .map(|line| format!("type {line}")),
        );
        commands.extend(self.failures.iter().map(|(callback, nth)| format!("fail {} {nth}", callback.word())));
        commands
    }
}
