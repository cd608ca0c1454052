//! The fake daemon as a process that loads plugins.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::Event;

/// Exit status of a session that valgrind finds fault with.
const VALGRIND_ERRORS: &str = "--error-exitcode=99";

/// Whose interface the fake daemon offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// 5.8: contexts without a name, no `daemon_log`, no cache events, `plugin_thread_create` with attributes.
    V5_8,
    /// 5.10: all of that but for `plugin_thread_create` and `uc_meta_data_toc`.
    V5_10,
    /// 5.12, and as good as 5.11 and 5.13.
    V5_12,
    /// 6.0 as far as a plugin can tell before it registers anything: `plugin_dispatch_metric_family` exists.
    V6_0,
}

/// The program of the fake daemon.
pub fn fake_collectd(release: Release) -> PathBuf {
    PathBuf::from(match release {
        Release::V5_8 => env!("FAKE_COLLECTD_508"),
        Release::V5_10 => env!("FAKE_COLLECTD_510"),
        Release::V5_12 => env!("FAKE_COLLECTD_512"),
        Release::V6_0 => env!("FAKE_COLLECTD_600"),
    })
}

/// How to start a [`Session`].
#[derive(Debug)]
pub struct SessionBuilder {
    release: Release,
    valgrind: bool,
    deadline: Duration,
    environment: Vec<(OsString, OsString)>,
    valgrind_options: Vec<OsString>,
}

impl SessionBuilder {
    /// Runs the program under valgrind: `Outcome::status` tells of invalid accesses and of what is definitely lost.
    #[must_use]
    pub fn valgrind(mut self, yes: bool) -> Self {
        self.valgrind = yes;
        self
    }

    /// Passes one more option to valgrind, a file with suppressions for example.
    #[must_use]
    pub fn valgrind_option(mut self, option: impl Into<OsString>) -> Self {
        self.valgrind_options.push(option.into());
        self
    }

    /// How long one command may take; 60 seconds by default, 240 under valgrind.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets an environment variable of the program.
    #[must_use]
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((key.as_ref().into(), value.as_ref().into()));
        self
    }

    /// Starts the program.
    ///
    /// # Panics
    ///
    /// When it does not start; under valgrind, when that is not installed.
    pub fn start(self) -> Session {
        let program = fake_collectd(self.release);
        let mut command = if self.valgrind {
            let mut command = Command::new("valgrind");
            command.args(["-q", VALGRIND_ERRORS, "--leak-check=full", "--errors-for-leak-kinds=definite"]);
            command.args(&self.valgrind_options).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        command.envs(self.environment);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{:?} does not start ({e}): is it installed?", command.get_program()));
        let stdout = child.stdout.take().expect("a pipe");
        let stderr = child.stderr.take().expect("a pipe");
        let (sender, events) = channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines.try_for_each(|line| sender.send(Event::parse(&line)))
        });
        let stdin = child.stdin.take();
        let stderr = Some(thread::spawn(move || read_lossily(stderr)));
        let deadline = if self.valgrind { self.deadline * 4 } else { self.deadline };
        Session { child, stdin, events, stderr, seen: Vec::new(), deadline }
    }
}

/// A running fake daemon. It ends with this value, whatever it is doing.
#[derive(Debug)]
pub struct Session {
    child: Child,
    stdin: Option<ChildStdin>,
    events: Receiver<Event>,
    stderr: Option<JoinHandle<String>>,
    seen: Vec<Event>,
    deadline: Duration,
}

/// How a session ended.
#[derive(Debug)]
pub struct Outcome {
    /// Of the program, or of valgrind.
    pub status: ExitStatus,
    /// Everything that it reported.
    pub events: Vec<Event>,
    /// What it wrote to stderr, which is where valgrind reports.
    pub stderr: String,
}

impl Session {
    /// Starts a plain session with the usual deadline.
    pub fn start(release: Release) -> Session {
        Session::builder(release).start()
    }

    /// Starts a session that needs more than that.
    pub fn builder(release: Release) -> SessionBuilder {
        SessionBuilder {
            release,
            valgrind: false,
            deadline: Duration::from_secs(60),
            environment: Vec::new(),
            valgrind_options: Vec::new(),
        }
    }

