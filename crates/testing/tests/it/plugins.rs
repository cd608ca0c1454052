//! The plugins of these tests.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collectd::prelude::*;

/// Reads what it is configured to, and fails when that is negative.
pub(crate) struct Meter {
    value: f64,
    silent: bool,
    reads: AtomicUsize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct MeterConfig {
    #[serde(default)]
    value: f64,
    #[serde(default)]
    silent: bool,
    #[serde(default)]
    refuse: bool,
}

impl Plugin for Meter {
    const NAME: &'static str = "meter";
    type Config = MeterConfig;

    fn new(config: MeterConfig) -> Result<Self> {
        if config.refuse {
            return Err(Error::msg("it does not want to"));
        }
        log::info!("measures {}", config.value);
        Ok(Meter { value: config.value, silent: config.silent, reads: AtomicUsize::new(0) })
    }
}

impl Read for Meter {
    fn read(&self) -> Result {
        if self.value < 0.0 {
            return Err(Error::msg(format!("{} is below zero", self.value)));
        }
        let nth = self.reads.fetch_add(1, Ordering::Relaxed);
        if nth == 0 || !self.silent {
            Values::new("gauge")
                .type_instance("value")
                .gauge(self.value)
                .meta("nth", u64::try_from(nth)?)
                .dispatch()?;
        }
        Ok(())
    }
}

/// Notes everything that it is called for.
#[derive(Default)]
pub(crate) struct Diary(Mutex<Vec<String>>);

impl Diary {
    fn note(&self, text: &str) -> Result {
        self.0.lock().expect("no panic").push(text.to_owned());
        log::info!("{text}");
        if text.contains("fail") { Err(Error::msg("as told")) } else { Ok(()) }
    }
}

impl Plugin for Diary {
    const NAME: &'static str = "diary";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Diary::default())
    }
}

impl Write for Diary {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        self.note(&format!("write {values} {:?}", values.meta().to_meta().iter().collect::<Vec<_>>()))
    }
}

impl Flush for Diary {
    fn flush(&self, older_than: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        self.note(&format!("flush {older_than:?} {:?}", identifier.map(ToString::to_string)))
    }
}

impl Notify for Diary {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        self.note(&format!("notify {notification}"))?;
        if notification.severity == Severity::Okay {
            return Ok(());
        }
        let answer = Notification::okay("noted").host("h").time(notification.time).meta("seen", true).build()?;
        answer.dispatch()?;
        Ok(())
    }
}

impl Missing for Diary {
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed> {
        self.note(&format!("missing {} of {}", metric.identifier(), metric.time().as_secs()))?;
        Ok(Missed::Continue)
    }
}

impl Shutdown for Diary {
    fn shutdown(&self) -> Result {
        log::info!("{} notes", self.0.lock().expect("no panic").len());
        Ok(())
    }
}

/// Follows every metric of the plugin `test`.
pub(crate) struct Follower;

impl Plugin for Follower {
    const NAME: &'static str = "follower";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Follower)
    }
}

impl CacheEvent for Follower {
    fn subscribe(&self, values: ValuesRef<'_>) -> Result<bool> {
        log::info!("new {}", values.identifier());
        Ok(values.plugin() == "test")
    }

    fn update(&self, values: ValuesRef<'_>) -> Result {
        log::info!("update {} rate {:?}", values.identifier(), collectd::cache::rates(values.identifier()));
        Ok(())
    }

    fn expired(&self, metric: MetricRef<'_>) -> Result {
        log::info!("expired {}", metric.identifier());
        Ok(())
    }
}

/// Writes the daemon's log into a list.
pub(crate) struct Listener;

pub(crate) static HEARD: Mutex<Vec<(LogLevel, String)>> = Mutex::new(Vec::new());

impl Plugin for Listener {
    const NAME: &'static str = "listener";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Listener)
    }
}

impl Log for Listener {
    fn log(&self, level: LogLevel, message: &str) -> Result {
        HEARD.lock().expect("no panic").push((level, message.to_owned()));
        Ok(())
    }
}
