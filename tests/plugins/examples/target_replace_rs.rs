//! `<Target "replace_rs">`: like collectd's target `replace`, for filter chains.
//!
//! ```text
//! LoadPlugin target_replace_rs
//! <Chain "PreCache">
//!   <Target "replace_rs">
//!     Host "\\.example\\.org$" ""
//!     PluginInstance "^eth" "net"
//!   </Target>
//!   Target "write"
//! </Chain>
//! ```
#![forbid(unsafe_code)]

use collectd::filter::{Action, ChangeError, Target, ValuesMut};
use collectd::prelude::*;
use collectd::{MetaValue, NameRef};
use regex::bytes::NoExpand;

/// Each line replaces the first occurrence in what the line before it made; the new text stands for itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Replace {
    #[serde(default)]
    host: Vec<(Pattern, String)>,
    #[serde(default)]
    plugin: Vec<(Pattern, String)>,
    #[serde(default)]
    plugin_instance: Vec<(Pattern, String)>,
    #[serde(default)]
    type_instance: Vec<(Pattern, String)>,
    /// `MetaData "key" "expression" "text"`.
    #[serde(default)]
    meta_data: Vec<(String, Pattern, String)>,
    /// `DeleteMetaData "key" "expression"`.
    #[serde(default)]
    delete_meta_data: Vec<(String, Pattern)>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Pattern(regex::bytes::Regex);

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        regex::bytes::Regex::new(&text).map(Pattern)
    }
}

impl Target for Replace {
    const NAME: &'static str = "replace_rs";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        if let Some(name) = replaced(&self.host, values.view().host()) {
            values.set_host(name)?;
        }
        if let Some(name) = replaced(&self.plugin, values.view().plugin()) {
            values.set_plugin(name)?;
        }
        if let Some(name) = replaced(&self.plugin_instance, values.view().plugin_instance()) {
            values.set_plugin_instance(name)?;
        }
        if let Some(name) = replaced(&self.type_instance, values.view().type_instance()) {
            values.set_type_instance(name)?;
        }
        self.change_meta(values)?;
        Ok(Action::Continue)
    }
}

impl Replace {
    fn change_meta(&self, values: &mut ValuesMut<'_>) -> Result<(), ChangeError> {
        for (key, pattern, text) in &self.meta_data {
            if let Some(old) = text_of(values, key).filter(|old| pattern.0.is_match(old.as_bytes())) {
                let new = pattern.0.replace(old.as_bytes(), NoExpand(text.as_bytes()));
                values.insert_meta(key, String::from_utf8_lossy(&new).into_owned())?;
            }
        }
        for (key, pattern) in &self.delete_meta_data {
            if text_of(values, key).is_some_and(|text| pattern.0.is_match(text.as_bytes())) {
                values.remove_meta(key);
            }
        }
        Ok(())
    }
}

/// The new name, if any line applies.
fn replaced(lines: &[(Pattern, String)], name: NameRef<'_>) -> Option<Vec<u8>> {
    let mut new = None;
    for (pattern, text) in lines {
        let old = new.as_deref().unwrap_or(name.as_bytes());
        if pattern.0.is_match(old) {
            new = Some(pattern.0.replace(old, NoExpand(text.as_bytes())).into_owned());
        }
    }
    new
}

fn text_of(values: &ValuesMut<'_>, key: &str) -> Option<String> {
    match values.view().meta().value(key) {
        Some(MetaValue::String(text)) => Some(text),
        _ => None,
    }
}

collectd::plugin!(Replace: Target);
