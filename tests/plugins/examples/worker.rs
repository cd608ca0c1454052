//! Has a thread of its own, which dispatches and logs until the shutdown.
#![forbid(unsafe_code)]

use std::time::Duration;

use collectd::prelude::*;
use collectd::thread;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// What the thread logs.
    #[serde(default = "beats")]
    word: String,
    /// Whether the thread panics at its first beat.
    #[serde(default)]
    panic: bool,
}

fn beats() -> String {
    "beats".to_owned()
}

struct Worker {
    beat: thread::Worker,
}

impl Plugin for Worker {
    const NAME: &'static str = "worker";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let beat = thread::Worker::spawn("beat", move |stop| {
            while !stop.wait(Duration::from_millis(50)) {
                assert!(!config.panic, "told to panic");
                log::info!("{}", config.word);
                Values::new("gauge").type_instance("beat").gauge(1.0).dispatch().expect("it is right");
            }
        })?;
        Ok(Worker { beat })
    }
}

impl Read for Worker {
    fn read(&self) -> Result {
        Ok(Values::new("gauge").type_instance("read").gauge(1.0).dispatch()?)
    }
}

impl Shutdown for Worker {
    fn shutdown(&self) -> Result {
        self.beat.stop()?;
        log::info!("joined");
        Ok(())
    }
}

collectd::plugin!(Worker: Read, Shutdown);
