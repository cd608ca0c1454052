//! Logs of every call that the daemon makes which callback it is for, and on which thread; fails where and how its
//! configuration says.
#![forbid(unsafe_code)]

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use collectd::filter::{Action, Match, Target, ValuesMut};
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// `Fail "read" "error" 2`: the first two reads fail. `panic` is the other way, and without a number all of them do.
    #[serde(default)]
    fail: Vec<Failure>,
    /// The message of a notification that each read dispatches.
    tell: Option<String>,
    /// What is done while the daemon reads its configuration: `dispatch`, or `cache`.
    #[serde(default)]
    early: String,
    /// Whether missing metrics are dealt with here.
    #[serde(default)]
    handle: bool,
}

#[derive(Deserialize)]
struct Failure(String, String, Option<u32>, #[serde(skip)] AtomicU32);

impl Config {
    fn enter(&self, place: &str) -> Result {
        log::info!("{place} in {}", thread());
        self.fail(place)
    }

    /// What it is too early for.
    fn hurry(&self) -> Result {
        match self.early.as_str() {
            "dispatch" => Values::new("gauge").gauge(1.0).dispatch()?,
            "cache" => log::info!("{:?}", collectd::cache::rates("h/p/gauge".parse::<Identifier>()?.view())),
            _ => {}
        }
        Ok(())
    }

    fn fail(&self, place: &str) -> Result {
        for Failure(_, how, limit, calls) in self.fail.iter().filter(|failure| failure.0 == place) {
            if calls.fetch_add(1, Ordering::Relaxed) < limit.unwrap_or(u32::MAX) {
                assert!(how != "panic", "told to panic");
                return Err(Error::msg("told to fail"));
            }
        }
        Ok(())
    }
}

/// The name that the daemon gave this thread; `main` for its first one.
fn thread() -> String {
    let link = fs::read_link("/proc/thread-self").unwrap_or_default();
    match link.to_string_lossy().split_once("/task/") {
        Some((process, thread)) if process == thread => "main".to_owned(),
        _ => fs::read_to_string("/proc/thread-self/comm").unwrap_or_default().trim().to_owned(),
    }
}

struct Diary(Config);

impl Plugin for Diary {
    const NAME: &'static str = "diary";
    type Config = Config;

    fn check(config: &Config) -> Result {
        config.enter("config")?;
        config.hurry()
    }

    fn new(config: Config) -> Result<Self> {
        config.enter("init")?;
        Ok(Diary(config))
    }
}

impl Read for Diary {
    fn read(&self) -> Result {
        self.0.enter("read")?;
        if let Some(message) = &self.0.tell {
            Notification::okay(message.as_str()).dispatch()?;
        }
        Ok(Values::new("gauge").gauge(1.0).dispatch()?)
    }
}

impl Write for Diary {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        self.0.enter("write")?;
        log::info!("wrote {} of {}", values.plugin_instance(), values.plugin());
        Ok(())
    }
}

impl Flush for Diary {
    fn flush(&self, _: Option<Duration>, _: Option<&Identifier>) -> Result {
        self.0.enter("flush")
    }
}

impl Notify for Diary {
    fn notify(&self, _: NotificationRef<'_>) -> Result {
        self.0.enter("notify")
    }
}

impl Missing for Diary {
    fn missing(&self, _: MetricRef<'_>) -> Result<Missed> {
        self.0.enter("missing")?;
        Ok(if self.0.handle { Missed::Handled } else { Missed::Continue })
    }
}

impl CacheEvent for Diary {
    fn subscribe(&self, values: ValuesRef<'_>) -> Result<bool> {
        self.0.enter("subscribe")?;
        Ok(values.type_instance() != "not")
    }

    fn update(&self, _: ValuesRef<'_>) -> Result {
        self.0.enter("update")
    }

    fn expired(&self, _: MetricRef<'_>) -> Result {
        self.0.enter("expired")
    }
}

impl Log for Diary {
    fn log(&self, _: LogLevel, message: &str) -> Result {
        // Standard error: what a log callback logs is not logged.
        eprintln!("diary hears in {}: {message}", thread());
        self.0.fail("log")
    }
}

impl Shutdown for Diary {
    fn shutdown(&self) -> Result {
        self.0.enter("shutdown")
    }
}

/// A second plugin of the file, to see whether the failures of the first one keep it from being called.
struct Neighbour;

impl Plugin for Neighbour {
    const NAME: &'static str = "neighbour";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Neighbour)
    }
}

fn seen(what: &str) -> Result {
    log::info!("{what} too");
    Ok(())
}

impl Write for Neighbour {
    fn write(&self, _: ValuesRef<'_>) -> Result {
        seen("write")
    }
}

impl Flush for Neighbour {
    fn flush(&self, _: Option<Duration>, _: Option<&Identifier>) -> Result {
        seen("flush")
    }
}

impl Notify for Neighbour {
    fn notify(&self, _: NotificationRef<'_>) -> Result {
        seen("notify")
    }
}

impl Missing for Neighbour {
    fn missing(&self, _: MetricRef<'_>) -> Result<Missed> {
        seen("missing")?;
        Ok(Missed::Continue)
    }
}

impl Shutdown for Neighbour {
    fn shutdown(&self) -> Result {
        seen("shutdown")
    }
}

struct Matching(Config);

impl Match for Matching {
    const NAME: &'static str = "diary";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        config.enter("create match")?;
        config.hurry()?;
        Ok(Matching(config))
    }

    fn matches(&self, _: ValuesRef<'_>) -> Result<bool> {
        self.0.enter("match")?;
        Ok(true)
    }
}

struct Marking(Config);

impl Target for Marking {
    const NAME: &'static str = "diary";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        config.enter("create target")?;
        Ok(Marking(config))
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        values.set_plugin_instance("marked")?;
        self.0.enter("target")?;
        Ok(Action::Continue)
    }
}

collectd::module!(|module: &mut Module| {
    let diary = module.plugin::<Diary>().read().write().flush().notify().missing().cache_event().shutdown();
    if std::env::var_os("WITH_LOG").is_some() {
        diary.log().register()?;
    } else {
        diary.register()?;
    }
    module.plugin::<Neighbour>().write().flush().notify().missing().shutdown().register()?;
    module.matching::<Matching>()?;
    module.target::<Marking>()?;
    Ok(())
});
