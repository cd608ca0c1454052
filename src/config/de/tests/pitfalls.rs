//! What other bindings get wrong: each of these was seen there.

use std::collections::HashMap;

use serde::Deserialize;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Config {
    small: u8,
    report_relative: bool,
    node: Option<Node>,
    pair: Option<(String, u8)>,
    limits: HashMap<String, f64>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Node {
    #[serde(rename = "$argument")]
    name: Option<String>,
    port: u16,
}

#[test]
fn integers_do_not_saturate() {
    for number in [300.7, -1.0, f64::NAN, 256.0, 0.5] {
        assert!(read::<Config>([key!("Small", number)]).is_err(), "{number}");
    }
}

#[test]
fn a_duplicate_is_named() {
    let text = refused::<Config>([key!("Small", 1), key!("Small", 2)]);
    assert_eq!(text, "Small: given twice: 1, 2");
}

#[test]
fn argument_and_children_of_a_block() {
    let config: Config = read([block!("Node", "a"; key!("Port", 1))]).unwrap();
    assert_eq!(config.node, Some(Node { name: Some("a".into()), port: 1 }));
}

#[test]
fn a_single_nested_block_is_a_struct() {
    let config: Config = read([block!("Node"; key!("Port", 1))]).unwrap();
    assert_eq!(config.node, Some(Node { name: None, port: 1 }));
}

#[test]
fn an_empty_block_is_not_a_missing_one() {
    let config: Config = read([block!("Node";)]).unwrap();
    assert_eq!(config.node, Some(Node::default()));
}

#[test]
fn map_tuple_flatten_untagged_any() {
    let config: Config = read([key!("Pair", "a", 1), block!("Limits"; key!("Cpu", 0.5))]).unwrap();
    assert_eq!(config.pair, Some(("a".into(), 1)));
    assert_eq!(config.limits["Cpu"], 0.5);

    #[derive(Debug, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        config: Config2,
    }
    #[derive(Debug, Deserialize)]
    struct Config2 {
        value: Untagged,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u8),
        Text(String),
    }
    let flat: Flat = read([key!("value", "a")]).unwrap();
    assert_eq!(flat.config.value, Untagged::Text("a".into()));
    let flat: Flat = read([key!("value", 3)]).unwrap();
    assert_eq!(flat.config.value, Untagged::Number(3));
}

#[test]
fn keys_have_no_case() {
    let config: Config = read([key!("reportrelative", true), key!("SMALL", 2)]).unwrap();
    assert!(config.report_relative);
    assert_eq!(config.small, 2);
}

#[test]
fn errors_have_paths() {
    let text = refused::<Config>([block!("Node", "a"; key!("Port", "x"))]);
    assert_eq!(text, "<Node \"a\">: Port: \"x\" is a string, expected a number from 0 to 65535");
}

#[test]
fn quoted_booleans_are_no_error() {
    let config: Config = read([key!("ReportRelative", "true")]).unwrap();
    assert!(config.report_relative);
}

#[test]
fn a_second_block_is_merged() {
    let mut first = plugin([key!("Small", 1)]);
    first.append(plugin([key!("ReportRelative", true)]));
    let config: Config = from_block(&first).unwrap();
    assert!(config.small == 1 && config.report_relative);
    first.append(plugin([key!("Small", 2)]));
    assert_eq!(message(from_block::<Config>(&first)), "Small: given twice: 1, 2");
}
