//! Hears notifications, and tells of those that matter.

use collectd::prelude::*;

/// What may stand in `<Plugin __name__>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// Whether warnings matter, too, and not failures only.
    #[serde(default)]
    warnings: bool,
}

struct __Name__ {
    config: Config,
}

impl Plugin for __Name__ {
    /// The daemon looks for a file of this name.
    const NAME: &'static str = "__name__";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(__Name__ { config })
    }
}

/// Whoever dispatches a notification waits until this returns: it has to be quick.
impl Notify for __Name__ {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        if matters(notification.severity, &self.config) {
            log::warn!(
                "{}: {}",
                notification.identifier.host(),
                notification.text()
            );
        }
        Ok(())
    }
}

fn matters(severity: Severity, config: &Config) -> bool {
    match severity {
        Severity::Failure => true,
        Severity::Warning => config.warnings,
        _ => false,
    }
}

collectd::plugin!(__Name__: Notify);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_matter_if_asked_for() {
        let [with, without] = [true, false].map(|warnings| Config { warnings });
        assert!(matters(Severity::Failure, &without) && matters(Severity::Failure, &with));
        assert!(!matters(Severity::Warning, &without) && matters(Severity::Warning, &with));
        assert!(!matters(Severity::Okay, &with));
    }
}
