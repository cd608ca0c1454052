//! Counts value lists, and reports how many there were: a plugin with most of what a plugin can have.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use collectd::prelude::*;

/// What may stand in `<Plugin __name__>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// Plugins that are not counted.
    #[serde(default)]
    ignore: Vec<String>,
    /// How many value lists are worth a notification.
    #[serde(default = "many")]
    notify_at: u64,
}

fn many() -> u64 {
    1000
}

/// All callbacks share it, and may run at the same time.
struct __Name__ {
    config: Config,
    seen: AtomicU64,
}

impl Plugin for __Name__ {
    /// The daemon looks for a file of this name.
    const NAME: &'static str = "__name__";
    type Config = Config;

    /// While the daemon reads its configuration: a mistake here stops the start.
    fn check(config: &Config) -> Result {
        if config.notify_at == 0 {
            Err(Error::msg("NotifyAt must be at least 1"))
        } else {
            Ok(())
        }
    }

    /// When it has gone to the background: the first moment for threads, sockets and files.
    fn new(config: Config) -> Result<Self> {
        log::info!("ignoring {} plugins", config.ignore.len());
        Ok(__Name__ {
            config,
            seen: AtomicU64::new(0),
        })
    }
}

/// Every interval.
impl Read for __Name__ {
    fn read(&self) -> Result {
        let seen = self.seen.load(Ordering::Relaxed);
        Values::new("gauge")
            .type_instance("seen")
            .gauge(seen as f64)
            .dispatch()?;
        Ok(())
    }
}

/// For each value list of every plugin.
impl Write for __Name__ {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let plugin = values.plugin();
        if is_ignored(&self.config.ignore, plugin.as_bytes()) {
            return Ok(());
        }
        let seen = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if seen == self.config.notify_at {
            Notification::okay(format!("{seen} value lists")).dispatch()?;
        }
        Ok(())
    }
}

/// When somebody asks, and at the end. Nothing is held back here.
impl Flush for __Name__ {
    fn flush(&self, _older_than: Option<Duration>, _identifier: Option<&Identifier>) -> Result {
        log::info!("{} value lists so far", self.seen.load(Ordering::Relaxed));
        Ok(())
    }
}

/// For each notification of every plugin, this one included.
impl Notify for __Name__ {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        log::info!("heard: {}", notification.text());
        Ok(())
    }
}

/// Once, when the daemon stops: threads of the plugin's own have to end here.
impl Shutdown for __Name__ {
    fn shutdown(&self) -> Result {
        log::info!("{} value lists in all", self.seen.load(Ordering::Relaxed));
        Ok(())
    }
}

/// collectd compares names of plugins without case.
fn is_ignored(ignore: &[String], plugin: &[u8]) -> bool {
    ignore
        .iter()
        .any(|name| name.as_bytes().eq_ignore_ascii_case(plugin))
}

collectd::plugin!(__Name__: Read, Write, Flush, Notify, Shutdown);

#[cfg(test)]
mod tests {
    use collectd_testing::Host;

    use super::*;

    #[test]
    fn names_are_compared_without_case() {
        let ignore = ["Load".to_owned()];
        assert!(is_ignored(&ignore, b"load"));
        assert!(!is_ignored(&ignore, b"load2"));
        assert!(!is_ignored(&[], b"load"));
    }

    #[test]
    fn what_is_written_is_counted() {
        let mut host = Host::start(module_register, "<Plugin __name__>\nNotifyAt 1\n</Plugin>");
        host.dispatch(&Values::new("gauge").plugin("other").gauge(1.0));
        assert_eq!(host.take_notifications().len(), 1);
        host.read();
        assert!(!host.take_values().is_empty());
        host.shutdown();
    }

    #[test]
    fn a_mistake_stops_the_start() {
        let config = "<Plugin __name__>\nNotifyAt 0\n</Plugin>";
        assert!(Host::try_start(module_register, config).is_err());
    }
}
