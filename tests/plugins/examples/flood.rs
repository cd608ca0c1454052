//! Dispatches very many value lists as fast as the daemon takes them.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering};

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// How many value lists to dispatch in all.
    lists: u64,
    /// How many of them in one read; without it all.
    per_read: Option<u64>,
    /// How many metrics they are of, in turn; without it each is another.
    identities: Option<u64>,
    /// What all names of type instances begin with, to make the lists longer.
    #[serde(default)]
    prefix: String,
}

struct Flood {
    config: Config,
    done: AtomicU64,
}

impl Plugin for Flood {
    const NAME: &'static str = "flood";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Flood { config, done: AtomicU64::new(0) })
    }
}

impl Read for Flood {
    /// The value of each list is its number; the first is 0.
    fn read(&self) -> Result {
        let Config { lists, per_read, identities, prefix } = &self.config;
        let first = self.done.load(Ordering::Relaxed);
        let end = per_read.map_or(*lists, |per_read| lists.min(&(first + per_read)).to_owned());
        for number in first..end {
            let identity = identities.map_or(number, |identities| number % identities);
            // Later with each list, or the daemon would find values too old.
            let time = Time::from_raw(Time::from_secs(1_749_238_000).to_raw() + (number << 20));
            let list = Values::new("counter").host("flood").plugin("flood");
            let list = list.plugin_instance((identity / 1000).to_string());
            let list = list.type_instance(format!("{prefix}{}", identity % 1000));
            list.time(time).interval(Interval::from_secs(10)).counter(number).dispatch()?;
        }
        if first < end && end == *lists {
            log::info!("all {end} value lists are dispatched");
        }
        self.done.store(end, Ordering::Relaxed);
        Ok(())
    }
}

collectd::plugin!(Flood: Read);
