//! What may stand in `<Plugin tcp_probe>`.

use std::time::Duration;

use collectd::config::{Port, Seconds};
use collectd::{Interval, Name};
use serde::Deserialize;

use crate::addresses::{Addresses, Family};
use crate::probe::Probe;

/// How long a connection may take, if not told, or if not longer than the interval.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What may stand in `<Plugin tcp_probe>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// For targets without one of their own.
    interval: Option<Seconds>,
    /// For targets without one of their own.
    timeout: Option<Seconds>,
    /// What is probed.
    #[serde(default)]
    target: Vec<Target>,
}

/// `<Target "name">`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Target {
    /// The plugin instance.
    #[serde(rename = "$argument")]
    name: String,
    /// A name or an address.
    host: String,
    /// A number or the name of a service.
    port: Port,
    /// How often it is probed.
    interval: Option<Seconds>,
    /// After how long a connection has failed.
    timeout: Option<Seconds>,
    /// Which of the addresses are tried.
    #[serde(default)]
    address_family: Family,
}

/// A mistake that the types do not find.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("<Target {target:?}>: {problem}")]
pub(crate) struct Mistake {
    target: String,
    problem: String,
}

impl Config {
    /// Checks what the types do not.
    pub(crate) fn check(&self) -> Result<(), Mistake> {
        for (index, target) in self.target.iter().enumerate() {
            if self.target[..index].iter().any(|other| other.name == target.name) {
                return Err(target.mistake("there is another one of this name"));
            }
            target.check()?;
            // The interval of the plugin is not known yet.
            self.times(target, Duration::MAX)?;
        }
        Ok(())
    }

    /// The probes, of which some may have the interval of the plugin.
    pub(crate) fn probes(&self, of_plugin: Interval) -> Result<Vec<Probe>, Mistake> {
        let of_plugin = Duration::from_secs_f64(of_plugin.as_secs_f64());
        let probes = self.target.iter().map(|target| {
            let (interval, timeout) = self.times(target, of_plugin)?;
            let addresses = Addresses::new(target.host.clone(), target.port.number(), target.address_family);
            Ok(Probe::new(target.name.clone(), addresses, interval, timeout))
        });
        probes.collect()
    }

    /// Interval and timeout of a target.
    fn times(&self, target: &Target, of_plugin: Duration) -> Result<(Duration, Duration), Mistake> {
        let interval = target.interval.or(self.interval).map_or(of_plugin, Duration::from);
        let timeout = target.timeout.or(self.timeout).map_or(TIMEOUT.min(interval), Duration::from);
        if interval.is_zero() || timeout.is_zero() {
            return Err(target.mistake("Interval and Timeout are more than 0"));
        }
        if timeout > interval {
            return Err(target.mistake(format!("Timeout, {timeout:?}, is longer than Interval, {interval:?}")));
        }
        Ok((interval, timeout))
    }
}

impl Target {
    fn check(&self) -> Result<(), Mistake> {
        if self.name.is_empty() || Name::new(&self.name).is_err() {
            Err(self.mistake("the name is the plugin instance, which has from 1 to 127 bytes"))
        } else if self.host.is_empty() || self.host.contains('\0') {
            Err(self.mistake("Host is empty, or has a NUL byte"))
        } else {
            Ok(())
        }
    }

    fn mistake(&self, problem: impl Into<String>) -> Mistake {
        Mistake { target: self.name.clone(), problem: problem.into() }
    }
}
