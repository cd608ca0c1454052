//! A match for filter chains: does a value exceed a limit?

use collectd::filter::Match;
use collectd::prelude::*;

/// What may stand in `<Match "__name__">`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct __Name__ {
    /// The limit.
    above: f64,
}

impl Match for __Name__ {
    /// The daemon looks for a file of this name, too.
    const NAME: &'static str = "__name__";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        Ok(exceeds(values, self.above))
    }
}

fn exceeds(values: ValuesRef<'_>, limit: f64) -> bool {
    values.values().any(|value| value.as_f64() > limit)
}

collectd::plugin!(__Name__: Match);

#[cfg(test)]
mod tests {
    use collectd_testing::Host;

    use super::*;

    #[test]
    fn one_value_is_enough() {
        let load = Values::new("load").plugin("load").gauges([0.5, 2.0, 0.125]);
        assert!(exceeds(load.view(), 1.5));
        assert!(!exceeds(load.view(), 2.0));
        assert!(!exceeds(Values::new("gauge").gauge(f64::NAN).view(), 0.0));
    }

    #[test]
    fn the_daemon_asks_it() {
        let mut host = Host::start(module_register, "");
        host.create_match("__name__", "Above 1.5")
            .expect("that is its configuration");
        let load = Values::new("load").plugin("load").gauges([0.5, 2.0, 0.1]);
        assert!(host.matches("__name__", &load));
        assert!(host.create_match("__name__", "Below 1.5").is_err());
        host.shutdown();
    }
}
