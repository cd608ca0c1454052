//! `<Match "rate_match">`: is the rate of a value within limits? Counters and derives are matched by how fast they grow.
//!
//! The rates are those of the daemon's value cache, which are the current ones in a `PostCacheChain`.
#![forbid(unsafe_code)]

mod limits;

use collectd::cache;
use collectd::data_set;
use collectd::filter::Match;
use collectd::prelude::*;

use limits::Limits;

/// What may stand in `<Match "rate_match">`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// The lowest rate that is within.
    min: Option<f64>,
    /// The highest rate that is within.
    max: Option<f64>,
    /// Whether it is the rates outside that match.
    #[serde(default)]
    invert: bool,
    /// How many data sources have to match.
    #[serde(default)]
    satisfy: Satisfy,
    /// Which data sources count; without it all of them.
    #[serde(default)]
    data_source: Vec<String>,
    /// Whether a data source matches of which there is no rate.
    #[serde(default)]
    match_unknown: bool,
}

/// How many data sources have to match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
enum Satisfy {
    #[default]
    All,
    Any,
}

struct RateMatch {
    limits: Limits,
    satisfy: Satisfy,
    data_sources: Vec<String>,
}

impl Match for RateMatch {
    const NAME: &'static str = "rate_match";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let limits = Limits::new(config.min, config.max, config.invert, config.match_unknown)?;
        Ok(RateMatch { limits, satisfy: config.satisfy, data_sources: config.data_source })
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        let rates = cache::rates(values.identifier());
        // What the cache does not know, as a metric that another target has renamed, has no rates.
        let rate = |index: usize| rates.as_ref().and_then(|rates| rates.get(index).copied()).unwrap_or(f64::NAN);
        let all = (0..values.values().len()).map(rate);
        if self.data_sources.is_empty() {
            return Ok(self.are_satisfied(all));
        }
        // The type is in types.db, or the daemon would not have come here.
        let Some(set) = data_set::find(values.type_()) else { return Ok(false) };
        let chosen = set.sources().iter().zip(all).filter(|(source, _)| self.is_chosen(source.name.as_bytes()));
        Ok(self.are_satisfied(chosen.map(|(_, rate)| rate)))
    }
}

impl RateMatch {
    /// collectd compares names of data sources without case.
    fn is_chosen(&self, name: &[u8]) -> bool {
        self.data_sources.iter().any(|chosen| chosen.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Nothing matches where there is no data source to look at.
    fn are_satisfied(&self, rates: impl Iterator<Item = f64>) -> bool {
        let mut rates = rates.map(|rate| self.limits.matches(rate)).peekable();
        match self.satisfy {
            Satisfy::All => rates.peek().is_some() && rates.all(|matches| matches),
            Satisfy::Any => rates.any(|matches| matches),
        }
    }
}

collectd::plugin!(RateMatch: Match);

#[cfg(test)]
mod tests;
