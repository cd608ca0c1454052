//! Dispatches notifications, and logs those that it hears and the metrics that are missing.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering};

use collectd::prelude::*;
use collectd::{MetaValue, NotificationBuilder};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// The messages of the notifications that each read dispatches.
    #[serde(default)]
    message: Vec<String>,
    /// How bad they are.
    #[serde(default = "warning")]
    severity: String,
    /// Whether they are cut where they are too long.
    #[serde(default)]
    truncate: bool,
    /// A name of meta data, to see which ones can be used.
    #[serde(default)]
    key: Option<String>,
    /// What missing metrics lead to: `handled`, `error`, `panic`, or nothing.
    #[serde(default)]
    missing: String,
    /// How many notifications fail first.
    #[serde(default)]
    failures: u32,
}

fn warning() -> String {
    "warning".to_owned()
}

struct Listener {
    config: Config,
    heard: AtomicU32,
}

impl Plugin for Listener {
    const NAME: &'static str = "listener";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Listener { config, heard: 0.into() })
    }
}

impl Read for Listener {
    fn read(&self) -> Result {
        for message in &self.config.message {
            let severity = self.config.severity.parse()?;
            let mut told = NotificationBuilder::new(severity, message.as_str()).type_("gauge");
            for (key, value) in [("Text", MetaValue::from("té")), ("i", (-7).into()), ("u", u64::MAX.into())] {
                told = told.meta(key, value);
            }
            told = told.meta("d", 0.5).meta("b", true);
            if let Some(key) = &self.config.key {
                told = told.meta(key, 1u8);
            }
            if self.config.truncate {
                told = told.truncate();
            }
            let is_heard = told.dispatch()?;
            log::info!("somebody listens: {is_heard}");
        }
        Ok(())
    }
}

impl Notify for Listener {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        let number = self.heard.fetch_add(1, Ordering::Relaxed);
        if number < self.config.failures {
            return Err(Error::msg(format_args!("notification {number} fails")));
        }
        let meta = notification.meta.to_meta();
        let text = notification.meta.value("TEXT");
        log::info!("heard {notification} meta {:?} text {text:?}", meta.iter().collect::<Vec<_>>());
        assert_eq!(notification.to_notification().view(), notification, "a copy is the same");
        Ok(())
    }
}

impl Missing for Listener {
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed> {
        log::info!("missing {metric:?} rates {:?}", collectd::cache::rates(metric.identifier()));
        match self.config.missing.as_str() {
            "handled" => Ok(Missed::Handled),
            "error" => Err(Error::msg("gone for good")),
            "panic" => panic!("where is it"),
            _ => Ok(Missed::Continue),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        log::info!("the listener is gone");
    }
}

collectd::module!(|module: &mut Module| {
    if std::env::var_os("DEAF").is_some() {
        module.plugin::<Listener>().read().register()?;
    } else {
        module.plugin::<Listener>().read().notify().missing().register()?;
    }
    Ok(())
});
