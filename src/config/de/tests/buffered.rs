//! Types for which serde collects the configuration in a buffer first.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Common {
    timeout: u16,
    #[serde(default)]
    hosts: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Flat {
    #[serde(rename = "$argument")]
    name: Option<String>,
    port: Option<u16>,
    #[serde(flatten)]
    common: Common,
}

#[test]
fn flatten() {
    let config: Flat = read([key!("Port", 1), key!("Timeout", 5), key!("Hosts", "a", "b")]).unwrap();
    assert_eq!(config.port, Some(1));
    assert_eq!(config.common, Common { timeout: 5, hosts: vec!["a".into(), "b".into()] });
    assert_eq!(refused::<Flat>([key!("Port", 1)]), "missing key \"Timeout\"");
    assert_eq!(refused::<Flat>([key!("Timeout", 70000)]), "70000 does not fit, expected a number from 0 to 65535");
    assert_eq!(refused::<Flat>([key!("Timeout", 1.5)]), "1.5 is not a whole number, expected a number from 0 to 65535");
    assert_eq!(
        refused::<Flat>([key!("Port", "x"), key!("Timeout", 5)]),
        "Port: \"x\" is a string, expected a number from 0 to 65535"
    );
}

#[test]
fn flatten_and_arguments() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        one: Flat,
        all: All,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct All {
        #[serde(rename = "$arguments")]
        address: (String, Option<u16>),
        #[serde(flatten)]
        common: Common,
    }
    let one = || block!("One", "a"; key!("Timeout", 5));
    let config: Outer = read([one(), block!("All", "b"; key!("Timeout", 6))]).unwrap();
    assert_eq!(config.one.name.as_deref(), Some("a"));
    assert_eq!(config.all.address, ("b".into(), None));
    let config: Outer = read([one(), block!("All", "b", 7; key!("Timeout", 6))]).unwrap();
    assert_eq!(config.all.address, ("b".into(), Some(7)));
    let text = refused::<Outer>([one(), one(), block!("All", "b"; key!("Timeout", 6))]);
    assert!(text.contains("given twice"), "{text}");
}

#[test]
fn the_rest_in_a_map() {
    #[derive(Debug, Deserialize)]
    struct Rest {
        #[serde(rename = "$argument")]
        name: String,
        #[serde(flatten)]
        rest: HashMap<String, Block>,
    }
    #[derive(Debug, Deserialize)]
    struct Outer {
        item: Rest,
    }
    let item = block!("Item", "a"; key!("B", 1, "x"), block!("C", "d"; key!("E", true)), key!("F", 1), key!("F", 2));
    let config = read::<Outer>([item]).unwrap().item;
    assert_eq!(config.name, "a");
    assert_eq!(config.rest.len(), 3, "{:?}", config.rest);
    assert_eq!(config.rest["B"], key!("", 1, "x"));
    assert_eq!(config.rest["C"], block!("", "d"; key!("E", true)));
    assert_eq!(config.rest["F"], key!("", 1, 2));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Name(String),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Node {
    Name(String),
    Full {
        #[serde(rename = "$argument")]
        name: String,
        #[serde(rename = "Weight")]
        weight: u8,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Untagged {
    #[serde(default)]
    port: Vec<Port>,
    #[serde(default)]
    node: Vec<Node>,
    only: Option<Port>,
}

#[test]
fn untagged() {
    let config: Untagged = read([
        key!("Port", 80, "http"),
        key!("Port", 443),
        key!("Node", "a"),
        block!("Node", "b"; key!("Weight", 2)),
        key!("Only", "x"),
    ])
    .unwrap();
    let name = |name: &str| Port::Name(name.into());
    assert_eq!(config.port, [Port::Number(80), name("http"), Port::Number(443)]);
    assert_eq!(config.node, [Node::Name("a".into()), Node::Full { name: "b".into(), weight: 2 }]);
    assert_eq!(config.only, Some(name("x")));
}

#[test]
fn untagged_refuses_with_path_and_value() {
    let text = refused::<Untagged>([key!("Only", 1.5)]);
    assert!(text.starts_with("Only: 1.5: data did not match any variant"), "{text}");
    let text = refused::<Untagged>([key!("Port", 80, true)]);
    assert!(text.starts_with("Port: true: data did not match any variant"), "{text}");
    let text = refused::<Untagged>([block!("Node", "b"; key!("Weight", 300))]);
    assert!(text.starts_with("<Node \"b\">: data did not match"), "{text}");
}

#[test]
fn an_argument_as_the_tag() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "$argument")]
    enum Target {
        #[serde(rename = "http")]
        Http {
            #[serde(rename = "Port")]
            port: u16,
        },
        #[serde(rename = "null")]
        Null,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Config {
        target: Vec<Target>,
    }
    let http = |port| block!("Target", "http"; key!("Port", port));
    assert_eq!(read::<Config>([http(1), http(2)]).unwrap().target[1], Target::Http { port: 2 });
    let text = refused::<Config>([http(-1)]);
    assert_eq!(text, "<Target \"http\">: -1 does not fit, expected a number from 0 to 65535");
}

#[test]
fn ignored_and_any() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        #[serde(rename = "Legacy")]
        _legacy: Option<IgnoredAny>,
        #[serde(rename = "Many")]
        many: Option<Vec<IgnoredAny>>,
    }
    let anything = || block!("Legacy", "a", 1; key!("B", 2));
    assert!(read::<Config>([anything()]).is_ok());
    assert!(read::<Config>([anything(), anything()]).is_ok());
    let config: Config = read([key!("Many", 1, 2), block!("Many"; key!("B", 2))]).unwrap();
    assert_eq!(config.many.unwrap().len(), 3);
    assert!(read::<IgnoredAny>([anything()]).is_ok());
}

#[test]
fn keys_in_a_buffer_are_exact() {
    // Not as it should be, but serde gives no way to know the names: documented.
    assert_eq!(refused::<Flat>([key!("timeout", 5)]), "missing key \"Timeout\"");
}
