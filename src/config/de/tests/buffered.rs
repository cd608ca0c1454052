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
    assert_eq!(
        refused::<Flat>([key!("Timeout", 70000)]),
        "Timeout: 70000 does not fit, expected a number from 0 to 65535"
    );
    assert_eq!(
        refused::<Flat>([key!("Timeout", 1.5)]),
        "Timeout: 1.5 is not a whole number, expected a number from 0 to 65535"
    );
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

#[derive(Debug, Deserialize)]
struct Nested {
    #[serde(flatten)]
    _inner: Loose,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Loose {
    _address: Option<std::net::IpAddr>,
    _mode: Option<Mode>,
    _one: Option<u8>,
    _two: Option<bool>,
    _queue: Option<Queue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Queue {
    _length: Option<u8>,
}

#[derive(Debug, Deserialize)]
enum Mode {
    Fast,
    Slow,
}

#[test]
fn flatten_names_the_line_with_the_value() {
    let queue = |line| block!("Queue"; line);
    let text = refused::<Nested>([queue(key!("Length", 300))]);
    assert_eq!(text, "<Queue>: Length: 300 does not fit, expected a number from 0 to 255");
    let text = refused::<Nested>([queue(key!("Lenght", 3))]);
    assert_eq!(text, "<Queue>: unknown field \"Lenght\", expected \"Length\"");
    let text = refused::<Nested>([key!("Mode", "fats"), key!("One", 1)]);
    assert!(text.starts_with("Mode: unknown value \"fats\", expected "), "{text}");
    let text = refused::<Nested>([key!("Two", "maybe")]);
    assert_eq!(text, "Two: \"maybe\" is a string, expected a boolean (true or false)");
    // It may be either.
    let text = refused::<Nested>([key!("One", 300), key!("Else", 300, 300)]);
    assert_eq!(text, "One or Else: 300 does not fit, expected a number from 0 to 255");
    let five = ["A", "B", "C", "D", "E"].map(|key| key!(key, 300));
    let text = refused::<Nested>(five.into_iter().chain([key!("One", 300)]));
    assert_eq!(text, "300 does not fit, expected a number from 0 to 255");
    // Not all types say which value it was.
    assert_eq!(refused::<Nested>([key!("Address", "300.1.1.1")]), "invalid IP address syntax");
}

#[test]
fn a_place_that_is_known_stays() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(rename = "A")]
        _a: Option<HashMap<String, u8>>,
        #[serde(rename = "Backends")]
        _backends: Option<Vec<Mode>>,
        #[serde(rename = "Unit")]
        _unit: Option<()>,
    }
    let text = refused::<Strict>([block!("A"; key!("B", 1)), key!("B", 1)]);
    assert!(text.starts_with("unknown field \"B\", expected one of \"A\""), "{text}");
    let text = refused::<Strict>([block!("Backends"; key!("Slow", true), block!("Quick"; key!("Quick", 1)))]);
    assert!(text.starts_with("<Backends>: unknown field \"Quick\", "), "{text}");
    let text = refused::<Strict>([block!("Unit"; block!("B"; key!("B", 1)))]);
    assert_eq!(text, "<Unit>: unknown field \"B\", none is expected");
}

#[test]
fn flattened_lists() {
    #[derive(Debug, Deserialize)]
    struct Lists {
        #[serde(flatten)]
        inner: InnerLists,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct InnerLists {
        #[serde(deserialize_with = "crate::config::list")]
        word: Vec<String>,
        #[serde(deserialize_with = "crate::config::list")]
        number: Vec<u8>,
        #[serde(deserialize_with = "crate::config::list")]
        float: Vec<f64>,
        #[serde(deserialize_with = "crate::config::list")]
        switch: Vec<bool>,
        #[serde(deserialize_with = "crate::config::list")]
        node: Vec<Node>,
    }
    let node = |name: &str| block!("node", name; key!("Weight", 2));
    let one = [key!("word", "a"), key!("number", 1), key!("float", -1), key!("switch", true), node("n")];
    let inner = read::<Lists>(one.clone()).unwrap().inner;
    let full = |name: &str| Node::Full { name: name.into(), weight: 2 };
    let expected = InnerLists {
        word: vec!["a".into()],
        number: vec![1],
        float: vec![-1.0],
        switch: vec![true],
        node: vec![full("n")],
    };
    assert_eq!(inner, expected);
    // Not flattened it is a list like any other.
    assert_eq!(read::<InnerLists>(one.clone()).unwrap(), expected);
    let more = [key!("word", "b"), key!("number", 2), key!("float", 0.5), key!("switch", false), node("m")];
    let inner = read::<Lists>(one.clone().into_iter().chain(more.clone())).unwrap().inner;
    let expected = InnerLists {
        word: vec!["a".into(), "b".into()],
        number: vec![1, 2],
        float: vec![-1.0, 0.5],
        switch: vec![true, false],
        node: vec![full("n"), full("m")],
    };
    assert_eq!(inner, expected);
    assert_eq!(read::<InnerLists>(one.into_iter().chain(more)).unwrap(), expected);
    let text = refused::<InnerLists>([key!("word", 1)]);
    assert_eq!(text, "word: 1 is a number, expected a string (write it in quotes)");
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
    assert_eq!(text, "<Target \"http\">: Port: -1 does not fit, expected a number from 0 to 65535");
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
