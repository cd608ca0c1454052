//! The test host as a process: a fake daemon, as of collectd 5.12, that does what it is told.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use collectd_reports::Event;

use crate::private::{Private, with_us};

/// Built with this program.
const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/test-host"));
/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A plugin that logs without an end must not fill our memory.
const EVENT_LIMIT: usize = 10_000;
const LINE_LIMIT: u64 = 64 << 10;
const STDERR_LIMIT: u64 = 64 << 10;

/// Killed when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    events: Receiver<Event>,
    stderr: Option<JoinHandle<String>>,
}

/// Why there is no answer: how it ended, or that it did not.
#[derive(Debug)]
pub(super) struct Gone(pub(super) String);

impl Process {
    /// Starts it in the base directory. With `counting` its heap keeps nothing back for later, so that what is in use can
    /// be compared; without, it notices more of what is freed twice.
    pub(super) fn start(private: &Private, counting: bool) -> anyhow::Result<Self> {
        let program = private.path("test-host");
        fs::write(&program, PROGRAM).context("cannot write to the temporary directory")?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).context("cannot make a program")?;
        let mut words = with_us();
        words.push(program.into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(private.path("base")).env_remove("LD_LIBRARY_PATH");
        if counting {
            command.env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot run the test host: are programs allowed in $TMPDIR?")?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (stdin, stdout) = stdin.zip(stdout).context("no pipe")?;
        let (sender, events) = sync_channel(1024);
        thread::spawn(move || pass_on(stdout, &sender));
        let stderr = stderr.map(|stderr| thread::spawn(move || read_to_end(stderr)));
        Ok(Process { child, stdin, events, stderr })
    }

    /// Runs one command; says whether it was possible, and what happened meanwhile.
    pub(super) fn run(&mut self, command: &str) -> Result<(bool, Vec<Event>), Gone> {
        if writeln!(self.stdin, "{command}").and_then(|()| self.stdin.flush()).is_err() {
            return Err(self.ended());
        }
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            match self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(event) if event.kind() == "done" => return Ok((event.bytes("ok") == Some(b"1"), seen)),
                Ok(event) if seen.len() < EVENT_LIMIT => seen.push(event),
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Gone(format!("it did not return within {} s", PATIENCE.as_secs())));
                }
            }
        }
    }

    /// How it ended by itself.
    fn ended(&mut self) -> Gone {
        // The pipe breaks a moment before the process is gone.
        let deadline = Instant::now() + Duration::from_secs(2);
        let status = loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
                Ok(status) => break status,
                Err(_) => break None,
            }
        };
        let _ = self.child.kill();
        // A child of the plugin's may hold it open for ever.
        while Instant::now() < deadline && self.stderr.as_ref().is_some_and(|thread| !thread.is_finished()) {
            thread::sleep(Duration::from_millis(5));
        }
        let thread = self.stderr.take().filter(JoinHandle::is_finished);
        let said = thread.and_then(|thread| thread.join().ok()).unwrap_or_default();
        let how = match status {
            Some(status) if status.signal().is_some() => format!("the daemon died: {status}"),
            Some(status) => format!("the daemon ended: {status}"),
            None => "the daemon does not answer".to_owned(),
        };
        let said = said.trim();
        Gone(if said.is_empty() { how } else { format!("{how}\n{said}") })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pass_on(stdout: impl Read, sender: &SyncSender<Event>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        match stdout.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        if sender.send(Event::parse(text.trim_end_matches('\n'))).is_err() {
            return;
        }
    }
}

fn read_to_end(stderr: impl Read) -> String {
    let mut bytes = Vec::new();
    let mut stderr = stderr;
    let _ = stderr.by_ref().take(STDERR_LIMIT).read_to_end(&mut bytes);
    // What comes after that must not stop it.
    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
    String::from_utf8_lossy(&bytes).into_owned()
}
