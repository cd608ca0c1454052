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
//! The expressions are those of the crate `regex`, which are nearly those of the original: there are no references back.
#![forbid(unsafe_code)]

use collectd::NameRef;
use collectd::filter::Match;
use collectd::prelude::*;

/// Every expression of every key has to match.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default, alias = "Hostname")]
    host: Vec<Pattern>,
    #[serde(default)]
    plugin: Vec<Pattern>,
    #[serde(default)]
    plugin_instance: Vec<Pattern>,
    #[serde(default)]
    r#type: Vec<Pattern>,
    #[serde(default)]
    type_instance: Vec<Pattern>,
    /// `MetaData "key" "expression"`.
    #[serde(default)]
    meta_data: Vec<(String, Pattern)>,
    #[serde(default)]
    invert: bool,
}

/// Names are bytes, so that one that is not UTF-8 can be matched too.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Pattern(regex::bytes::Regex);

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        regex::bytes::Regex::new(&text).map(Pattern)
    }
}

struct Regex(Config);

impl Match for Regex {
    const NAME: &'static str = "regex_rs";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let names = [&config.host, &config.plugin, &config.plugin_instance, &config.r#type, &config.type_instance];
        if names.iter().all(|patterns| patterns.is_empty()) && config.meta_data.is_empty() {
            return Err(Error::msg("no regular expression is configured"));
        }
        Ok(Regex(config))
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
                values.meta().value(key).is_some_and(|value| pattern.0.is_match(value.to_text().as_bytes()))
            });
        Ok(all != config.invert)
    }
}

fn all_match(patterns: &[Pattern], name: NameRef<'_>) -> bool {
    patterns.iter().all(|pattern| pattern.0.is_match(name.as_bytes()))
}

collectd::plugin!(Regex: Match);
