//! Deserializes Rust types from blocks.
//!
//! A field of a struct gets all lines and blocks of its key ([`Field`]) and decides by its type
//! what they mean. A list is read through a cursor that moves by one value, child, line or
//! block, whatever its elements take (`list`).

mod culprit;
mod field;
mod field_map;
mod item;
mod list;
mod map;
mod range;
mod repeated;
mod tree;
mod tuple;
mod value;
mod variant;

use serde::de::DeserializeOwned;

use self::field::Field;
use self::item::{Item, Scope};
pub use self::range::in_range;
pub use self::repeated::list;
pub(super) use self::value::VALUE;
pub(crate) use self::value::boolean_word;
use super::block::Block;
use super::error::Error;

/// The only argument of a block, or none.
const ARGUMENT: &str = "$argument";
/// All arguments of a block.
const ARGUMENTS: &str = "$arguments";

/// Deserializes a typed configuration from the contents of a block, e.g. of `<Plugin x>`.
///
/// The rules are those of the [module](super).
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::{self, Block};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
/// struct Config {
///     #[serde(default)]
///     per_core: bool,
/// }
///
/// let block = Block::new("Plugin").child(Block::new("percore").value(true));
/// assert!(config::from_block::<Config>(&block)?.per_core);
///
/// let block = Block::new("Plugin").child(Block::new("PerCoer").value(true));
/// let error = config::from_block::<Config>(&block).err().unwrap();
/// assert_eq!(error.to_string(), r#"unknown field "PerCoer", expected "PerCore""#);
/// # Ok::<(), config::Error>(())
/// ```
///
/// # Errors
///
/// If a key is unknown, missing or given twice, or a value has the wrong type or does not fit.
pub fn from_block<T: DeserializeOwned>(block: &Block) -> Result<T, Error> {
    deserialize(block, Scope::Root)
}

/// The line or block itself as the value, as if it was a field of that type.
pub(super) fn from_item<T: DeserializeOwned>(block: &Block) -> Result<T, Error> {
    deserialize(block, Scope::Field)
}

/// Names that stand for arguments, not for keys.
pub(super) fn is_reserved(name: &str) -> bool {
    name == ARGUMENT || name == ARGUMENTS
}

fn deserialize<T: DeserializeOwned>(block: &Block, scope: Scope) -> Result<T, Error> {
    let field = Field::new(vec![Item::new(block, scope)], String::new());
    field.located(std::marker::PhantomData)
}

#[cfg(test)]
mod tests;
