//! All lines and blocks of one key: what a field of a struct is deserialized from.

use std::cell::Cell;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, Expected, Unexpected, Visitor};

use super::culprit;
use super::field_map::FieldMap;
use super::item::{Item, Scope, join};
use super::list::{self, Cursor, Element, LIST, Whole};
use super::map;
use super::tree::{self, Transfer};
use super::tuple;
use super::value::{self, VALUE, Value};
use crate::config::block::Scalar;
use crate::config::error::{Error, ErrorKind};
use crate::config::show;

/// The lines and blocks of one key, at least one.
pub(super) struct Field<'de> {
    pub(super) items: Vec<Item<'de>>,
    /// Path of the block around them; for arguments, of the block that they belong to.
    parent: String,
    /// Set when the value went to a buffer of serde instead of a type of the author.
    buffered: Option<Rc<Cell<bool>>>,
    /// The fields of the struct that has none of this name.
    unknown_to: Option<&'static [&'static str]>,
}

impl<'de> Field<'de> {
    pub(super) fn new(items: Vec<Item<'de>>, parent: String) -> Self {
        Field { items, parent, buffered: None, unknown_to: None }
    }

    pub(super) fn with_flag(self, buffered: Rc<Cell<bool>>) -> Self {
        Field { buffered: Some(buffered), ..self }
    }

    pub(super) fn unknown_to(self, fields: &'static [&'static str]) -> Self {
        Field { unknown_to: Some(fields), ..self }
    }

    /// Deserializes from here, so that an error knows the place and the value.
    pub(super) fn located<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        let path = self.path();
        let item = self.items.first().copied();
        let single = (self.items.len() == 1).then_some(item).flatten();
        seed.deserialize(self).map_err(|error| {
            let error = match single {
                Some(item) if item.children().is_empty() && !item.values().is_empty() => {
                    error.about(|| show::scalars(item.values()))
                }
                Some(item) => return culprit::place(error, item, path),
                None => error,
            };
            error.or_at(|| path)
        })
    }

    /// The path of the block around it.
    pub(super) fn parent(&self) -> &str {
        &self.parent
    }

    pub(super) fn path(&self) -> String {
        match self.items.as_slice() {
            [] => self.parent.clone(),
            [item] => item.path(&self.parent),
            [item, ..] => join(&self.parent, &item.named()),
        }
    }

    /// The only line or block.
    pub(super) fn one(&self) -> Result<Item<'de>, Error> {
        match self.items.as_slice() {
            [item] => Ok(*item),
            items => {
                let times = match items.len() {
                    2 => "twice".to_owned(),
                    many => format!("{many} times"),
                };
                let values: Vec<String> = items
                    .iter()
                    .filter(|item| item.children().is_empty() && !item.values().is_empty())
                    .take(4)
                    .map(|item| show::scalars(item.values()))
                    .collect();
                let colon = if values.is_empty() { "" } else { ": " };
                let problem = format!("given {times}{colon}{}", values.join(", "));
                Err(Error::new(ErrorKind::GivenTwice, problem))
            }
        }
    }

    /// The only value of the only line.
    fn scalar(&self, expected: &dyn Expected) -> Result<Value<'de>, Error> {
        let item = self.one()?;
        if !item.children().is_empty() {
            return Err(Error::invalid_type(Unexpected::Map, expected));
        }
        match item.values() {
            [value] => Ok(Value::new(value, item.path(&self.parent))),
            _ => Err(item.wrong_count(expected)),
        }
    }

    /// The values of the only line, which is no block.
    fn line(&self) -> Result<&'de [Scalar], Error> {
        let item = self.one()?;
        if item.children().is_empty() {
            Ok(item.values())
        } else {
            Err(Error::invalid_type(Unexpected::Map, &"a list of values"))
        }
    }

    fn cursor(self) -> Cursor<'de> {
        Cursor::new(self.items, self.parent)
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.scalar(&visitor)?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = Error;

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Some(flag) = &self.buffered {
            flag.set(true);
        }
        let [item] = self.items.as_slice() else {
            return visitor.visit_seq(Whole::new(self.items, self.parent));
        };
        let path = item.path(&self.parent);
        let is_map = match item.scope {
            Scope::Root => true,
            Scope::Field => !item.children().is_empty() || item.values().is_empty(),
            Scope::Argument | Scope::Arguments => false,
        };
        match item.values() {
            _ if is_map => visitor.visit_map(map::any_entries(*item, &path)),
            [value] if item.scope != Scope::Arguments => Value::new(value, path).deserialize_any(visitor),
            values => list::visit_values(values, &path, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.items.as_slice() {
            [item] if item.scope == Scope::Arguments && item.values().is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let item = self.one()?;
        if let Some(child) = item.children().first() {
            return Err(Error::unknown_key(child.key(), &[]).or_at(|| self.path()));
        }
        if item.values().is_empty() { visitor.visit_unit() } else { Err(item.unexpected_arguments()) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        match name {
            tree::BLOCK => {}
            VALUE => return self.scalar(&visitor)?.deserialize_any(visitor),
            LIST => return self.deserialize_seq(visitor),
            _ => return visitor.visit_newtype_struct(self),
        }
        let item = self.one()?;
        visitor.visit_newtype_struct(Transfer::new(item.block(), item.values()))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.items.as_slice() {
            [item] if item.scope == Scope::Root && !item.values().is_empty() => Err(item.unexpected_arguments()),
            _ => {
                let mut cursor = self.cursor();
                let value = visitor.visit_seq(&mut cursor)?;
                cursor.finish().map(|()| value)
            }
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let values = self.line()?;
        tuple::visit_tuple(values, len, &self.path(), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let path = self.path();
        visitor.visit_map(FieldMap::new(self.items, self.parent, &path)?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let item = self.one()?;
        visitor.visit_map(map::struct_entries(item, &self.path(), fields)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.one()?;
        let mut cursor = self.cursor();
        let value = Element::new(&mut cursor).deserialize_enum(name, variants, visitor)?;
        cursor.finish().map(|()| value)
    }

    /// A struct asks for this if it lets unknown keys pass: not without a word, as that may be a mistake.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let (Some(fields), Some(item)) = (self.unknown_to, self.items.first()) {
            let error = Error::unknown_key(item.block().key(), fields).or_at(|| self.parent.clone());
            value::warn(&format!("{error}; it is ignored"));
        }
        visitor.visit_unit()
    }
}
