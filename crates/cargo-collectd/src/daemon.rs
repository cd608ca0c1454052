//! The private daemon while it runs.

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use collectd_locate::Collectd;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::json;

use crate::log_line::LogLine;
use crate::private::Private;
use crate::shell::Shell;
use crate::signals::Stop;

/// How long an ordered end may take: writers often wait 10 s for what they write to, and then give up by themselves.
const GRACE: Duration = Duration::from_secs(15);
/// Who waits longer is told for what.
const SHORT: Duration = Duration::from_secs(1);
/// Of what it says in the beginning, this much is kept for [`Daemon::log`].
const KEPT_LINES: usize = 1000;
/// And so many more of its errors.
const KEPT_ERRORS: usize = 100;
/// The daemon's own lines are shorter.
const LINE_LIMIT: u64 = 64 << 10;

/// Killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    status: Option<ExitStatus>,
    listeners: Vec<JoinHandle<()>>,
    log: Arc<Mutex<Vec<String>>>,
    start: Instant,
}

/// How a daemon is started.
#[derive(Default)]
pub(crate) struct Start<'a> {
    /// Its options.
    pub(crate) options: &'a [&'a str],
    /// The program that runs it, with its options: valgrind.
    pub(crate) within: &'a [OsString],
    /// Where its log is shown.
    pub(crate) shown: Option<Shell>,
}

/// How it ended.
pub(crate) struct End {
    pub(crate) status: ExitStatus,
    /// As it had not ended by itself within this time.
    pub(crate) killed_after: Option<Duration>,
    after: Duration,
}

impl Daemon {
    /// Starts it with `collectd.conf` of its directory.
    pub(crate) fn start(collectd: &Collectd, private: &Private, how: &Start<'_>) -> anyhow::Result<Self> {
        let mut child = private.start_within(how.within, collectd, how.options, &private.path("collectd.conf"))?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let streams: [Option<Box<dyn Read + Send>>; 2] =
            [child.stdout.take().map(|out| Box::new(out) as _), child.stderr.take().map(|err| Box::new(err) as _)];
        let listen = |stream| {
            let (log, shown) = (Arc::clone(&log), how.shown);
            thread::spawn(move || listen(stream, &log, shown.as_ref()))
        };
        let listeners = streams.into_iter().flatten().map(listen).collect();
        Ok(Daemon { child, status: None, listeners, log, start: Instant::now() })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said in the beginning.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = self.child.try_wait().context("cannot wait for collectd")?;
        }
        Ok(self.status)
    }

    /// Ends it as an administrator does, and if that does not help, or nobody wants to wait, as the system does.
    pub(crate) fn stop(&mut self, stop: &Stop, shell: &Shell) -> anyhow::Result<End> {
        let mut killed_after = None;
        if self.ended()?.is_none() {
            self.signal(Signal::TERM);
            let start = Instant::now();
            // The first signal asks for an orderly end, the next one for any.
            let asked = stop.count().min(1);
            let mut is_told = false;
            while self.ended()?.is_none() {
                if start.elapsed() >= GRACE || stop.count() > asked {
                    killed_after = Some(start.elapsed());
                    kill(&mut self.child);
                    break;
                }
                if start.elapsed() >= SHORT && !is_told {
                    shell.status("Waiting", "for collectd to end; a further Ctrl-C kills it");
                    is_told = true;
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
        let status = self.child.wait().context("cannot wait for collectd")?;
        self.status = Some(status);
        let after = self.start.elapsed();
        // A child of a plugin's may hold the streams open for ever.
        let deadline = Instant::now() + Duration::from_secs(1);
        while Instant::now() < deadline && !self.listeners.iter().all(JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(End { status, killed_after, after })
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            let _ = kill_process(pid, signal);
        }
    }

    /// Before it has been waited for the number is its own.
    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).filter(|_| self.status.is_none())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.status.is_none() {
            kill(&mut self.child);
            let _ = self.child.wait();
        }
    }
}

/// Kills a daemon that has not been waited for, with what its plugins have started and can end no more.
pub(crate) fn kill(child: &mut Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
    let _ = child.kill();
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {:.1} s", self.status, self.after.as_secs_f64())
    }
}

fn listen(stream: Box<dyn Read + Send>, log: &Mutex<Vec<String>>, shown: Option<&Shell>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match stream.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches('\n');
        let mut kept = log.lock().unwrap_or_else(PoisonError::into_inner);
        let is_error = || LogLine::parse(text).severity == Some("error");
        if kept.len() < KEPT_LINES || (kept.len() < KEPT_LINES + KEPT_ERRORS && is_error()) {
            kept.push(text.to_owned());
        }
        drop(kept);
        if let Some(shell) = shown {
            show(text, shell);
        }
    }
}

fn show(text: &str, shell: &Shell) {
    shell.say(text);
    shell.message("log", || {
        let LogLine { severity, message } = LogLine::parse(text);
        json!({"severity": severity, "message": message})
    });
}
