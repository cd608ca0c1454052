//! Tuples: the values of one line.

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::value::Value;
use crate::config::block::Scalar;
use crate::config::error::{Error, ErrorKind};
use crate::config::show;

/// The values of one line as a tuple, whose last elements may be missing if they are `Option`s.
pub(super) fn visit_tuple<'de, V: Visitor<'de>>(
    values: &'de [Scalar],
    len: usize,
    path: &str,
    visitor: V,
) -> Result<V::Value, Error> {
    if values.len() > len {
        let given = values.len();
        let noun = if len == 1 { "value" } else { "values" };
        let problem = format!("at most {len} {noun} expected, {given} given: {}", show::scalars(values));
        return Err(Error::new(ErrorKind::WrongCount, problem));
    }
    visitor.visit_seq(Tuple { values, len, next: 0, path })
}

struct Tuple<'de, 'p> {
    values: &'de [Scalar],
    len: usize,
    next: usize,
    path: &'p str,
}

impl<'de> SeqAccess<'de> for Tuple<'de, '_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        if self.next == self.len {
            return Ok(None);
        }
        let position = self.next;
        self.next += 1;
        let Some(value) = self.values.get(position) else {
            return seed.deserialize(Missing { values: self.values }).map(Some);
        };
        seed.deserialize(Value::new(value, self.path.to_owned()))
            .map(Some)
            .map_err(|error| error.about(|| show::scalar(value)).or_at(|| self.path.to_owned()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.next)
    }
}

/// The element of a tuple that the line has no value for.
struct Missing<'de> {
    values: &'de [Scalar],
}

impl<'de> Deserializer<'de> for Missing<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        let problem = match self.values {
            [] => "no value given".to_owned(),
            values => format!("a value is missing after {}", show::scalars(values)),
        };
        Err(Error::new(ErrorKind::WrongCount, problem))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
