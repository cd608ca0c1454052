//! `threshold_rs`: notifications about values beyond limits, like collectd's `threshold` plugin.
//!
//! ```text
//! LoadPlugin threshold_rs
//! <Plugin threshold_rs>
//!   <Type "load">
//!     DataSource "midterm"
//!     WarningMax 4
//!     FailureMax 8
//!   </Type>
//!   <Host "db1">
//!     <Plugin "df">
//!       Instance "root"
//!       <Type "percent_bytes">
//!         Instance "free"
//!         WarningMin 10
//!         Hits 3
//!       </Type>
//!     </Plugin>
//!   </Host>
//! </Plugin>
//! ```
//!
//! Like the original it keeps the states and hits in the daemon's value cache: only one of the two can be loaded.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt;

use collectd::cache::{Cache, State};
use collectd::prelude::*;
use collectd::{DataSet, IdentifierRef, data_set};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    r#type: Vec<Limits>,
    #[serde(default)]
    plugin: Vec<PluginBlock>,
    #[serde(default)]
    host: Vec<HostBlock>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HostBlock {
    #[serde(rename = "$argument")]
    name: String,
    #[serde(default)]
    r#type: Vec<Limits>,
    #[serde(default)]
    plugin: Vec<PluginBlock>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PluginBlock {
    #[serde(rename = "$argument")]
    name: String,
    #[serde(default)]
    instance: String,
    #[serde(default)]
    r#type: Vec<Limits>,
}

/// A `<Type>` block. A limit that is NaN is none: nothing is beyond it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Limits {
    #[serde(rename = "$argument")]
    r#type: String,
    #[serde(default)]
    instance: String,
    /// Which of the values is meant, or all.
    data_source: Option<String>,
    #[serde(default = "none")]
    warning_min: f64,
    #[serde(default = "none")]
    warning_max: f64,
    #[serde(default = "none")]
    failure_min: f64,
    #[serde(default = "none")]
    failure_max: f64,
    /// Whether values between the limits are the bad ones.
    #[serde(default)]
    invert: bool,
    /// Whether the limits are percentages of the sum of all values.
    #[serde(default)]
    percentage: bool,
    /// Whether each bad value is told, or only the first.
    #[serde(default)]
    persist: bool,
    /// With `persist`, whether each good value is told too.
    #[serde(default, rename = "PersistOK")]
    persist_ok: bool,
    /// How many bad values in a row it takes.
    #[serde(default)]
    hits: i32,
    /// How far a bad value has to come back.
    #[serde(default)]
    hysteresis: f64,
    /// Whether it is told that there is no value.
    #[serde(default = "yes")]
    interesting: bool,
}

fn none() -> f64 {
    f64::NAN
}

fn yes() -> bool {
    true
}

/// A `<Type>` block and the names around it. An empty name stands for any.
struct Rule {
    host: String,
    plugin: String,
    plugin_instance: String,
    limits: Limits,
}

impl Rule {
    fn selects(&self, id: IdentifierRef<'_>) -> bool {
        let pairs = [
            (&self.host, id.host()),
            (&self.plugin, id.plugin()),
            (&self.plugin_instance, id.plugin_instance()),
            (&self.limits.instance, id.type_instance()),
        ];
        pairs.iter().all(|(rule, name)| rule.is_empty() || *name == rule.as_str())
    }

    /// Which names are given; the host tells more than all others together.
    fn specificity(&self) -> [bool; 4] {
        [&self.host, &self.plugin, &self.plugin_instance, &self.limits.instance].map(|name| !name.is_empty())
    }
}

/// The rules by type, the most specific first.
struct Threshold(HashMap<Vec<u8>, Vec<Rule>>);

