use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use collectd_reports::Report;

use crate::builder::Builder;
use crate::csv::{self, Rows};
use crate::pretend;
use crate::process::Process;
use crate::unixsock;
use crate::wait::wait_until;

/// What the daemon logs when every plugin is initialised.
pub(crate) const READY: &str = "Initialization complete, entering read-loop.";

/// A real collectd with a directory, a log and a pid file of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Daemon {
    process: Process,
}

impl Daemon {
    /// A daemon that loads nothing yet but its log.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Starts `collectd -f` on a complete configuration, which logs to stderr or to `@DIR@/log`;
    /// `@DIR@` stands for the daemon's private directory.
    ///
    /// # Panics
    ///
    /// When it ends, or is not ready in time; the message holds everything it said.
    #[must_use]
    pub fn start_with(conf: &str) -> Self {
        Daemon::start(Process::spawn_with(conf, &["-f"]))
    }

    pub(crate) fn start(process: Process) -> Self {
        let mut daemon = Daemon { process };
        daemon.wait_log(READY, daemon.process.patience());
        daemon
    }

    /// The private directory; gone when the `Daemon` is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.process.dir()
    }

    /// The process, also under valgrind.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The log so far: one line per message, `[severity] text`, from level info. Without the daemon's complaint of a thread, such
    /// as that of a connection to unixsock, that has ended before it got its name: on a busy machine it comes now and then.
    #[must_use]
    pub fn log(&self) -> String {
        let log = self.process.text("log");
        log.split_inclusive('\n').filter(|line| !line.starts_with("[error] set_thread_name(")).collect()
    }

    /// What it wrote to standard output and error so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// Waits for a line of log or output that contains `needle`, and returns the first such line.
    ///
    /// # Panics
    ///
    /// When the daemon ends without it, or `limit` is over.
    pub fn wait_log(&mut self, needle: &str, limit: Duration) -> String {
        let deadline = Instant::now() + limit;
        loop {
            // In this order: what an ended daemon has logged is complete.
            let late = Instant::now() >= deadline;
            let status = self.process.exited();
            if let Some(line) = self.process.line_with(needle) {
                return line;
            }
            let everything = || self.process.everything();
            if let Some(status) = status {
                panic!("the daemon ended ({status}) without {needle:?}\n{}", everything());
            }
            assert!(!late, "not within {limit:?}: {needle:?} in\n{}", everything());
            sleep(Duration::from_millis(10));
        }
    }

    /// What the csv plugin has written so far, as far as lines are complete.
    #[must_use]
    pub fn csv_rows(&self) -> Rows {
        csv::read(&self.process.path("csv"))
    }

    /// Waits until `identifier` has at least `count` rows, and returns its rows: (time, values) as csv writes them.
    ///
    /// # Panics
    ///
    /// When they do not come in time.
    #[must_use]
    pub fn wait_rows(&self, identifier: &str, count: usize) -> Vec<(String, String)> {
        let what = format!("{count} rows of {identifier}");
        wait_until(&what, self.process.patience(), || {
            self.csv_rows().remove(identifier).filter(|rows| rows.len() >= count)
        })
    }

    /// The socket of the unixsock plugin.
    #[must_use]
    pub fn unixsock(&self) -> PathBuf {
        self.process.path("socket")
    }

    /// Sends one command to the unixsock plugin; the lines of its answer, or its complaint.
    ///
    /// # Errors
    ///
    /// What the daemon answered with a negative status.
    ///
    /// # Panics
    ///
    /// When the plugin is not there or does not answer.
    pub fn command(&self, line: &str) -> Result<Vec<String>, String> {
        unixsock::command(&self.unixsock(), line, self.process.patience())
    }

    /// `PUTVAL`: `options` such as `interval=1`, `values` such as `N:1:2` or `1749238000.5:U`.
    ///
    /// # Panics
    ///
    /// When the daemon refuses it.
    pub fn putval(&self, identifier: &str, options: &str, values: &str) {
        let line = format!("PUTVAL {} {options} {values}", unixsock::quote(identifier));
        self.command(&line).unwrap_or_else(|answer| panic!("{line}: {answer}"));
    }

    /// Waits until a value list of this name and time in seconds, or a later one, has left the queue of the write threads:
    /// `PUTVAL` is answered before. With one write thread all that was put before has left it, too. At its end the daemon
    /// drops what is still in there, and finishes what is not.
    ///
    /// # Panics
    ///
    /// When it does not in time.
    pub fn wait_dispatched(&self, identifier: &str, time: f64) {
        // LISTVAL has three digits.
        let is_it = |line: &String| {
            let (last, name) = line.split_once(' ').expect("a time and a name");
            name == identifier && last.parse::<f64>().expect("a time") > time - 0.001
        };
        wait_until(&format!("{identifier} of {time} to be dispatched"), self.process.patience(), || {
            self.command("LISTVAL").expect("the daemon has a cache").iter().any(is_it).then_some(())
        });
    }

    /// Makes the daemon flush every plugin, by SIGUSR1; does not wait for it.
    ///
    /// # Panics
    ///
    /// When the daemon has ended.
    pub fn flush_all(&mut self) {
        self.process.signal("USR1");
    }

    /// Changes what the daemon sees in a file, see [`Builder::pretend`]. A text of the same length is there all at
    /// once.
    ///
    /// # Panics
    ///
    /// When the daemon was started without such a file.
    pub fn pretend(&self, path: impl AsRef<Path>, text: &str) {
        pretend::change(self.dir(), path.as_ref(), text);
    }

    /// Where a disk of the daemon's is for everybody else, as long as the daemon runs; see [`Builder::disk`].
    #[must_use]
    pub fn disk(&self, name: &str) -> PathBuf {
        let inside = self.dir().join(name);
        let mut place = PathBuf::from(format!("/proc/{}/root", self.pid()));
        place.extend(inside.components().skip(1));
        place
    }

    /// Resident memory in bytes.
    ///
    /// # Panics
    ///
    /// When the daemon has ended.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the daemon runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has not ended");
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        kibibytes * 1024
    }

    /// Ends the daemon as an administrator does, by SIGTERM. Log and rows stay readable.
    ///
    /// # Panics
    ///
    /// When it has ended before, or does not end in time (it is killed then).
    pub fn stop(&mut self) -> ExitStatus {
        self.process.signal("TERM");
        self.process.finish()
    }

    /// Ends the daemon in the middle of what it does, by SIGKILL. Log and rows stay readable.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// What valgrind found; after [`stop`](Self::stop).
    ///
    /// # Panics
    ///
    /// When the daemon did not run under valgrind, or has not ended by itself.
    #[must_use]
    pub fn valgrind_report(&self) -> Report {
        assert!(self.process.under_valgrind(), "not started with valgrind(true)");
        self.process.valgrind_report()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.process.everything());
        }
    }
}