    /// Loads a plugin; its name is that of the file without `lib` and `.so`.
    ///
    /// # Panics
    ///
    /// When it cannot be loaded.
    #[track_caller]
    pub fn load(&mut self, plugin: &Path) -> Vec<Event> {
        self.run(&format!("load \"{}\"", plugin.display()))
    }

    /// Hands a configuration to the plugins; whether they took it is in the `returned` events.
    #[track_caller]
    pub fn config(&mut self, text: &str) -> Vec<Event> {
        self.run(&format!("config\n{}\nend", text.trim_end()))
    }

    /// Runs one command, and returns the events up to its end.
    ///
    /// # Panics
    ///
    /// When the daemon refuses it, when it saw the plugin misbehave, and as [`try_run`](Session::try_run) does.
    #[track_caller]
    pub fn run(&mut self, command: &str) -> Vec<Event> {
        let (ok, events) = self.try_run(command);
        assert!(ok, "the fake daemon refuses {command:?}: {events:#?}");
        let abuse = events.iter().find(|event| event.kind() == "abuse");
        assert!(abuse.is_none(), "{command:?}: {abuse:?}");
        events
    }

    /// Runs one command; says whether it was possible, and returns the events up to its end.
    ///
    /// # Panics
    ///
    /// When the daemon ends, or takes longer than the deadline.
    #[track_caller]
    pub fn try_run(&mut self, command: &str) -> (bool, Vec<Event>) {
        self.send(command);
        let mut events = self.wait_for(|event| event.kind() == "done");
        let done = events.pop().expect("the event that was waited for");
        (done.is("done", &[("ok", "1")]), events)
    }

    /// Sends a command without waiting for its end.
    ///
    /// # Panics
    ///
    /// When the daemon has ended.
    #[track_caller]
    pub fn send(&mut self, command: &str) {
        let stdin = self.stdin.as_mut().expect("open until the session ends");
        if let Err(e) = writeln!(stdin, "{command}").and_then(|()| stdin.flush()) {
            let told = self.ended();
            panic!("the fake daemon ended before {command:?} ({e}): {told}");
        }
    }

    /// Waits for an event, and returns those before it, and it.
    ///
    /// # Panics
    ///
    /// When the daemon ends, or takes longer than the deadline.
    #[track_caller]
    pub fn wait_for(&mut self, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
        let start = Instant::now();
        let first = self.seen.len();
        loop {
            let left = self.deadline.saturating_sub(start.elapsed());
            match self.events.recv_timeout(left) {
                Ok(event) => {
                    let found = wanted(&event);
                    self.seen.push(event);
                    if found {
                        return self.seen[first..].to_vec();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let seen = &self.seen[first..];
                    panic!("the fake daemon did not answer within {:?}: {seen:#?}", self.deadline)
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let told = self.ended();
                    panic!("the fake daemon ended: {told}; after {:#?}", &self.seen[first..])
                }
            }
        }
    }

    /// Everything that was reported so far.
    pub fn seen(&self) -> &[Event] {
        &self.seen
    }

    /// The process id of the program, or of valgrind.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets the program end, and tells how it did. Say `shutdown` first to end it as a daemon does.
    ///
    /// # Panics
    ///
    /// When it takes longer than the deadline.
    #[track_caller]
    pub fn finish(mut self) -> Outcome {
        drop(self.stdin.take());
        let start = Instant::now();
        let status = loop {
            match self.child.try_wait().expect("a child of ours") {
                Some(status) => break status,
                None => assert!(start.elapsed() < self.deadline, "the fake daemon did not end: {:#?}", self.seen),
            }
            thread::sleep(Duration::from_millis(5));
        };
        let mut events = std::mem::take(&mut self.seen);
        events.extend(self.events.iter());
        Outcome { status, events, stderr: self.told() }
    }

    /// What came on stderr; the program has ended, or does so now.
    fn told(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }

    /// How the program ended by itself.
    fn ended(&mut self) -> String {
        // The pipe breaks a moment before the process is gone.
        thread::sleep(Duration::from_millis(50));
        let status = self.child.try_wait().ok().flatten();
        format!("{status:?}, {}", self.told())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lossily(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