impl Threshold {
    fn add(&mut self, host: &str, plugin: &str, plugin_instance: &str, types: Vec<Limits>) {
        for limits in types {
            let rules = self.0.entry(limits.r#type.clone().into()).or_default();
            let [host, plugin, plugin_instance] = [host, plugin, plugin_instance].map(str::to_owned);
            rules.push(Rule { host, plugin, plugin_instance, limits });
        }
    }

    fn add_plugins(&mut self, host: &str, blocks: Vec<PluginBlock>) {
        for block in blocks {
            self.add(host, &block.name, &block.instance, block.r#type);
        }
    }

    /// The limits of a metric: all that are as specific as the most specific ones.
    fn find(&self, id: IdentifierRef<'_>) -> Vec<&Limits> {
        let rules = self.0.get(id.type_().as_bytes()).into_iter().flatten();
        let mut rules = rules.filter(|rule| rule.selects(id)).peekable();
        let most = rules.peek().map(|rule| rule.specificity());
        rules.take_while(|rule| Some(rule.specificity()) == most).map(|rule| &rule.limits).collect()
    }
}

impl Plugin for Threshold {
    const NAME: &'static str = "threshold_rs";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let mut threshold = Threshold(HashMap::new());
        threshold.add("", "", "", config.r#type);
        threshold.add_plugins("", config.plugin);
        for block in config.host {
            threshold.add(&block.name, "", "", block.r#type);
            threshold.add_plugins(&block.name, block.plugin);
        }
        for rules in threshold.0.values_mut() {
            rules.sort_by_key(|rule| std::cmp::Reverse(rule.specificity()));
        }
        Ok(threshold)
    }
}

impl Write for Threshold {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let (id, limits) = (values.identifier(), self.find(values.identifier()));
        if limits.is_empty() {
            return Ok(());
        }
        let (cache, set) = (Cache::new(), data_set::find(id.type_()));
        let (Some(rates), Some(set)) = (cache.rates(id), set) else { return Ok(()) };
        let before = cache.state(id).ok_or_else(|| Error::msg("this daemon keeps no states of metrics"))?;
        let verdicts = limits.iter().flat_map(|limits| limits.judge(&set, &rates, before));
        // The first of the worst ones.
        let worst = verdicts.reduce(|worst, next| if next.state > worst.state { next } else { worst });
        match worst {
            Some(verdict) if verdict.is_told(&cache, id) => verdict.tell(values),
            _ => Ok(()),
        }
    }
}

impl Missing for Threshold {
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed> {
        let id = metric.identifier();
        if self.find(id).first().is_some_and(|limits| limits.interesting) {
            let now = Time::now();
            let seconds = now.since(metric.time()).as_secs_f64();
            let message = format!("{id} has not been updated for {seconds:.3} seconds.");
            Notification::failure(message).identifier(id).time(now).truncate().dispatch()?;
        }
        Ok(Missed::Continue)
    }
}

/// What the limits say of one value.
struct Verdict<'a> {
    limits: &'a Limits,
    source: String,
    value: f64,
    /// In percent of all values.
    share: f64,
    before: State,
    state: State,
}

impl Limits {
    fn judge<'a>(&'a self, set: &DataSet, rates: &[f64], before: State) -> Vec<Verdict<'a>> {
        let sum: f64 = rates.iter().filter(|rate| !rate.is_nan()).sum();
        let judge = |(source, value): (&str, f64)| {
            let share = if sum == 0.0 { f64::NAN } else { 100.0 * value / sum };
            let state = match &self.data_source {
                Some(meant) if meant != source => State::Unknown,
                _ => self.state(if self.percentage { share } else { value }, before),
            };
            Verdict { limits: self, source: source.to_owned(), value, share, before, state }
        };
        let names = set.sources().iter().map(|source| source.name.view().as_str().unwrap_or_default());
        names.zip(rates.iter().copied()).map(judge).collect()
    }

    fn state(&self, value: f64, before: State) -> State {
        let is_beyond = |min: f64, max: f64, state: State| {
            let way_back = if state == before && self.hysteresis > 0.0 { self.hysteresis } else { 0.0 };
            // As in the original no value is right for `Invert` without these limits.
            (min + way_back > value || max - way_back < value) != self.invert
        };
        if is_beyond(self.failure_min, self.failure_max, State::Error) {
            State::Error
        } else if is_beyond(self.warning_min, self.warning_max, State::Warning) {
            State::Warning
        } else {
            State::Okay
        }
    }
}

