//! Has every callback, and writes down each call and its own end.
#![forbid(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::thread::{self, ThreadId};
use std::time::Duration;

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    file: PathBuf,
    /// Seconds that each write takes.
    #[serde(default)]
    slow_write: f64,
    /// Seconds that each flush takes, but for the one at the end of the daemon, on its main thread.
    #[serde(default)]
    slow_flush: f64,
    /// Whether its read has a value.
    #[serde(default = "yes")]
    reads: bool,
    #[serde(default)]
    fail_new: bool,
}

fn yes() -> bool {
    true
}

struct Sentinel {
    file: File,
    slow_write: Duration,
    slow_flush: Duration,
    reads: bool,
    main: ThreadId,
    /// Read by every callback: after its end that would be an invalid access.
    name: String,
}

impl Sentinel {
    fn note(&self, what: &str) {
        let line = format!("{} {what}\n", self.name);
        (&self.file).write_all(line.as_bytes()).expect("the file is writable");
    }
}

impl Plugin for Sentinel {
    const NAME: &'static str = "sentinel";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(config.file)?;
        let slow_write = Duration::try_from_secs_f64(config.slow_write)?;
        let slow_flush = Duration::try_from_secs_f64(config.slow_flush)?;
        let main = thread::current().id();
        let (reads, name) = (config.reads, Self::NAME.to_owned());
        let sentinel = Sentinel { file, slow_write, slow_flush, reads, main, name };
        sentinel.note("new");
        if config.fail_new { Err(Error::msg("told to fail")) } else { Ok(sentinel) }
    }
}

impl Read for Sentinel {
    fn read(&self) -> Result {
        self.note("read");
        if self.reads {
            Values::new("gauge").gauge(1.0).dispatch()?;
        }
        Ok(())
    }
}

impl Write for Sentinel {
    fn write(&self, _: ValuesRef<'_>) -> Result {
        self.note("write");
        thread::sleep(self.slow_write);
        self.note("written");
        Ok(())
    }
}

impl Flush for Sentinel {
    fn flush(&self, _: Option<Duration>, _: Option<&Identifier>) -> Result {
        self.note("flush");
        if thread::current().id() != self.main {
            thread::sleep(self.slow_flush);
        }
        self.note("flushed");
        Ok(())
    }
}

impl Log for Sentinel {
    fn log(&self, _: LogLevel, _: &str) -> Result {
        self.note("log");
        Ok(())
    }
}

impl Shutdown for Sentinel {
    fn shutdown(&self) -> Result {
        self.note("shutdown");
        Ok(())
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        self.note("drop");
    }
}

collectd::plugin!(Sentinel: Read, Write, Flush, Log, Shutdown);
