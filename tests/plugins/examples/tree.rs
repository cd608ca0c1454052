//! Logs its configuration, a tree.
#![forbid(unsafe_code)]

use collectd::prelude::*;

struct Tree;

impl Plugin for Tree {
    const NAME: &'static str = "tree";
    type Config = Block;

    fn new(config: Block) -> Result<Self> {
        log::info!("arguments {:?}", config.values());
        for child in config.children() {
            log::info!("new {child}");
        }
        Ok(Tree)
    }
}

impl Read for Tree {
    fn read(&self) -> Result {
        Ok(())
    }
}

collectd::plugin!(Tree: Read);
