//! What each rule takes and what it refuses.

mod arguments;
mod buffered;
mod enums;
mod lists;
mod maps;
mod pitfalls;
mod random;
mod structs;
mod tree;
mod values;

use serde::de::DeserializeOwned;

use crate::config::{Block, Error, from_block};

/// `key!("Server", "example.org", 25826)`.
macro_rules! key {
    ($key:expr $(, $value:expr)*) => {
        $crate::config::Block::new($key)$(.value($value))*
    };
}

/// `block!("Server", "example.org"; key!("Port", 1), …)`.
macro_rules! block {
    ($key:expr $(, $value:expr)*; $($child:expr),* $(,)?) => {
        $crate::config::Block::new($key)$(.value($value))*$(.child($child))*
    };
}

use {block, key};

/// A whole configuration.
fn plugin(children: impl IntoIterator<Item = Block>) -> Block {
    children.into_iter().fold(Block::new("Plugin"), Block::child)
}

fn read<T: DeserializeOwned>(children: impl IntoIterator<Item = Block>) -> Result<T, Error> {
    from_block(&plugin(children))
}

/// The message of a configuration that must be refused.
fn refused<T: DeserializeOwned>(children: impl IntoIterator<Item = Block>) -> String {
    message(read::<T>(children))
}

fn message<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("not refused"),
        Err(error) => error.to_string(),
    }
}
