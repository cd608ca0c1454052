//! A daemon to its end.

use std::io::Read;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::daemon::kill;
use crate::signals::Stop;

const PATIENCE: Duration = Duration::from_secs(60);
const LIMIT: usize = 16 << 20;

/// What a daemon said to its end.
pub(super) struct Said {
    pub(super) lines: Vec<String>,
    /// On standard output.
    pub(super) unread: String,
    pub(super) status: ExitStatus,
}

pub(super) fn listen(mut child: Child, stop: &Stop) -> anyhow::Result<Said> {
    let stdout = Listener::start(child.stdout.take());
    let stderr = Listener::start(child.stderr.take());
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for collectd")? {
            break status;
        }
        let is_late = Instant::now() >= deadline;
        if is_late || stop.is_set() {
            kill(&mut child);
            let _ = child.wait();
            if is_late {
                bail!("the daemon has not read the file within {} s", PATIENCE.as_secs());
            }
            bail!("interrupted");
        }
        sleep(Duration::from_millis(5));
    };
    Ok(Said { lines: stderr.text().lines().map(str::to_owned).collect(), unread: stdout.text(), status })
}

/// Takes what comes.
struct Listener {
    heard: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Listener {
    fn start(stream: Option<impl Read + Send + 'static>) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        let thread = thread::spawn(move || {
            let Some(mut stream) = stream else { return };
            let mut buffer = [0; 8 << 10];
            while let Ok(len @ 1..) = stream.read(&mut buffer) {
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                // More nobody reads.
                if all.len() < LIMIT {
                    all.extend_from_slice(&buffer[..len]);
                }
            }
        });
        Listener { heard, thread }
    }

    /// After the daemon's end. What a script has started that it loaded may hold the stream open for ever.
    fn text(self) -> String {
        let deadline = Instant::now() + Duration::from_secs(1);
        while Instant::now() < deadline && !self.thread.is_finished() {
            sleep(Duration::from_millis(5));
        }
        String::from_utf8_lossy(&self.heard.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
