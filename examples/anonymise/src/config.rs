//! What stands in the block.

use std::path::PathBuf;

use collectd::config::{Selection, in_range};
use collectd::prelude::*;
use collectd::{Name, NameRef};
use serde::Deserializer;

/// What may stand in `<Target "anonymise">`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// The file with the secret.
    pub(crate) secret_file: PathBuf,
    /// Whether host names are replaced.
    #[serde(default = "yes")]
    pub(crate) host: bool,
    /// Whether plugin instances are replaced.
    #[serde(default)]
    pub(crate) plugin_instance: bool,
    /// Whether type instances are replaced.
    #[serde(default)]
    pub(crate) type_instance: bool,
    /// Names that stay, as they are or as expressions between slashes.
    #[serde(default)]
    pub(crate) keep: Selection,
    /// Beginnings of names that stay in front of the pseudonym.
    #[serde(default)]
    keep_prefix: Vec<String>,
    /// How many hexadecimal digits a pseudonym has.
    #[serde(default = "digits", deserialize_with = "some_digits")]
    pub(crate) digits: usize,
    /// Whether the meta data goes that says who sent it over the network.
    #[serde(default)]
    pub(crate) remove_sender: bool,
    /// Further meta data that goes.
    #[serde(default)]
    pub(crate) remove_meta_data: Vec<String>,
}

fn yes() -> bool {
    true
}

fn digits() -> usize {
    16
}

/// With fewer than 8 two of ten thousand names are likely to share one.
fn some_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    in_range(deserializer, 8..=64)
}

impl Config {
    /// What its type does not say.
    pub(crate) fn check(&self) -> Result {
        if !(self.host || self.plugin_instance || self.type_instance) {
            return Err(Error::msg("Host, PluginInstance and TypeInstance are all false: no name is replaced"));
        }
        let longest = Name::MAX_LEN - self.digits;
        match self.keep_prefix.iter().find(|prefix| prefix.is_empty() || prefix.len() > longest) {
            Some(prefix) => Err(Error::msg(format_args!(
                "KeepPrefix {prefix:?}: expected from 1 to {longest} bytes, as a name has at most {}",
                Name::MAX_LEN
            ))),
            None => Ok(()),
        }
    }

    /// The longest beginning of the name that stays.
    pub(crate) fn kept_prefix(&self, name: NameRef<'_>) -> &[u8] {
        let prefixes = self.keep_prefix.iter().filter(|prefix| name.starts_with(prefix));
        prefixes.max_by_key(|prefix| prefix.len()).map_or(b"", |prefix| prefix.as_bytes())
    }
}
