//! `<Match "regex_rs">`: like collectd's match `regex`, for filter chains.
//!
//! ```text
//! LoadPlugin match_regex_rs
//! <Chain "PostCache">
//!   <Rule>
//!     <Match "regex_rs">
//!       Plugin "^df$"
//!       TypeInstance "^(free|used)$"
//!     </Match>
//!     Target "stop"
//!   </Rule>
//! </Chain>
//! ```
//!
//! The expressions are those of the original, but for references back.
#![forbid(unsafe_code)]

use collectd::NameRef;
use collectd::config::Regex;
use collectd::filter::Match;
use collectd::prelude::*;

/// Every expression of every key has to match.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default, alias = "Hostname")]
    host: Vec<Regex>,
    #[serde(default)]
    plugin: Vec<Regex>,
    #[serde(default)]
    plugin_instance: Vec<Regex>,
    #[serde(default)]
    r#type: Vec<Regex>,
    #[serde(default)]
    type_instance: Vec<Regex>,
    /// `MetaData "key" "expression"`.
    #[serde(default)]
    meta_data: Vec<(String, Regex)>,
    #[serde(default)]
    invert: bool,
}

struct Names(Config);

impl Match for Names {
    const NAME: &'static str = "regex_rs";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let names = [&config.host, &config.plugin, &config.plugin_instance, &config.r#type, &config.type_instance];
        if names.iter().all(|patterns| patterns.is_empty()) && config.meta_data.is_empty() {
            return Err(Error::msg("no regular expression is configured"));
        }
        Ok(Names(config))
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        let config = &self.0;
        let id = values.identifier();
        let all = all_match(&config.host, id.host())
            && all_match(&config.plugin, id.plugin())
            && all_match(&config.plugin_instance, id.plugin_instance())
            && all_match(&config.r#type, id.type_())
            && all_match(&config.type_instance, id.type_instance())
            && config.meta_data.iter().all(|(key, pattern)| {
                values.meta().value(key).is_some_and(|value| pattern.is_match(value.to_text().as_bytes()))
            });
        Ok(all != config.invert)
    }
}

fn all_match(patterns: &[Regex], name: NameRef<'_>) -> bool {
    patterns.iter().all(|pattern| pattern.is_match(name.as_bytes()))
}

collectd::plugin!(Names: Match);
