//! What is called when, and when there may be threads.
#![forbid(unsafe_code)]

use std::thread;

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    word: String,
}

struct Phases;

impl Plugin for Phases {
    const NAME: &'static str = "phases";
    type Config = Config;

    /// While the daemon reads its configuration.
    fn check(config: &Config) -> Result {
        log::info!("config {}", config.word);
        Ok(())
    }

    /// In the daemon's init phase.
    fn new(_: Config) -> Result<Self> {
        log::info!("init");
        thread::spawn(|| log::info!("thread")).join().map_err(|_| Error::msg("the thread panicked"))?;
        Ok(Phases)
    }
}

impl Read for Phases {
    fn read(&self) -> Result {
        log::info!("read");
        Ok(())
    }
}

collectd::plugin!(Phases: Read);
