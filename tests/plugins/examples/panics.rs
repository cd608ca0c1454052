//! Panics where and how its configuration says.
#![forbid(unsafe_code)]

use std::fmt;
use std::panic::panic_any;
use std::thread;
use std::time::Duration;

use collectd::prelude::*;
use serde::Deserializer;

#[derive(Deserialize, Clone)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    r#in: Vec<Place>,
    #[serde(default)]
    how: String,
}

/// The name of a callback, or of another place where the author's code runs.
#[derive(Clone, PartialEq)]
struct Place(String);

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = String::deserialize(deserializer)?;
        if place == "config" {
            panic_as("");
        }
        Ok(Place(place))
    }
}

struct Panics(Config);

impl Config {
    fn reach(&self, place: &str) {
        if self.is_for(place) {
            panic_as(&self.how);
        }
    }

    fn is_for(&self, place: &str) -> bool {
        self.r#in.iter().any(|wanted| wanted.0 == place)
    }
}

#[expect(clippy::unnecessary_literal_unwrap, reason = "the panics of careless authors")]
fn panic_as(how: &str) {
    let numbers = [1, 2, 3];
    match how {
        "unwrap" => Err("no such device").unwrap(),
        "expect" => None.expect("a device"),
        "index" => log::info!("{}", numbers[how.len()]),
        "literal" => panic!("it is 100% wrong"),
        "unwinding" => {
            let _logs = LogsAtItsEnd;
            panic!("counted to {}", numbers.len());
        }
        "any" => panic_any(7_u8),
        "payload" => panic_any(Payload),
        "resume" => {
            let caught = std::panic::catch_unwind(|| panic!("another one"));
            assert!(caught.is_err());
            std::panic::resume_unwind(Box::new("the real one"));
        }
        _ => panic!("counted to {}", numbers.len()),
    }
}

struct LogsAtItsEnd;

impl Drop for LogsAtItsEnd {
    fn drop(&mut self) {
        log::warn!("unwound");
    }
}

/// What a panic carries; its end is another panic.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("the payload panics too");
    }
}

/// An error whose text, or end, is a panic.
#[derive(Debug)]
struct BadError {
    in_display: bool,
}

impl std::error::Error for BadError {}

impl fmt::Display for BadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(!self.in_display, "no text for this error");
        f.write_str("fine so far")
    }
}

impl Drop for BadError {
    fn drop(&mut self) {
        assert!(self.in_display, "no end for this error");
    }
}

impl Plugin for Panics {
    const NAME: &'static str = "panics";
    type Config = Config;

    fn check(config: &Config) -> Result {
        config.reach("check");
        if config.is_for("check-error") { Err(BadError { in_display: true }.into()) } else { Ok(()) }
    }

    fn new(config: Config) -> Result<Self> {
        config.reach("new");
        Ok(Panics(config))
    }
}

impl Read for Panics {
    fn read(&self) -> Result {
        self.0.reach("read");
        if self.0.is_for("thread") {
            let shared = self.0.clone();
            let thread = thread::Builder::new().name("helper".to_owned());
            assert!(thread.spawn(move || shared.reach("thread"))?.join().is_err());
        }
        match self.0.how.as_str() {
            "error-display" => Err(BadError { in_display: true }.into()),
            "error-drop" => Err(BadError { in_display: false }.into()),
            _ => Ok(()),
        }
    }
}

impl Write for Panics {
    fn write(&self, _: ValuesRef<'_>) -> Result {
        self.0.reach("write");
        Ok(())
    }
}

impl Flush for Panics {
    fn flush(&self, _: Option<Duration>, _: Option<&Identifier>) -> Result {
        self.0.reach("flush");
        Ok(())
    }
}

impl Log for Panics {
    fn log(&self, _: LogLevel, _: &str) -> Result {
        self.0.reach("log");
        Ok(())
    }
}

impl Shutdown for Panics {
    fn shutdown(&self) -> Result {
        self.0.reach("shutdown");
        Ok(())
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        self.0.reach("drop");
    }
}

collectd::module!(|module: &mut Module| {
    assert!(std::env::var_os("PANIC_IN_SETUP").is_none(), "told to panic in the setup");
    // With a log callback the plugin lives until the log ends, and its last words go to standard error.
    if std::env::var_os("WITH_LOG").is_some() {
        module.plugin::<Panics>().read().write().flush().log().shutdown().register()?;
    } else if std::env::var_os("READ_ONLY").is_some() {
        module.plugin::<Panics>().read().shutdown().register()?;
    } else {
        module.plugin::<Panics>().read().write().flush().shutdown().register()?;
    }
    Ok(())
});
