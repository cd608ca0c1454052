//! Reads what is served for Prometheus: its text format 0.0.4, and OpenMetrics.
#![forbid(unsafe_code)]

mod config;
mod exposition;
mod http;
mod kind;
mod naming;
mod target;
#[cfg(test)]
mod tests;
mod tls;

use collectd::prelude::*;

use crate::config::Config;
use crate::target::Target;

struct PrometheusScrape {
    targets: Vec<Arc<Target>>,
}

impl Plugin for PrometheusScrape {
    const NAME: &'static str = "prometheus_scrape";
    type Config = Config;

    fn check(config: &Config) -> Result {
        Ok(config.check()?)
    }

    fn new(config: Config) -> Result<Self> {
        // What a client tells of its work has lines of the request, which may be secret.
        log::set_max_level(log::LevelFilter::Info);
        let targets = config.url.into_iter().map(|url| Ok(Arc::new(Target::new(url)?)));
        Ok(PrometheusScrape { targets: targets.collect::<Result<_>>()? })
    }

    /// A read for each target, so that a slow one holds up no other, as long as the daemon has read threads.
    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        for (number, target) in self.targets.iter().enumerate() {
            let options = ReadOptions::new(format!("{number} {}", target.label())).interval(target.interval());
            let target = Arc::clone(target);
            callbacks.read(options, move || target.read())?;
        }
        Ok(())
    }
}

collectd::plugin!(PrometheusScrape);
