//! One line or block, or what is left of it.

use serde::de::{Error as _, Expected, Unexpected};

use crate::config::block::{Block, Scalar};
use crate::config::error::{Error, ErrorKind};
use crate::config::show;

/// One line or block, or a part of it.
#[derive(Clone, Copy)]
pub(super) struct Item<'de> {
    block: &'de Block,
    /// Leading values that have a meaning already: key of a map, name of a variant.
    skip: usize,
    pub(super) scope: Scope,
}

/// What of the block is looked at.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scope {
    /// The whole configuration: its children are the keys.
    Root,
    /// A line or block under a key.
    Field,
    /// The only argument of a block.
    Argument,
    /// All arguments of a block.
    Arguments,
}

impl<'de> Item<'de> {
    pub(super) fn new(block: &'de Block, scope: Scope) -> Self {
        Item { block, skip: 0, scope }
    }

    pub(super) fn block(&self) -> &'de Block {
        self.block
    }

    pub(super) fn with_scope(self, scope: Scope) -> Self {
        Item { scope, ..self }
    }

    pub(super) fn skipping(self, count: usize) -> Self {
        Item { skip: self.skip + count, ..self }
    }

    pub(super) fn values(&self) -> &'de [Scalar] {
        &self.block.values()[self.skip..]
    }

    pub(super) fn children(&self) -> &'de [Block] {
        match self.scope {
            Scope::Root | Scope::Field => self.block.children(),
            Scope::Argument | Scope::Arguments => &[],
        }
    }

    /// Where it is, given where the block around it is.
    pub(super) fn path(&self, parent: &str) -> String {
        let place = match self.scope {
            Scope::Root | Scope::Argument | Scope::Arguments => return parent.to_owned(),
            Scope::Field if self.block.children().is_empty() && self.skip > 0 => self.named(),
            Scope::Field => self.block.place(),
        };
        join(parent, &place)
    }

    /// The key, and the values that have been skipped since they name it, too.
    pub(super) fn named(&self) -> String {
        let key = show::key(self.block.key());
        match &self.block.values()[..self.skip] {
            [] => key,
            names => format!("{key} {}", show::scalars(names)),
        }
    }

    /// The error for arguments that nobody takes.
    pub(super) fn unexpected_arguments(&self) -> Error {
        let values = show::scalars(self.values());
        let problem = if self.scope == Scope::Root || !self.children().is_empty() {
            format!("unexpected argument: {values}")
        } else {
            let key = show::key(self.block.key());
            format!("{values} found, expected a block <{key}>")
        };
        Error::new(ErrorKind::WrongCount, problem)
    }

    pub(super) fn wrong_count(&self, expected: &dyn Expected) -> Error {
        match self.values() {
            [] => {
                let after = match &self.block.values()[..self.skip] {
                    [] => String::new(),
                    names => format!(" after {}", show::scalars(names)),
                };
                // Its text is made of what the type says about itself.
                let wanted = Error::invalid_type(Unexpected::Unit, expected);
                let wanted = wanted.problem().split_once(", ").map_or("", |(_, text)| text);
                Error::new(ErrorKind::WrongCount, format!("no value given{after}, {wanted}"))
            }
            many => {
                let problem = format!("one value expected, {} given: {}", many.len(), show::scalars(many));
                Error::new(ErrorKind::WrongCount, problem)
            }
        }
    }
}

/// Extends a path.
pub(super) fn join(parent: &str, place: &str) -> String {
    if parent.is_empty() { place.to_owned() } else { format!("{parent}: {place}") }
}
