//! Takes value lists, and logs what it sees of them.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// Whether to log the rates from the value cache.
    #[serde(default)]
    rates: bool,
    /// Of which entry of meta data to log the length.
    meta: Option<String>,
    /// Whether to log all of it.
    #[serde(default)]
    all_meta: bool,
    /// How many writes fail first.
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    quiet: bool,
}

struct Consumer {
    config: Config,
    writes: AtomicU32,
}

impl Plugin for Consumer {
    const NAME: &'static str = "consumer";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Consumer { config, writes: 0.into() })
    }
}

impl Write for Consumer {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        if number < self.config.failures {
            return Err(Error::msg(format_args!("write {number} fails")));
        }
        let mut line = format!("{values} time {} interval {:?}", values.time().to_raw(), values.interval());
        if self.config.rates {
            line += &format!(" rates {:?}", collectd::cache::rates(values.identifier()));
        }
        if let Some(key) = &self.config.meta {
            let text = values.meta().value(key);
            let all = values.meta().to_meta();
            line += &match text {
                Some(collectd::MetaValue::String(text)) => format!(" meta {} of {}", text.len(), all.len()),
                other => format!(" meta {other:?} of {}", all.len()),
            };
        }
        if self.config.all_meta {
            line += &format!(" all {:?}", values.meta().to_meta().iter().collect::<Vec<_>>());
        }
        if !self.config.quiet {
            log::info!("wrote {line}");
        }
        Ok(())
    }
}

impl Flush for Consumer {
    fn flush(&self, older_than: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        let identifier = identifier.map(ToString::to_string);
        log::info!("flush {older_than:?} {identifier:?}");
        Ok(())
    }
}

collectd::plugin!(Consumer: Write, Flush);
