//! Lists.
//!
//! `Port 1 2` and `Port 1`, `Port 2` are the same list of numbers, while `Server "a" 1`,
//! `Server "b" 2` is a list of two structs: only the elements know how much they take. So the
//! elements are deserialized from a cursor, which they move.

use std::vec;

use serde::de::{DeserializeSeed, Deserializer, Error as _, Expected, SeqAccess, Unexpected, Visitor};

use super::culprit;
use super::field::Field;
use super::item::{Item, Scope};
use super::tree::{self, Transfer};
use super::value::{VALUE, Value};
use super::variant::Variant;
use crate::config::block::{Block, Scalar};
use crate::config::error::{Error, ErrorKind};
use crate::config::show;

/// The name of the newtype by which a type asks for a list where serde knows of none, as in its buffers.
pub(super) const LIST: &str = "$collectd::config::List";

/// A place in the lines and blocks of one key.
pub(super) struct Cursor<'de> {
    items: Vec<Item<'de>>,
    parent: String,
    /// Lines and blocks that are done.
    item: usize,
    /// Values (of a line) or children (of a block) that are done in the current one.
    used: usize,
}

impl<'de> Cursor<'de> {
    pub(super) fn new(items: Vec<Item<'de>>, parent: String) -> Self {
        Cursor { items, parent, item: 0, used: 0 }
    }

    /// The next value of the line, or argument of the block.
    pub(super) fn argument(&mut self) -> Option<&'de Scalar> {
        let item = self.current()?;
        let value = item.values().get(self.used)?;
        self.used += 1;
        Some(value)
    }

    /// The next child of the block.
    pub(super) fn child(&mut self) -> Option<&'de Block> {
        let item = self.current()?;
        let child = item.children().get(self.used)?;
        self.used += 1;
        Some(child)
    }

    /// What is left of the line or block, as one value.
    pub(super) fn rest(&mut self) -> Result<Field<'de>, Error> {
        let Some(item) = self.items.get(self.item).copied() else {
            return Err(Error::new(ErrorKind::WrongCount, "no value given"));
        };
        let skipped = item.values().len().min(self.used);
        self.item += 1;
        self.used = 0;
        Ok(Field::new(vec![item.skipping(skipped)], self.parent.clone()))
    }

    /// Whether the last item that was touched has children.
    pub(super) fn is_block(&self) -> bool {
        self.items.get(self.item).is_some_and(|item| !item.children().is_empty())
    }

    /// The path of the last item that was touched.
    pub(super) fn path_before(&self) -> String {
        match self.items.get(self.item) {
            Some(item) => item.path(&self.parent),
            None => self.parent.clone(),
        }
    }

    /// Fails if something is left.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let Some(item) = self.current() else {
            return Ok(());
        };
        let (sort, count, shown) = if item.children().is_empty() {
            let values = item.values();
            ("value", values.len(), show::scalars(values))
        } else {
            let keys = item.children();
            let shown: Vec<String> = keys.iter().take(4).map(|key| show::key(key.key())).collect();
            ("key", keys.len(), shown.join(", "))
        };
        let problem = format!("one {sort} expected, {count} given: {shown}");
        Err(Error::new(ErrorKind::WrongCount, problem))
    }

    /// The line or block with something left, after those that are used up.
    fn current(&mut self) -> Option<Item<'de>> {
        while let Some(&item) = self.items.get(self.item) {
            let size = match item.scope {
                Scope::Root if item.values().is_empty() => item.children().len(),
                Scope::Argument | Scope::Arguments => item.values().len(),
                _ if !item.children().is_empty() => item.children().len(),
                // An empty block is one element, if that can be made of nothing.
                Scope::Root | Scope::Field => item.values().len().max(1),
            };
            if self.used < size {
                return Some(item);
            }
            self.item += 1;
            self.used = 0;
        }
        None
    }

    /// The next value, which must be one of a line.
    fn value(&mut self, expected: &dyn Expected) -> Result<Value<'de>, Error> {
        let path = self.path_before();
        if self.is_block() {
            return Err(Error::invalid_type(Unexpected::Map, expected));
        }
        match self.argument() {
            Some(value) => Ok(Value::new(value, path)),
            None => Err(Error::invalid_type(Unexpected::Unit, expected)),
        }
    }

    /// The next line or block.
    fn whole(&mut self) -> Result<Field<'de>, Error> {
        match self.items.get(self.item) {
            Some(item) if item.scope == Scope::Root => {
                let problem = "a list of these cannot be the whole configuration";
                Err(Error::new(ErrorKind::WrongType, problem))
            }
            _ => self.rest(),
        }
    }

    /// The values that an element has taken since the cursor was there.
    fn taken(&self, item: Item<'de>, at: (usize, usize)) -> &'de [Scalar] {
        let end = if self.item == at.0 { self.used } else { usize::MAX };
        let values = item.values();
        values.get(at.1..end.min(values.len())).unwrap_or_default()
    }
}

