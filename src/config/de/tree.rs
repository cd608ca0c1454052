//! `Block` and `Scalar` inside of typed configurations.

use std::fmt;
use std::slice;

use serde::de::value::SeqDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::value::{Key, VALUE, Value};
use super::{ARGUMENT, ARGUMENTS};
use crate::config::block::{Block, Scalar};
use crate::config::error::Error;

/// The name of the newtype by which a `Block` asks for itself, and the key by which it gets it.
pub(super) const BLOCK: &str = "$collectd::config::Block";

impl<'de> Deserialize<'de> for Block {
    /// From a configuration: the line or block itself. From anything that serde has buffered
    /// (`flatten`, `untagged`), or another format: a block of the same contents; its own
    /// key is then unknown and empty.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tree = deserializer.deserialize_newtype_struct(BLOCK, TreeVisitor)?;
        let mut blocks = tree.into_blocks("");
        match (blocks.pop(), blocks.is_empty()) {
            (Some(block), true) => Ok(block),
            _ => Err(D::Error::custom("one line or block expected, a list of them found")),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(VALUE, ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "a configuration has no other numbers")]
    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a configuration has no other numbers")]
    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::String(value.to_owned()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Scalar, D::Error> {
        inner.deserialize_any(self)
    }
}

/// Anything that serde knows and a configuration can hold.
enum Tree {
    Scalar(Scalar),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    Block(Block),
}

impl Tree {
    /// The lines and blocks that it is under that key.
    fn into_blocks(self, key: &str) -> Vec<Block> {
        match self {
            Tree::Scalar(scalar) => vec![Block::new(key).value(scalar)],
            Tree::Block(block) => vec![block],
            Tree::List(list) if list.iter().all(|tree| matches!(tree, Tree::Scalar(_))) => {
                vec![list.into_iter().fold(Block::new(key), Tree::into_value)]
            }
            Tree::List(list) => list.into_iter().flat_map(|tree| tree.into_blocks(key)).collect(),
            Tree::Map(entries) => {
                let block = Block::new(key);
                vec![entries.into_iter().fold(block, |block, (key, tree)| tree.into_entry(block, &key))]
            }
        }
    }

    fn into_entry(self, block: Block, key: &str) -> Block {
        match (key, self) {
            (ARGUMENT, tree) => Tree::into_value(block, tree),
            (ARGUMENTS, Tree::List(list)) => list.into_iter().fold(block, Tree::into_value),
            (key, tree) => tree.into_blocks(key).into_iter().fold(block, Block::child),
        }
    }

    /// Adds it to the values of a block.
    fn into_value(block: Block, tree: Tree) -> Block {
        match tree {
            Tree::Scalar(scalar) => block.value(scalar),
            _ => block,
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values or a block")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Tree, E> {
        ScalarVisitor.visit_bool(value).map(Tree::Scalar)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Tree, E> {
        ScalarVisitor.visit_i64(value).map(Tree::Scalar)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Tree, E> {
        ScalarVisitor.visit_u64(value).map(Tree::Scalar)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Tree, E> {
        ScalarVisitor.visit_f64(value).map(Tree::Scalar)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Tree, E> {
        ScalarVisitor.visit_str(value).map(Tree::Scalar)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Tree, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(tree) = elements.next_element()? {
            list.push(tree);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key == BLOCK {
                let (key, values, children) = entries.next_value()?;
                let block = Parts { key, values, children }.into_block();
                return Ok(Tree::Block(block));
            }
            list.push((key, entries.next_value()?));
        }
        Ok(Tree::Map(list))
    }
}

/// A block on its way through serde.
struct Parts {
    key: String,
    values: Vec<Scalar>,
    children: Vec<Block>,
}

impl Parts {
    fn into_block(self) -> Block {
        let block = self.values.into_iter().fold(Block::new(self.key), Block::value);
        self.children.into_iter().fold(block, Block::child)
    }
}

/// Hands a block over to the `Deserialize` of `Block`.
pub(super) struct Transfer<'de> {
    block: &'de Block,
    values: &'de [Scalar],
    step: Step,
}

enum Step {
    Start,
    Key,
    Values,
    Children,
    End,
}

impl<'de> Transfer<'de> {
    /// The block with these of its values.
    pub(super) fn new(block: &'de Block, values: &'de [Scalar]) -> Self {
        Transfer { block, values, step: Step::Start }
    }
}

impl<'de> Deserializer<'de> for Transfer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Transfer<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> MapAccess<'de> for Transfer<'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        match self.step {
            Step::Start => {
                self.step = Step::Key;
                seed.deserialize(Key(BLOCK)).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let parts = Transfer { block: self.block, values: self.values, step: Step::Key };
        seed.deserialize(serde::de::value::SeqAccessDeserializer::new(parts))
    }
}

impl<'de> SeqAccess<'de> for Transfer<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let value = match self.step {
            Step::Start | Step::Key => {
                self.step = Step::Values;
                seed.deserialize(Key(self.block.key()))
            }
            Step::Values => {
                self.step = Step::Children;
                let values = self.values.iter().map(|value| Value::new(value, String::new()));
                seed.deserialize(SeqDeserializer::new(values))
            }
            Step::Children => {
                self.step = Step::End;
                let children: slice::Iter<'de, Block> = self.block.children().iter();
                let children = children.map(|child| Transfer::new(child, child.values()));
                seed.deserialize(SeqDeserializer::new(children))
            }
            Step::End => return Ok(None),
        };
        value.map(Some)
    }
}
