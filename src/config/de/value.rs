//! One value of a line, and a key where a map wants it as a value.

use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::variant::{self, Unit};
use crate::config::block::Scalar;
use crate::config::error::{self, Error, ErrorKind};
use crate::config::show;

/// The name of the newtype by which a type asks for exactly one value, whatever its type.
pub(in crate::config) const VALUE: &str = "$collectd::config::Value";

/// One value and the path of its line.
pub(super) struct Value<'de> {
    scalar: &'de Scalar,
    path: String,
}

/// The name of a child, where it is data: the key of a map.
pub(super) struct Key<'de>(pub(super) &'de str);

/// The words that collectd takes for a boolean, in any case.
pub(crate) fn boolean_word(word: &str) -> Option<bool> {
    let is = |known: &&str| word.eq_ignore_ascii_case(known);
    if variant::TRUE.iter().any(is) {
        Some(true)
    } else if variant::FALSE.iter().any(is) {
        Some(false)
    } else {
        None
    }
}

impl<'de> Value<'de> {
    pub(super) fn new(scalar: &'de Scalar, path: String) -> Self {
        Value { scalar, path }
    }

    fn unexpected(&self) -> Unexpected<'de> {
        match self.scalar {
            Scalar::String(string) => Unexpected::Str(string),
            Scalar::Number(number) => Unexpected::Float(*number),
            Scalar::Boolean(value) => Unexpected::Bool(*value),
        }
    }

    fn number(&self, expected: &str) -> Result<f64, Error> {
        match self.scalar {
            Scalar::Number(number) => Ok(*number),
            _ => Err(Error::invalid_type(self.unexpected(), &expected)),
        }
    }

    /// A string that means a boolean is taken like collectd takes it: with a warning.
    fn boolean(&self, word: &str) -> Option<bool> {
        let value = boolean_word(word)?;
        let word = show::text(word);
        warn(&format!("{}: {word} is taken for {value}, write it in lower case without quotes", self.path));
        Some(value)
    }
}

pub(super) fn warn(text: &str) {
    log::warn!("config: {text}");
    #[cfg(test)]
    WARNINGS.with_borrow_mut(|warnings| warnings.push(text.to_owned()));
}

// A test cannot claim the logger of the process for itself.
#[cfg(test)]
thread_local! {
    pub(super) static WARNINGS: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The number, if it is whole. Every `f64` below 2^127 is exact as an `i128`.
pub(super) fn whole(number: f64) -> Option<i128> {
    const LIMIT: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    (number.fract() == 0.0 && number.abs() < LIMIT).then_some(number as i128)
}

macro_rules! integers {
    ($($method:ident $visit:ident $int:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.number(stringify!($int))?;
            match whole(number).map($int::try_from) {
                Some(Ok(integer)) => visitor.$visit(integer),
                _ => {
                    let wanted = format!("a number from {} to {}", $int::MIN, $int::MAX);
                    Err(Error::new(ErrorKind::InvalidValue, error::unfit(number, &wanted)))
                }
            }
        }
    )*};
}

macro_rules! strings {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.scalar {
                Scalar::String(string) => visitor.visit_borrowed_str(string),
                _ => Err(Error::invalid_type(self.unexpected(), &visitor)),
            }
        }
    )*};
}

macro_rules! refused {
    ($($method:ident ( $($argument:ident : $type:ty),* ))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Error> {
            Err(Error::invalid_type(self.unexpected(), &visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    integers! {
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
    }

    strings! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    refused! {
        deserialize_unit()
        deserialize_unit_struct(_name: &'static str)
        deserialize_seq()
        deserialize_tuple(_len: usize)
        deserialize_tuple_struct(_name: &'static str, _len: usize)
        deserialize_map()
        deserialize_struct(_name: &'static str, _fields: &'static [&'static str])
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let number = match self.scalar {
            Scalar::String(string) => return visitor.visit_borrowed_str(string),
            Scalar::Boolean(value) => return visitor.visit_bool(*value),
            Scalar::Number(number) => *number,
        };
        // Whole numbers go out as integers: those types refuse a buffered float.
        let integer = whole(number);
        if let Some(unsigned) = integer.and_then(|integer| u64::try_from(integer).ok()) {
            visitor.visit_u64(unsigned)
        } else if let Some(signed) = integer.and_then(|integer| i64::try_from(integer).ok()) {
            visitor.visit_i64(signed)
        } else {
            visitor.visit_f64(number)
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = match self.scalar {
            Scalar::Boolean(value) => Some(*value),
            Scalar::String(word) => self.boolean(word),
            Scalar::Number(_) => None,
        };
        match value {
            Some(value) => visitor.visit_bool(value),
            None => Err(Error::invalid_type(self.unexpected(), &visitor)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let number = self.number("f32")?;
        if number.is_finite() && number.abs() > f64::from(f32::MAX) {
            let wanted = format!("a number from {:e} to {:e}", f32::MIN, f32::MAX);
            return Err(Error::new(ErrorKind::InvalidValue, error::unfit(number, &wanted)));
        }
        #[expect(clippy::cast_possible_truncation, reason = "less precise as asked for")]
        visitor.visit_f32(number as f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.number("f64")?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar {
            Scalar::String(string) => visitor.visit_borrowed_bytes(string.as_bytes()),
            _ => Err(Error::invalid_type(self.unexpected(), &visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(Unit(variant::of_value(self.scalar, variants)?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

impl<'de> IntoDeserializer<'de, Error> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(Unit(variant::known(self.0, variants)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
