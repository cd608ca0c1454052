//! Takes value lists, and looks at as much of them as it is told to.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering};

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    look: Look,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Look {
    Plugin,
    Host,
    Time,
    Values,
}

struct Looker {
    look: Look,
    found: AtomicU64,
}

impl Plugin for Looker {
    const NAME: &'static str = "looker";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Looker { look: config.look, found: 0.into() })
    }
}

impl Write for Looker {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let found = match self.look {
            Look::Plugin => values.plugin() == "p",
            Look::Host => values.host() == "h",
            Look::Time => values.time().as_secs() == 5,
            Look::Values => values.values().all(|value| value == Value::Gauge(1.5)),
        };
        self.found.fetch_add(found.into(), Ordering::Relaxed);
        Ok(())
    }
}

impl Flush for Looker {
    fn flush(&self, _older_than: Option<std::time::Duration>, _identifier: Option<&collectd::Identifier>) -> Result {
        log::info!("found {}", self.found.load(Ordering::Relaxed));
        Ok(())
    }
}

collectd::plugin!(Looker: Write, Flush);
