//! Reads how long tasks had to wait for processors, memory and disks: Linux' pressure stall information, of the whole
//! system and of cgroups.
#![forbid(unsafe_code)]

mod config;
mod psi;
mod source;
#[cfg(test)]
mod tests;

use collectd::prelude::*;

use crate::config::{Config, Resource};
use crate::psi::Stall;
use crate::source::Source;

struct Pressure {
    config: Config,
    /// The whole system first, if it is reported.
    sources: Vec<Source>,
}

impl Plugin for Pressure {
    const NAME: &'static str = "pressure";
    type Config = Config;

    fn check(config: &Config) -> Result {
        Ok(config.check()?)
    }

    /// A kernel that does not measure is found here, and not by reads that fail for ever.
    fn new(config: Config) -> Result<Self> {
        let mut sources = Vec::new();
        if config.system {
            let system = Source::system(&config.proc_root);
            system.probe(&config.resource)?;
            sources.push(system);
        }
        if !config.cgroup.is_empty() {
            source::check_hierarchy(&config.cgroup_root)?;
        }
        sources.extend(config.cgroup.iter().map(|cgroup| Source::cgroup(&config.cgroup_root, cgroup)));
        Ok(Pressure { config, sources })
    }
}

impl Read for Pressure {
    /// Cgroups come and go. So one that cannot be read is told in the log, and is no reason for the daemon to read the
    /// others less often.
    fn read(&self) -> Result {
        for source in &self.sources {
            let mut problem = None;
            for &resource in &self.config.resource {
                match source.read(resource) {
                    Ok(stalls) => self.dispatch(source, resource, &stalls)?,
                    Err(error) => problem = problem.or(Some(error)),
                }
            }
            match problem {
                Some(error) => source.complain(&Error::from(error)),
                None => source.release(),
            }
        }
        Ok(())
    }
}

impl Pressure {
    fn dispatch(&self, source: &Source, resource: Resource, stalls: &[Stall]) -> Result {
        for stall in stalls {
            let name = format!("{resource}-{}", stall.share);
            for (window, percent) in stall.averages() {
                if self.config.average.contains(&window) {
                    let values = Values::new("percent").plugin_instance(&source.instance);
                    values.type_instance(format!("{name}-avg{window}")).gauge(percent).dispatch()?;
                }
            }
            if self.config.total {
                let values = Values::new("total_time_in_ms").plugin_instance(&source.instance);
                values.type_instance(&name).derive(stall.total_ms()).dispatch()?;
            }
        }
        Ok(())
    }
}

collectd::plugin!(Pressure: Read);
