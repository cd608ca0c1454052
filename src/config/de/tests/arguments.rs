use serde::Deserialize;

use super::*;
use crate::config::ErrorKind;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Node {
    #[serde(rename = "$argument")]
    name: String,
    #[serde(default)]
    weight: u8,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Server {
    #[serde(rename = "$arguments")]
    address: (String, Option<String>),
    max_packet_size: Option<u16>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    node: Vec<Node>,
    #[serde(default)]
    server: Vec<Server>,
}

#[test]
fn one_argument() {
    let config: Config =
        read([block!("Node", "a"; key!("Weight", 3)), key!("Node", "b"), block!("NODE", "c";)]).unwrap();
    let names: Vec<(&str, u8)> = config.node.iter().map(|n| (n.name.as_str(), n.weight)).collect();
    assert_eq!(names, [("a", 3), ("b", 0), ("c", 0)]);
}

#[test]
fn one_argument_is_not_none_or_two() {
    let error = read::<Config>([block!("Node"; key!("Weight", 3))]).unwrap_err();
    assert_eq!(error.to_string(), "<Node>: missing argument");
    assert_eq!(error.kind(), ErrorKind::MissingKey);
    let error = read::<Config>([key!("Node", "a", "b")]).unwrap_err();
    assert_eq!(error.to_string(), "Node: one argument expected, 2 given: \"a\" \"b\"");
    assert_eq!(error.kind(), ErrorKind::WrongCount);
    let text = refused::<Config>([block!("Node", 7; key!("Weight", 3))]);
    assert_eq!(text, "<Node 7>: 7 is a number, expected a string (write it in quotes)");
}

#[test]
fn an_optional_argument() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        #[serde(rename = "$argument")]
        name: Option<String>,
        #[serde(rename = "URL")]
        url: Option<String>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Pages {
        page: Page,
    }
    let page = |block| read::<Pages>([block]).map(|config| config.page.name);
    assert_eq!(page(block!("Page"; key!("Url", "x"))), Ok(None));
    assert_eq!(page(block!("Page", "a"; key!("Url", "x"))), Ok(Some("a".into())));
    assert_eq!(page(key!("Page", "a")), Ok(Some("a".into())));
    assert!(page(key!("Page", "a", "b")).is_err());
}

#[test]
fn lines_and_blocks_in_one_list() {
    let config: Config = read([
        key!("Server", "a", "1"),
        block!("Server", "b", "2"; key!("MaxPacketSize", 1024)),
        key!("Server", "c"),
        block!("Server", "d"; key!("MaxPacketSize", 9000)),
    ])
    .unwrap();
    let server = |host: &str, port: Option<&str>, max_packet_size| Server {
        address: (host.into(), port.map(Into::into)),
        max_packet_size,
    };
    let expected = [
        server("a", Some("1"), None),
        server("b", Some("2"), Some(1024)),
        server("c", None, None),
        server("d", None, Some(9000)),
    ];
    assert_eq!(config.server, expected);
}

#[test]
fn a_single_line_is_a_list_of_one_struct() {
    let config: Config = read([key!("Server", "a", "1")]).unwrap();
    assert_eq!(config.server.len(), 1);
}

#[test]
fn arguments_have_the_path_of_their_block() {
    let text = refused::<Config>([block!("Server", "a", 25826; key!("MaxPacketSize", 1))]);
    assert_eq!(text, "<Server \"a\" 25826>: 25826 is a number, expected a string (write it in quotes)");
    let text = refused::<Config>([key!("Server", "a", "b", "c")]);
    assert_eq!(text, "Server: at most 2 values expected, 3 given: \"a\" \"b\" \"c\"");
    let text = refused::<Config>([block!("Server"; key!("MaxPacketSize", 1))]);
    assert_eq!(text, "<Server>: no value given");
    let text = refused::<Config>([block!("Server", "example.org"; key!("MaxPacketSize", 70000))]);
    assert_eq!(text, "<Server \"example.org\">: MaxPacketSize: 70000 does not fit, expected a number from 0 to 65535");
}

#[test]
fn arguments_as_list_struct_option_and_both() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair {
        host: String,
        port: Option<u16>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Items {
        list: List,
        option: Maybe,
        pair: Named,
        both: Both,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct List {
        #[serde(rename = "$arguments")]
        values: Vec<u8>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Maybe {
        #[serde(rename = "$arguments")]
        values: Option<(u8, u8)>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        #[serde(rename = "$arguments", deserialize_with = "pair")]
        values: Pair,
    }
    fn pair<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Pair, D::Error> {
        let (host, port) = <(String, Option<u16>)>::deserialize(deserializer)?;
        Ok(Pair { host, port })
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Both {
        #[serde(rename = "$argument")]
        one: Option<u8>,
        #[serde(rename = "$arguments")]
        all: Vec<u8>,
    }
    let config: Items =
        read([key!("List", 1, 2, 3), block!("Option";), key!("Pair", "a", 80), key!("Both", 5)]).unwrap();
    assert_eq!(config.list.values, [1, 2, 3]);
    assert_eq!(config.option.values, None);
    assert_eq!(config.pair.values, Pair { host: "a".into(), port: Some(80) });
    assert_eq!(config.both, Both { one: Some(5), all: vec![5] });
}

#[test]
fn an_empty_argument_list_is_a_list() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct List {
        #[serde(rename = "$arguments")]
        values: Vec<String>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Lists {
        list: List,
    }
    let config: Lists = read([block!("List";)]).unwrap();
    assert!(config.list.values.is_empty());
}

#[test]
fn arguments_that_nobody_takes_are_refused() {
    #[derive(Debug, Deserialize)]
    struct Plain {
        _x: Option<u8>,
    }
    #[derive(Debug, Deserialize)]
    struct Outer {
        _plain: Plain,
    }
    let text = refused::<Outer>([block!("_Plain", "a", 1; key!("_X", 1))]);
    assert_eq!(text, "<_Plain \"a\" 1>: unexpected argument: \"a\" 1");
    let text = message(from_block::<Plain>(&block!("Plugin", "a"; key!("_X", 1))));
    assert_eq!(text, "unexpected argument: \"a\"");
}

#[test]
fn the_arguments_of_the_plugin_itself() {
    let config: Node = from_block(&block!("Plugin", "first"; key!("Weight", 2))).unwrap();
    assert_eq!(config, Node { name: "first".into(), weight: 2 });
    let config: Server = from_block(&key!("Plugin", "a", "b")).unwrap();
    assert_eq!(config.address.1.as_deref(), Some("b"));
    assert_eq!(message(from_block::<Node>(&key!("Plugin"))), "missing argument");
}
