//! Maps under a key, and structs with flattened fields, which look the same.

use std::cell::Cell;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};

use super::field::Field;
use super::item::{Item, Scope};
use super::map::{Entries, Entry, Name, argument, grouped, keyed};
use super::value::Value;
use crate::config::error::Error;

/// A map of which only the type of the first key tells what it is.
///
/// serde reads a struct with a flattened field like a `HashMap`. To the former the arguments of a
/// block are `$argument` and `$arguments`, to the latter the first of them is the key. But
/// structs ask for an identifier, and maps for a string.
pub(super) enum FieldMap<'de> {
    Undecided { items: Vec<Item<'de>>, parent: String },
    Decided(Entries<'de>),
}

impl<'de> FieldMap<'de> {
    pub(super) fn new(items: Vec<Item<'de>>, parent: String, path: &str) -> Result<Self, Error> {
        if items.iter().any(|item| !item.values().is_empty()) {
            return Ok(FieldMap::Undecided { items, parent });
        }
        let item = Field::new(items, parent).one()?;
        let entries = grouped(item.children(), path, &[]);
        Ok(FieldMap::Decided(Entries::new(entries)))
    }
}

impl<'de> MapAccess<'de> for FieldMap<'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let (items, parent) = match self {
            FieldMap::Decided(entries) => return entries.next_key_seed(seed),
            FieldMap::Undecided { items, parent } => (std::mem::take(items), std::mem::take(parent)),
        };
        let mut entries = None;
        let probe = Probe { items, parent, entries: &mut entries };
        let key = seed.deserialize(probe)?;
        *self = FieldMap::Decided(entries.unwrap_or_else(|| Entries::new(Vec::new())));
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        match self {
            FieldMap::Decided(entries) => entries.next_value_seed(seed),
            FieldMap::Undecided { .. } => Err(Error::custom("value asked for before its key")),
        }
    }
}

/// The first key of a [`FieldMap`]; leaves the entries, of which the first awaits its value.
struct Probe<'de, 'a> {
    items: Vec<Item<'de>>,
    parent: String,
    entries: &'a mut Option<Entries<'de>>,
}

impl<'de> Probe<'de, '_> {
    fn start(self, entries: Vec<Entry<'de>>) -> Result<Name<'de>, Error> {
        let mut entries = Entries::new(entries);
        let name = entries.first();
        *self.entries = Some(entries);
        name.ok_or_else(|| Error::custom("a map without entries"))
    }

    /// As a struct with flattened fields sees it. `$arguments` follows `$argument` only if
    /// that was none of its own fields.
    fn into_struct(self) -> Result<Name<'de>, Error> {
        let field = Field::new(self.items.clone(), self.parent.clone());
        let item = field.one()?;
        let path = field.path();
        let mut entries = Vec::new();
        let mut all = argument(item, &path, Scope::Arguments);
        if item.values().len() == 1 {
            let buffered = Rc::new(Cell::new(false));
            let mut one = argument(item, &path, Scope::Argument);
            one.field = one.field.with_flag(Rc::clone(&buffered));
            all.condition = Some(buffered);
            entries.push(one);
        }
        entries.push(all);
        entries.extend(grouped(item.children(), &path, &[]));
        self.start(entries)
    }

    fn into_map(self) -> Result<Value<'de>, Error> {
        let root = self.items.iter().find(|item| item.scope == Scope::Root);
        if let Some(root) = root {
            return Err(root.unexpected_arguments());
        }
        let entries = keyed(&self.items, &self.parent)?;
        let path = Field::new(self.items.clone(), self.parent.clone()).path();
        match self.start(entries)? {
            Name::Value(scalar) => Ok(Value::new(scalar, path)),
            Name::Key(_) => Err(Error::custom("a map without keys")),
        }
    }
}

macro_rules! keys {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.into_map()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'de, '_> {
    type Error = Error;

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.into_struct()? {
            Name::Key(key) => visitor.visit_borrowed_str(key),
            Name::Value(_) => Err(Error::custom("a struct without keys")),
        }
    }

    keys! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_ignored_any
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.into_map()?.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.into_map()?.deserialize_tuple(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.into_map()?.deserialize_tuple_struct(name, len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.into_map()?.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.into_map()?.deserialize_enum(name, variants, visitor)
    }
}