impl<'de> SeqAccess<'de> for Cursor<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.current() else {
            return Ok(None);
        };
        let at = (self.item, self.used);
        let path = item.path(&self.parent);
        match seed.deserialize(Element::new(self)) {
            Ok(value) => {
                // A type that takes nothing would be asked for more without end.
                if at == (self.item, self.used) {
                    self.item += 1;
                }
                Ok(Some(value))
            }
            Err(error) => {
                let error = match self.taken(item, at) {
                    values if !values.is_empty() && item.children().is_empty() => error.about(|| show::scalars(values)),
                    _ => error,
                };
                Err(culprit::place(error, item, path))
            }
        }
    }
}

/// The element of a list at the cursor.
pub(super) struct Element<'c, 'de> {
    cursor: &'c mut Cursor<'de>,
}

impl<'c, 'de> Element<'c, 'de> {
    pub(super) fn new(cursor: &'c mut Cursor<'de>) -> Self {
        Element { cursor }
    }
}

macro_rules! values {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.cursor.value(&visitor)?.$method(visitor)
        }
    )*};
}

macro_rules! wholes {
    ($($method:ident ( $($argument:ident : $type:ty),* ))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Error> {
            self.cursor.whole()?.$method($($argument,)* visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Element<'_, 'de> {
    type Error = Error;

    values! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    wholes! {
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.cursor.current() {
            Some(item) if item.children().is_empty() && !item.values().is_empty() => {
                self.cursor.value(&visitor)?.deserialize_any(visitor)
            }
            _ => self.cursor.whole()?.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        match name {
            tree::BLOCK => {}
            VALUE => return self.cursor.value(&visitor)?.deserialize_any(visitor),
            LIST => return self.deserialize_seq(visitor),
            _ => return visitor.visit_newtype_struct(self),
        }
        let is_root = |item: &Item<'_>| item.scope == Scope::Root;
        let root = self.cursor.current().filter(is_root);
        match root.and_then(|_| self.cursor.child()) {
            Some(child) => visitor.visit_newtype_struct(Transfer::new(child, child.values())),
            None => self.cursor.whole()?.deserialize_newtype_struct(name, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(Variant::new(self.cursor, variants))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }
}

/// Whole lines and blocks, for a type that takes anything.
pub(super) struct Whole<'de> {
    items: vec::IntoIter<Item<'de>>,
    parent: String,
}

impl<'de> Whole<'de> {
    pub(super) fn new(items: Vec<Item<'de>>, parent: String) -> Self {
        Whole { items: items.into_iter(), parent }
    }
}

impl<'de> SeqAccess<'de> for Whole<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        Field::new(vec![item], self.parent.clone()).located(seed).map(Some)
    }
}

/// The values of one line, for a type that takes anything.
pub(super) fn visit_values<'de, V: Visitor<'de>>(
    values: &'de [Scalar],
    path: &str,
    visitor: V,
) -> Result<V::Value, Error> {
    let values = values.iter().map(|value| Value::new(value, path.to_owned()));
    visitor.visit_seq(serde::de::value::SeqDeserializer::new(values))
}
