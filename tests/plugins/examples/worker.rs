//! Has a thread of its own, which dispatches and logs until the shutdown.
#![forbid(unsafe_code)]

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// What the thread logs.
    #[serde(default = "beats")]
    word: String,
}

fn beats() -> String {
    "beats".to_owned()
}

struct Worker {
    thread: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Plugin for Worker {
    const NAME: &'static str = "worker";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let (end, ended) = channel();
        let work = move || {
            while ended.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
                log::info!("{}", config.word);
                Values::new("gauge").type_instance("beat").gauge(1.0).dispatch().expect("it is right");
            }
        };
        let thread = thread::Builder::new().name("beat".to_owned()).spawn(work)?;
        Ok(Worker { thread: Mutex::new(Some((end, thread))) })
    }
}

impl Read for Worker {
    fn read(&self) -> Result {
        Ok(Values::new("gauge").type_instance("read").gauge(1.0).dispatch()?)
    }
}

impl Shutdown for Worker {
    fn shutdown(&self) -> Result {
        if let Some((end, thread)) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(end);
            thread.join().map_err(|_| Error::msg("the thread panicked"))?;
        }
        log::info!("joined");
        Ok(())
    }
}

collectd::plugin!(Worker: Read, Shutdown);
