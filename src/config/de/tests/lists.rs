use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
struct List<T> {
    item: T,
}

fn list<T: serde::de::DeserializeOwned>(children: impl IntoIterator<Item = Block>) -> Result<T, Error> {
    read::<List<T>>(children).map(|list| list.item)
}

#[test]
fn values_of_one_line_of_many_lines_or_of_both() {
    let expected = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let one = [key!("Item", "a", "b", "c")];
    let many = [key!("Item", "a"), key!("item", "b"), key!("ITEM", "c")];
    let both = [key!("Item", "a", "b"), key!("Item", "c")];
    assert_eq!(list::<Vec<String>>(one), Ok(expected.clone()));
    assert_eq!(list::<Vec<String>>(many), Ok(expected.clone()));
    assert_eq!(list::<Vec<String>>(both), Ok(expected));
}

#[test]
fn one_value_is_a_list_of_one() {
    assert_eq!(list::<Vec<u16>>([key!("Item", 1)]), Ok(vec![1]));
    assert_eq!(list::<Vec<Option<u16>>>([key!("Item", 1)]), Ok(vec![Some(1)]));
    assert_eq!(list::<BTreeSet<bool>>([key!("Item", true, true)]), Ok(BTreeSet::from([true])));
}

#[test]
fn no_line_is_a_missing_list() {
    assert_eq!(message(list::<Vec<u16>>([])), "missing key \"item\"");
    assert_eq!(list::<Option<Vec<u16>>>([]), Ok(None));
    assert_eq!(list::<Option<Vec<u16>>>([key!("Item", 1, 2)]), Ok(Some(vec![1, 2])));
}

#[test]
fn the_value_at_fault_is_named() {
    let text = message(list::<Vec<u16>>([key!("Item", 1, 70000, 2)]));
    assert_eq!(text, "Item: 70000 does not fit, expected a number from 0 to 65535");
    let text = message(list::<Vec<u16>>([key!("Item", 1), block!("Item", 2; key!("A", 1))]));
    assert_eq!(text, "<Item 2>: a block found, expected a number from 0 to 65535");
    let text = message(list::<Vec<u16>>([key!("Item", 1), key!("Item")]));
    assert_eq!(text, "<Item>: nothing found, expected a number from 0 to 65535");
}

#[test]
fn tuples_are_lines() {
    type Pair = (String, u16);
    let item = || key!("Item", "a", 1);
    assert_eq!(list::<Pair>([item()]), Ok(("a".into(), 1)));
    assert_eq!(list::<Vec<Pair>>([item()]), Ok(vec![("a".into(), 1)]));
    assert_eq!(list::<Vec<Pair>>([item(), key!("Item", "b", 2)]), Ok(vec![("a".into(), 1), ("b".into(), 2)]));
    assert_eq!(list::<[f64; 3]>([key!("Item", 1, 2.5, 3)]), Ok([1.0, 2.5, 3.0]));
    assert_eq!(list::<(String,)>([key!("Item", "a")]), Ok(("a".into(),)));
}

#[test]
fn tuples_of_the_wrong_size_or_type_are_refused() {
    type Pair = (String, u16);
    let text = message(list::<Pair>([key!("Item", "a")]));
    assert_eq!(text, "Item: a value is missing after \"a\"");
    let text = message(list::<Pair>([key!("Item", "a", 1, 2)]));
    assert_eq!(text, "Item: at most 2 values expected, 3 given: \"a\" 1 2");
    let text = message(list::<(String,)>([key!("Item", "a", 1)]));
    assert_eq!(text, "Item: at most 1 value expected, 2 given: \"a\" 1");
    let text = message(list::<Pair>([key!("Item", "a", 1), key!("Item", "b", 2)]));
    assert_eq!(text, "Item: given twice: \"a\" 1, \"b\" 2");
    let text = message(list::<Vec<Pair>>([key!("Item", "a", 1), key!("Item", "b", -2)]));
    assert_eq!(text, "Item: -2 does not fit, expected a number from 0 to 65535");
    let text = message(list::<Pair>([block!("Item", "a", 1; key!("B", 1))]));
    assert_eq!(text, "<Item \"a\" 1>: a block found, expected a list of values");
}

#[test]
fn trailing_options_of_tuples_may_be_missing() {
    type Three = (String, Option<u16>, Option<bool>);
    assert_eq!(list::<Three>([key!("Item", "a")]), Ok(("a".into(), None, None)));
    assert_eq!(list::<Three>([key!("Item", "a", 1)]), Ok(("a".into(), Some(1), None)));
    assert_eq!(list::<Three>([key!("Item", "a", 1, true)]), Ok(("a".into(), Some(1), Some(true))));
    let text = message(list::<Three>([key!("Item", "a", true)]));
    assert_eq!(text, "Item: true is a boolean, expected a number from 0 to 65535");
}

#[test]
fn tuple_structs_are_tuples() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Range(u8, u8);
    assert_eq!(list::<Vec<Range>>([key!("Item", 1, 2)]), Ok(vec![Range(1, 2)]));
    assert!(list::<Range>([key!("Item", 1)]).is_err());
}

#[test]
fn lists_of_lists_are_lines() {
    let rows = [key!("Item", 1, 2), key!("Item", 3)];
    assert_eq!(list::<Vec<Vec<u8>>>(rows), Ok(vec![vec![1, 2], vec![3]]));
    assert_eq!(list::<Vec<Vec<u8>>>([key!("Item", 1, 2)]), Ok(vec![vec![1, 2]]));
}

#[test]
fn lists_of_structs_are_blocks() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        x: u8,
    }
    let points = [block!("Item"; key!("X", 1)), block!("Item"; key!("X", 2))];
    assert_eq!(list::<Vec<Point>>(points), Ok(vec![Point { x: 1 }, Point { x: 2 }]));
    let points = [block!("Item"; key!("X", 1)), block!("Item"; key!("X", 300))];
    let text = message(list::<Vec<Point>>(points));
    assert_eq!(text, "<Item>: X: 300 does not fit, expected a number from 0 to 255");
    let points = [block!("Item"; key!("X", 1)), block!("Item";)];
    assert_eq!(message(list::<Vec<Point>>(points)), "<Item>: missing key \"x\"");
}

#[test]
fn elements_that_take_nothing_come_to_an_end() {
    #[derive(Debug, PartialEq)]
    struct Nothing;
    impl<'de> Deserialize<'de> for Nothing {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Nothing)
        }
    }
    let lines = [key!("Item", 1, 2), key!("Item", 3)];
    assert_eq!(list::<Vec<Nothing>>(lines), Ok(vec![Nothing, Nothing]));
}

#[test]
fn a_list_of_values_cannot_be_the_whole_configuration() {
    assert!(read::<Vec<String>>([]).is_ok_and(|list| list.is_empty()));
    let text = refused::<Vec<String>>([key!("A", "b")]);
    assert_eq!(text, "a block found, expected a string");
    #[derive(Debug, Deserialize)]
    struct Any {}
    let text = refused::<Vec<Any>>([key!("A", "b")]);
    assert_eq!(text, "a list of these cannot be the whole configuration");
    assert!(refused::<(String, u8)>([key!("A", "b")]).contains("a block found"));
}
