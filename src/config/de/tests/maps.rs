use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::*;
use crate::config::ErrorKind;

#[derive(Debug, Deserialize)]
struct Config<T> {
    item: T,
}

fn item<T: serde::de::DeserializeOwned>(children: impl IntoIterator<Item = Block>) -> Result<T, Error> {
    read::<Config<T>>(children).map(|config| config.item)
}

fn map<T>(entries: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[test]
fn the_keys_of_the_whole_configuration() {
    let config: HashMap<String, f64> = read([key!("A", 1), key!("B", 2)]).unwrap();
    assert_eq!(config, HashMap::from([("A".to_owned(), 1.0), ("B".to_owned(), 2.0)]));
    assert!(read::<HashMap<String, f64>>([]).unwrap().is_empty());
    let text = refused::<HashMap<String, f64>>([key!("A", 1), key!("a", 2)]);
    assert_eq!(text, "A: given twice: 1, 2");
    let text = refused::<HashMap<String, u8>>([key!("A", 300)]);
    assert_eq!(text, "A: 300 does not fit, expected a number from 0 to 255");
    let text = message(from_block::<HashMap<String, u8>>(&key!("Plugin", "a")));
    assert_eq!(text, "unexpected argument: \"a\"");
}

#[test]
fn without_arguments_the_children_are_the_entries() {
    let limits = block!("Item"; key!("Cpu", 3), key!("Memory", 4), key!("cpu", 5));
    assert_eq!(item::<BTreeMap<String, Vec<u8>>>([limits]), Ok(map([("Cpu", vec![3, 5]), ("Memory", vec![4])])));
    assert_eq!(item::<BTreeMap<String, u8>>([block!("Item";)]), Ok(map([])));
    let twice = [block!("Item"; key!("A", 1)), block!("Item"; key!("B", 1))];
    assert_eq!(message(item::<BTreeMap<String, u8>>(twice)), "Item: given twice");
}

#[test]
fn the_first_argument_is_the_key() {
    let lines = [key!("Item", "cpu", 3), key!("Item", "CPU", 4)];
    assert_eq!(item::<BTreeMap<String, u8>>(lines), Ok(map([("CPU", 4), ("cpu", 3)])));
    let lines = [key!("Item", "a", 1, 2), key!("Item", "b"), key!("Item", "a", 3)];
    let lists = item::<BTreeMap<String, Vec<u8>>>([lines[0].clone(), lines[2].clone()]);
    assert_eq!(lists, Ok(map([("a", vec![1, 2, 3])])));

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    #[derive(Default)]
    struct Node {
        x: u8,
    }
    let nodes = [block!("Item", "a"; key!("X", 1)), key!("Item", "b")];
    assert_eq!(item::<BTreeMap<String, Node>>(nodes), Ok(map([("a", Node { x: 1 }), ("b", Node { x: 0 })])));
}

#[test]
fn keys_are_values_of_any_type() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    enum Level {
        High,
        Low,
    }
    let ports = [key!("Item", 80, "http"), key!("Item", 443, "https")];
    let expected = BTreeMap::from([(80, "http".to_owned()), (443, "https".to_owned())]);
    assert_eq!(item::<BTreeMap<u16, String>>(ports), Ok(expected));
    let levels = [block!("Item"; key!("HIGH", 1), key!("low", 2))];
    let expected = BTreeMap::from([(Level::High, 1), (Level::Low, 2)]);
    assert_eq!(item::<BTreeMap<Level, u8>>(levels), Ok(expected));
    let levels = [key!("Item", "high", 1)];
    assert_eq!(item::<BTreeMap<Level, u8>>(levels), Ok(BTreeMap::from([(Level::High, 1)])));
}

#[test]
fn maps_refuse_what_is_ambiguous() {
    let twice = [key!("Item", "a", 1), key!("Item", "a", 2)];
    let error = item::<BTreeMap<String, u8>>(twice).unwrap_err();
    assert_eq!(error.to_string(), "Item \"a\": given twice: 1, 2");
    assert_eq!(error.kind(), ErrorKind::GivenTwice);
    let mixed = [key!("Item", "a", 1), block!("Item"; key!("B", 2))];
    let text = message(item::<BTreeMap<String, u8>>(mixed));
    assert_eq!(text, "Item: missing argument: the others of this key have one");
    let text = message(item::<BTreeMap<String, u8>>([key!("Item", "a")]));
    assert_eq!(text, "Item \"a\": no value given after \"a\", expected a number from 0 to 255");
    let text = message(item::<BTreeMap<String, u8>>([key!("Item", 1, 2)]));
    assert_eq!(text, "Item: 1 is a number, expected a string (write it in quotes)");
    let text = message(item::<BTreeMap<String, u8>>([key!("Item", "a", 300)]));
    assert_eq!(text, "Item \"a\": 300 does not fit, expected a number from 0 to 255");
}
