//! Logs its configuration.
#![forbid(unsafe_code)]

use collectd::config::Scalar;
use collectd::prelude::*;

struct ConfigTree;

impl Plugin for ConfigTree {
    const NAME: &'static str = "config_tree";
    type Config = Block;

    fn new(config: Block) -> Result<Self> {
        log::info!("{} {:?}", config.key(), config.values());
        show(&config, "the block");
        Ok(ConfigTree)
    }
}

fn show(block: &Block, parent: &str) {
    for node in block.children() {
        let values: Vec<_> = node.values().iter().map(words).collect();
        log::info!("{} below {parent}: {}", node.key(), values.join(", "));
        show(node, node.key());
    }
}

fn words(value: &Scalar) -> String {
    match value {
        Scalar::String(text) => format!("str {text}"),
        Scalar::Number(number) => format!("float {number:?}"),
        Scalar::Boolean(true) => "bool True".to_owned(),
        Scalar::Boolean(false) => "bool False".to_owned(),
    }
}

impl Shutdown for ConfigTree {
    fn shutdown(&self) -> Result {
        Ok(())
    }
}

collectd::plugin!(ConfigTree: Shutdown);
