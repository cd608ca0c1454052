//! `<Target "replace_rs">`: like collectd's target `replace`, for filter chains.
//!
//! ```text
//! LoadPlugin target_replace_rs
//! <Chain "PreCache">
//!   <Target "replace_rs">
//!     Host "\\.example\\.org$" ""
//!     PluginInstance "^eth" "net"
//!     MetaData "rack" "^0+" ""
//!   </Target>
//!   Target "write"
//! </Chain>
//! ```
//!
//! The expressions are those of the original, but for two things: of several alternatives the first counts, not the
//! longest (write `ab|a`, not `a|ab`), and there are no references back.
#![forbid(unsafe_code)]

use collectd::MetaValue;
use collectd::config::Regex;
use collectd::filter::{Action, ChangeError, Target, ValuesMut};
use collectd::prelude::*;
use regex::bytes::NoExpand;

/// A line replaces the first occurrence in what the lines before it made; the new text stands for itself.
#[derive(Deserialize)]
enum Line {
    #[serde(alias = "Hostname")]
    Host(Regex, String),
    Plugin(Regex, String),
    PluginInstance(Regex, String),
    TypeInstance(Regex, String),
    /// A key, an expression, a text.
    MetaData(String, Regex, String),
    /// A key, which goes if the expression matches.
    DeleteMetaData(String, Regex),
}

struct Replace(Vec<Line>);

impl Target for Replace {
    const NAME: &'static str = "replace_rs";
    type Config = Vec<Line>;

    fn new(lines: Vec<Line>) -> Result<Self> {
        if lines.is_empty() {
            return Err(Error::msg("nothing to replace is configured"));
        }
        Ok(Replace(lines))
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        let mut names = [const { None::<Vec<u8>> }; 4];
        for line in &self.0 {
            let id = values.view().identifier();
            let (place, name, pattern, text) = match line {
                Line::Host(pattern, text) => (0, id.host(), pattern, text),
                Line::Plugin(pattern, text) => (1, id.plugin(), pattern, text),
                Line::PluginInstance(pattern, text) => (2, id.plugin_instance(), pattern, text),
                Line::TypeInstance(pattern, text) => (3, id.type_instance(), pattern, text),
                Line::MetaData(key, pattern, text) => {
                    change_meta(values, key, pattern, Some(text))?;
                    continue;
                }
                Line::DeleteMetaData(key, pattern) => {
                    change_meta(values, key, pattern, None)?;
                    continue;
                }
            };
            let old = names[place].as_deref().unwrap_or(name.as_bytes());
            if let Some(new) = replaced(pattern, old, text) {
                names[place] = Some(new);
            }
        }
        let [host, plugin, plugin_instance, type_instance] = names;
        // One that cannot be used, because nothing is left of it, keeps no other from being changed.
        let changes = [
            host.map(|name| values.set_host(name)),
            plugin.map(|name| values.set_plugin(name)),
            plugin_instance.map(|name| values.set_plugin_instance(name)),
            type_instance.map(|name| values.set_type_instance(name)),
        ];
        changes.into_iter().flatten().collect::<Result<(), _>>()?;
        Ok(Action::Continue)
    }
}

/// The text with the new one in the place of the first match, if there is any.
fn replaced(pattern: &Regex, old: &[u8], text: &str) -> Option<Vec<u8>> {
    let new = || pattern.compiled().replace(old, NoExpand(text.as_bytes())).into_owned();
    pattern.is_match(old).then(new)
}

/// Replaces the text of an entry, or removes it if there is none, where the expression matches.
fn change_meta(values: &mut ValuesMut<'_>, key: &str, pattern: &Regex, text: Option<&str>) -> Result<(), ChangeError> {
    let Some(MetaValue::String(old)) = values.view().meta().value(key) else { return Ok(()) };
    let Some(new) = replaced(pattern, old.as_bytes(), text.unwrap_or_default()) else { return Ok(()) };
    if text.is_some() {
        values.insert_meta(key, String::from_utf8_lossy(&new).into_owned())
    } else {
        values.remove_meta(key);
        Ok(())
    }
}

collectd::plugin!(Replace: Target);