impl Verdict<'_> {
    /// Whether it is time for a notification. Keeps count of it in the cache.
    fn is_told(&self, cache: &Cache, id: IdentifierRef<'_>) -> bool {
        let Verdict { limits, before, state, .. } = *self;
        let is_quiet = state == State::Okay && !limits.persist_ok;
        if limits.hits != 0 {
            if !is_quiet && cache.hits(id).is_some_and(|hits| hits <= limits.hits) {
                cache.add_hits(id, 1);
                return false;
            }
            cache.set_hits(id, 0);
        }
        if state != before {
            cache.set_state(id, state);
        }
        state != State::Unknown && (state != before || limits.persist && !is_quiet)
    }

    fn tell(&self, values: ValuesRef<'_>) -> Result {
        let id = values.identifier();
        let mut message = format!("Host {}, plugin {}", id.host(), id.plugin());
        if !id.plugin_instance().is_empty() {
            message += &format!(" (instance {})", id.plugin_instance());
        }
        message += &format!(" type {}", id.type_());
        if !id.type_instance().is_empty() {
            message += &format!(" (instance {})", id.type_instance());
        }
        message += &format!(": {}", self.text());
        let notification = match self.state {
            State::Okay => Notification::okay(message),
            State::Warning => Notification::warning(message),
            _ => Notification::failure(message),
        };
        let limits = self.limits;
        notification
            .identifier(id)
            .time(values.time())
            .meta("DataSource", self.source.as_str())
            .meta("CurrentValue", self.value)
            .meta("WarningMin", limits.warning_min)
            .meta("WarningMax", limits.warning_max)
            .meta("FailureMin", limits.failure_min)
            .meta("FailureMax", limits.failure_max)
            .truncate()
            .dispatch()?;
        Ok(())
    }

    fn text(&self) -> String {
        let Verdict { limits, source, value, share, .. } = self;
        let (word, min, max) = match self.state {
            State::Okay if self.before == State::Missing => return "Value is no longer missing.".to_owned(),
            State::Okay => {
                let value = Number(*value);
                return format!("All data sources are within range again. Current value of \"{source}\" is {value}.");
            }
            State::Warning => ("warning", limits.warning_min, limits.warning_max),
            _ => ("failure", limits.failure_min, limits.failure_max),
        };
        let percent = if limits.percentage { "%" } else { "" };
        if limits.invert && !min.is_nan() && !max.is_nan() {
            let [value, min, max] = [*value, min, max].map(Number);
            return format!(
                "Data source \"{source}\" is currently {value}. \
                 That is within the {word} region of {min}{percent} and {max}{percent}."
            );
        }
        let is_below = match (limits.invert, limits.percentage) {
            (true, _) => min.is_nan(),
            (false, true) => *share < min,
            (false, false) => *value < min,
        };
        // An inverted limit is passed on its other side.
        let limit = Number(if is_below != limits.invert { min } else { max });
        let side = if is_below { "below" } else { "above" };
        if limits.percentage && !limits.invert {
            let (value, share) = (general(*value), Number(*share));
            return format!(
                "Data source \"{source}\" is currently {value} ({share:.2}%). \
                 That is {side} the {word} threshold of {limit:.2}%."
            );
        }
        let value = Number(*value);
        format!(
            "Data source \"{source}\" is currently {value}. That is {side} the {word} threshold of {limit}{percent}."
        )
    }
}

/// A number as C's `%f` shows it; Rust has no sign for NaN.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            x if !x.is_nan() => write!(f, "{x:.*}", f.precision().unwrap_or(6)),
            x if x.is_sign_negative() => f.write_str("-nan"),
            _ => f.write_str("nan"),
        }
    }
}

/// A number as C's `%g` shows it: six digits, those that matter, and an exponent where that is shorter.
fn general(x: f64) -> String {
    let scientific = format!("{x:.5e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return Number(x).to_string() };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let short = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match usize::try_from(5 - exponent) {
        Ok(decimals) if decimals <= 9 => short(&format!("{x:.decimals$}")),
        _ => format!("{}e{}{:02}", short(digits), if exponent < 0 { '-' } else { '+' }, exponent.abs()),
    }
}

collectd::plugin!(Threshold: Write, Missing);
