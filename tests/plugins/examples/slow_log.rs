//! Takes log lines, which takes time, and writes down on standard error when it begins, when it is through, and its own
//! end.
#![forbid(unsafe_code)]

use std::thread::{self, ThreadId};
use std::time::Duration;

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// How long each line takes that comes from another thread than the daemon's main one.
    delay: f64,
}

struct SlowLog {
    delay: Duration,
    main: ThreadId,
    /// Read after the delay: after its end that would be an invalid access.
    name: String,
}

impl SlowLog {
    /// A line at once, without a lock that somebody may still have at the end.
    fn note(&self, what: &str) {
        eprintln!("{}: {what}", self.name);
    }
}

impl Plugin for SlowLog {
    const NAME: &'static str = "slow_log";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let delay = Duration::try_from_secs_f64(config.delay)?;
        Ok(SlowLog { delay, main: thread::current().id(), name: Self::NAME.to_owned() })
    }
}

impl Log for SlowLog {
    fn log(&self, _: LogLevel, message: &str) -> Result {
        self.note(&format!("takes {message}"));
        if thread::current().id() != self.main {
            thread::sleep(self.delay);
        }
        self.note(&format!("has taken {message}"));
        Ok(())
    }
}

impl Drop for SlowLog {
    fn drop(&mut self) {
        self.note("ends");
    }
}

collectd::plugin!(SlowLog: Log);
