//! Variants of enums, named by a value (`Mode "fast"`) or by a key (`<Backend> File "x" </Backend>`).

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, Unexpected, VariantAccess, Visitor,
};

use super::field::Field;
use super::item::{Item, Scope};
use super::list::Cursor;
use crate::config::block::{Block, Scalar};
use crate::config::error::{Error, ErrorKind};
use crate::config::{show, suggest};

/// The words for true in a configuration.
pub(super) const TRUE: [&str; 3] = ["true", "yes", "on"];
/// The words for false in a configuration.
pub(super) const FALSE: [&str; 3] = ["false", "no", "off"];

/// The name as the enum spells it; as it is if the enum does not know it, which may have a
/// variant for others.
pub(super) fn known<'a>(name: &'a str, variants: &'static [&'static str]) -> &'a str {
    let same = |variant: &&&'static str| variant.eq_ignore_ascii_case(name);
    match variants.contains(&name) {
        true => name,
        false => variants.iter().find(same).copied().unwrap_or(name),
    }
}

/// The variant that a value names.
pub(super) fn of_value<'a>(scalar: &'a Scalar, variants: &'static [&'static str]) -> Result<&'a str, Error> {
    match scalar {
        Scalar::String(name) => Ok(known(name, variants)),
        // `Mode off` without quotes: the parser has replaced the word.
        Scalar::Boolean(value) => {
            let words = if *value { TRUE } else { FALSE };
            let is_word = |variant: &&&str| words.iter().any(|word| word.eq_ignore_ascii_case(variant));
            let mut found = variants.iter().filter(is_word);
            match (found.next(), found.next()) {
                (Some(variant), None) => Ok(variant),
                _ => Err(Error::unknown_value(words[0], variants)),
            }
        }
        Scalar::Number(_) => {
            let value = show::scalar(scalar);
            let expected = suggest::expected(&value, variants);
            let problem = format!("{value} is a number, {expected}");
            Err(Error::new(ErrorKind::WrongType, problem))
        }
    }
}

/// A variant by its name alone.
pub(super) struct Unit<'a>(pub(super) &'a str);

impl<'de> EnumAccess<'de> for Unit<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let value = seed.deserialize(self.0.into_deserializer())?;
        Ok((value, self))
    }
}

impl Unit<'_> {
    fn no_data(&self) -> Error {
        let problem = format!("no value given after {}", show::text(self.0));
        Error::new(ErrorKind::WrongCount, problem)
    }
}

impl<'de> VariantAccess<'de> for Unit<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _seed: S) -> Result<S::Value, Error> {
        Err(self.no_data())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, Error> {
        Err(self.no_data())
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: &'static [&'static str], _visitor: V) -> Result<V::Value, Error> {
        Err(self.no_data())
    }
}

/// A variant at the cursor. Its name moves the cursor by a value or a child; its data, if it has
/// any, is the rest of the line or block, or that child.
pub(super) struct Variant<'c, 'de> {
    cursor: &'c mut Cursor<'de>,
    variants: &'static [&'static str],
    child: Option<&'de Block>,
}

impl<'c, 'de> Variant<'c, 'de> {
    pub(super) fn new(cursor: &'c mut Cursor<'de>, variants: &'static [&'static str]) -> Self {
        Variant { cursor, variants, child: None }
    }

    fn data(self) -> Result<Field<'de>, Error> {
        match self.child {
            Some(child) => {
                let item = Item::new(child, Scope::Field);
                Ok(Field::new(vec![item], self.cursor.path_before()))
            }
            None => self.cursor.rest(),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<(S::Value, Self), Error> {
        if let Some(scalar) = self.cursor.argument() {
            let name = of_value(scalar, self.variants)?;
            return Ok((seed.deserialize(name.into_deserializer())?, self));
        }
        let Some(child) = self.cursor.child() else {
            let expected = suggest::expected("", self.variants);
            let problem = format!("no value given, {expected}");
            return Err(Error::new(ErrorKind::WrongCount, problem));
        };
        self.child = Some(child);
        let name = known(child.key(), self.variants);
        let name: Result<S::Value, Error> = seed.deserialize(name.into_deserializer());
        match name {
            Ok(name) => Ok((name, self)),
            Err(error) if error.kind() == ErrorKind::UnknownValue => {
                Err(Error::unknown_key(child.key(), self.variants).or_at(|| self.cursor.path_before()))
            }
            Err(error) => Err(error),
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.child {
            Some(child) => match (child.values(), child.children()) {
                // A key cannot stand alone in a configuration.
                ([] | [Scalar::Boolean(true)], []) => Ok(()),
                ([], _) => Err(child.error("takes no block")),
                (values, _) => Err(child.error(format!("takes no value: {}", show::scalars(values)))),
            },
            None if self.cursor.is_block() => Err(Error::invalid_type(Unexpected::Map, &"a single value")),
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        self.data()?.located(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let field = self.data()?;
        let path = field.path();
        let value = field.deserialize_tuple(len, visitor);
        value.map_err(|error| error.or_at(|| path))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        let field = self.data()?;
        let path = field.path();
        let value = field.deserialize_struct("", fields, visitor);
        value.map_err(|error| error.or_at(|| path))
    }
}
