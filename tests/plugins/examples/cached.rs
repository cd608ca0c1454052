//! At each read, logs what the value cache knows about a metric, and leaves something with it.
#![forbid(unsafe_code)]

use collectd::cache::{Cache, State};
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    metric: String,
    /// Looks at the cache while iterating over it.
    #[serde(default)]
    twice: bool,
    /// Dispatches a load each time.
    #[serde(default)]
    produce: bool,
}

struct Cached {
    metric: Identifier,
    config: Config,
}

impl Plugin for Cached {
    const NAME: &'static str = "cached";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Cached { metric: config.metric.parse()?, config })
    }
}

impl Read for Cached {
    fn read(&self) -> Result {
        let id = self.metric.view();
        let mut cache = Cache::new();
        log::info!("{} of {:?}", cache.len(), cache.names());
        log::info!("values {:?} rates {:?}", cache.values(id), cache.rates(id));
        log::info!("history {:?}", cache.history(id, 2));
        log::info!("hits {:?} {:?} {:?}", cache.set_hits(id, 5), cache.add_hits(id, 2), cache.hits(id));
        log::info!("state {:?} {:?} {:?}", cache.state(id), cache.set_state(id, State::Warning), cache.state(id));
        log::info!("count {:?} text {:?}", cache.meta::<u64>(id, "count"), cache.meta::<String>(id, "TEXT"));
        let count = cache.meta::<u64>(id, "count").unwrap_or_default() + 1;
        let set = cache.set_meta(id, "count", &count) && cache.set_meta(id, "text", &format!("n\u{e9} {count}"));
        let rest = cache.set_meta(id, "i", &-3i64) && cache.set_meta(id, "d", &0.5) && cache.set_meta(id, "b", &true);
        log::info!("set {set} {rest} nul {}", cache.set_meta(id, "a\0b", &1u64));
        log::info!("keys {:?} {} {}", cache.meta_keys(id), cache.has_meta(id, "COUNT"), cache.has_meta(id, "none"));
        log::info!("removed {} {}", cache.remove_meta(id, "d"), cache.remove_meta(id, "d"));
        let mut entries = cache.entries().ok_or_else(|| Error::msg("no memory"))?;
        let mut lines = Vec::new();
        while let Some(entry) = entries.next() {
            let meta: Vec<_> = entry.meta().iter().map(|(key, value)| format!("{key} {value:?}")).collect();
            let (time, interval) = (entry.time().as_secs_f64(), entry.interval().as_secs_f64());
            lines.push(format!("{} {time} {interval} {:?} {meta:?}", entry.name(), entry.values()));
            if self.config.twice {
                log::info!("{:?}", collectd::cache::rates(id));
            }
        }
        drop(entries);
        lines.iter().for_each(|line| log::info!("entry {line}"));
        if self.config.produce {
            Values::new("load").gauges([1.5, 2.5, 3.5]).dispatch()?;
        }
        Ok(())
    }
}

collectd::plugin!(Cached: Read);
