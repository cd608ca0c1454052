//! Takes log lines, and does with them what must not bring the daemon down. Its end is logged, too.
#![forbid(unsafe_code)]

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// error, panic or log.
    does: String,
}

struct BadLog {
    does: String,
}

impl Plugin for BadLog {
    const NAME: &'static str = "bad_log";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(BadLog { does: config.does })
    }
}

impl Log for BadLog {
    fn log(&self, level: LogLevel, message: &str) -> Result {
        match self.does.as_str() {
            "panic" => panic!("cannot take {message:?}"),
            "log" => {
                log::error!("took {level:?} {message:?}");
                Ok(())
            }
            _ => Err(Error::msg(format_args!("cannot take {message:?}"))),
        }
    }
}

impl Drop for BadLog {
    fn drop(&mut self) {
        log::error!("bad_log is gone");
    }
}

collectd::plugin!(BadLog: Log);
