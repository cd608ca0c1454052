use std::collections::HashMap;

use serde::Deserialize;

use super::*;
use crate::config::Scalar;

fn sample() -> Block {
    block!("Node", "a", 1;
        key!("Port", 80, true),
        block!("Inner"; key!("X", "y"), block!("Empty";)),
        key!("Port", 81),
    )
}

#[test]
fn the_whole_configuration_as_a_tree() {
    assert_eq!(from_block::<Block>(&sample()).unwrap(), sample());
}

#[test]
fn trees_in_typed_configurations() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        node: Block,
        many: Vec<Block>,
        maybe: Option<Block>,
        by_name: HashMap<String, Block>,
    }
    let mut many = sample();
    many = block!("MANY", "z"; many);
    let config: Config =
        read([sample(), many.clone(), key!("Many", 2, 3), block!("By_Name", "k", 7; key!("A", 1))]).unwrap();
    assert_eq!(config.node, sample());
    assert_eq!(config.many, [many, key!("Many", 2, 3)]);
    assert_eq!(config.maybe, None);
    assert_eq!(config.by_name["k"], block!("By_Name", 7; key!("A", 1)));
    let text = refused::<Config>([sample(), sample()]);
    assert_eq!(text, "Node: given twice");
}

#[test]
fn all_children_in_their_order() {
    let children = [sample(), key!("A", 1), key!("Node", 3)];
    assert_eq!(read::<Vec<Block>>(children.clone()).unwrap(), children);
}

#[test]
fn scalars_of_any_type() {
    #[derive(Debug, Deserialize)]
    struct Config {
        one: Scalar,
        list: Vec<Scalar>,
    }
    let config: Config = read([key!("One", -1.5), key!("List", "a", 1, true)]).unwrap();
    assert_eq!(config.one, Scalar::Number(-1.5));
    assert_eq!(config.list, ["a".into(), 1.into(), Scalar::Boolean(true)]);
    let text = refused::<Config>([key!("One", 1, 2), key!("List", 1)]);
    assert_eq!(text, "One: one value expected, 2 given: 1 2");
    let text = refused::<Config>([block!("One"; key!("A", 2)), key!("List", 1)]);
    assert_eq!(text, "<One>: a block found, expected a value");
    let text = refused::<Config>([key!("One", 1), key!("One", 2), key!("List", 1)]);
    assert_eq!(text, "One: given twice: 1, 2");
}

#[test]
fn a_tree_from_a_buffer() {
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Any {
        Number(u8),
        Tree(Block),
    }
    #[derive(Debug, Deserialize)]
    struct Config {
        item: Vec<Any>,
    }
    let config: Config = read([key!("Item", 5), sample_as("Item"), key!("Item", "x")]).unwrap();
    let [Any::Number(5), Any::Tree(tree), Any::Tree(x)] = config.item.as_slice() else {
        panic!("{:?}", config.item);
    };
    assert_eq!(tree.values(), sample().values());
    assert_eq!(tree.find("inner"), sample().find("inner"));
    assert_eq!(x.string(), Ok("x"));
}

fn sample_as(key: &str) -> Block {
    let mut block = Block::new(key);
    block.append(sample());
    block
}
