//! Says what its configuration tells it, at each read, and fails as told.
#![forbid(unsafe_code)]

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// Level and text.
    #[serde(default)]
    say: Vec<(String, String)>,
    /// Whether a thread of its own says it.
    #[serde(default)]
    in_thread: bool,
    /// The text of the error that the first reads return.
    fail: Option<String>,
    /// Whether that is an expected error.
    #[serde(default)]
    expected: bool,
    /// How many reads fail; all, if it is not there.
    failures: Option<u32>,
    /// The text of a panic.
    panic: Option<String>,
}

struct Chatter {
    config: Config,
    reads: std::sync::atomic::AtomicU32,
}

impl Plugin for Chatter {
    const NAME: &'static str = "chatter";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Chatter { config, reads: 0.into() })
    }
}

impl Read for Chatter {
    fn read(&self) -> Result {
        if self.config.in_thread {
            std::thread::scope(|scope| scope.spawn(|| say(&self.config.say)).join().expect("no panic"));
        } else {
            say(&self.config.say);
        }
        if let Some(text) = &self.config.panic {
            panic!("{}", unescape(text));
        }
        let reads = self.reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match &self.config.fail {
            Some(text) if self.config.failures.is_none_or(|failures| reads < failures) => {
                let error = Error::msg(unescape(text));
                Err(if self.config.expected { error.expected() } else { error })
            }
            _ => Ok(()),
        }
    }
}

fn say(lines: &[(String, String)]) {
    for (level, text) in lines {
        let text = unescape(text);
        match level.as_str() {
            "error" => log::error!("{text}"),
            "warning" => log::warn!("{text}"),
            "notice" => collectd::notice!("{text}"),
            "info" => log::info!("{text}"),
            "debug" => log::debug!("{text}"),
            "trace" => log::trace!("{text}"),
            other => log::error!("no level {other:?}"),
        }
    }
}

/// What a configuration file cannot hold.
fn unescape(text: &str) -> String {
    text.replace("<NUL>", "\0").replace("<LF>", "\n")
}

collectd::plugin!(Chatter: Read);
