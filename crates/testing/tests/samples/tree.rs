//! Logs its configuration.

use collectd::prelude::*;

pub(crate) struct Tree;

impl Plugin for Tree {
    const NAME: &'static str = "tree";
    type Config = Block;

    fn new(config: Block) -> Result<Self> {
        show(&config, 0);
        Ok(Tree)
    }
}

fn show(block: &Block, depth: usize) {
    log::info!("{depth} {} {:?}", block.key(), block.values());
    block.children().iter().for_each(|child| show(child, depth + 1));
}

impl Shutdown for Tree {
    fn shutdown(&self) -> Result {
        Ok(())
    }
}
