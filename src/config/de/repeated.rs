//! Lists that are lists in serde's buffers too.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::list::LIST;

/// Deserializes a list, for `deserialize_with` in a struct that is flattened into another one.
///
/// There serde has the value before it asks for a list. So a key that stands once with one value is no list
/// to it, unless the field says so. A line of several values and a line more are no list there at all.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::{self, Block};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Config {
///     port: u16,
///     #[serde(flatten)]
///     common: Common,
/// }
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Common {
///     #[serde(default, deserialize_with = "config::list")]
///     host: Vec<String>,
/// }
///
/// let port = Block::new("Plugin").child(Block::new("Port").value(80));
/// let block = port.child(Block::new("Host").value("a"));
/// assert_eq!(config::from_block::<Config>(&block)?.common.host, ["a"]);
/// # Ok::<(), config::Error>(())
/// ```
///
/// # Errors
///
/// If an element is none.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_newtype_struct(LIST, ListVisitor(PhantomData))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> ListVisitor<T> {
    fn one<E: Error, V: IntoDeserializer<'de, E>>(value: V) -> Result<Vec<T>, E> {
        T::deserialize(value.into_deserializer()).map(|one| vec![one])
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(list)
    }

    /// From a buffer, which does not care for the name of the newtype.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Vec<T>, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(|one| vec![one])
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Vec<T>, E> {
        Self::one(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Vec<T>, E> {
        Self::one(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Vec<T>, E> {
        Self::one(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Vec<T>, E> {
        Self::one(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Vec<T>, E> {
        Self::one(value.to_owned())
    }
}
