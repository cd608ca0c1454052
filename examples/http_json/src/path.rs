//! Ways to numbers in JSON.

use std::str::FromStr;

use collectd::Name;
use serde_json::Value;

/// What stands in `<Key "nodes/*/load">`: keys of objects and places in arrays, counted from 0; `*` is any of them. In a
/// key `~1` is a slash, and `~0` a tilde.
#[derive(Debug, PartialEq)]
pub(crate) struct Path(Vec<Step>);

#[derive(Debug, PartialEq)]
enum Step {
    Each,
    Key(String),
}

/// Why a text is no path.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum PathError {
    #[error("there is nothing between two slashes, or before or after one")]
    Empty,
    #[error("after a tilde comes 0, for the tilde itself, or 1, for a slash")]
    Tilde,
}

/// Something that was found: what `*` stood for, and the value.
#[derive(Debug, PartialEq)]
pub(crate) struct Found<'v> {
    /// With `-` between them, and no more of it than a name has room for: of a long key each thing below it has a copy.
    pub(crate) names: String,
    pub(crate) value: &'v Value,
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Ok(Path(text.split('/').map(step).collect::<Result<_, _>>()?))
    }
}

fn step(text: &str) -> Result<Step, PathError> {
    match text {
        "" => Err(PathError::Empty),
        "*" => Ok(Step::Each),
        _ if text.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1'])) => Err(PathError::Tilde),
        _ => Ok(Step::Key(text.replace("~1", "/").replace("~0", "~"))),
    }
}

impl Path {
    /// The last key that is named, for want of another type instance.
    pub(crate) fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Each => None,
        })
    }

    /// Everything that this leads to.
    pub(crate) fn find<'v>(&self, value: &'v Value) -> Vec<Found<'v>> {
        let start = vec![Found { names: String::new(), value }];
        self.0.iter().fold(start, |found, step| found.into_iter().flat_map(|found| follow(step, found)).collect())
    }
}

fn follow<'v>(step: &Step, Found { names, value }: Found<'v>) -> Vec<Found<'v>> {
    let named = |name: &str, value| {
        let mut names = if names.is_empty() { name.to_owned() } else { format!("{names}-{name}") };
        let end = (0..=names.len().min(Name::MAX_LEN)).rev().find(|end| names.is_char_boundary(*end));
        names.truncate(end.unwrap_or_default());
        names.shrink_to_fit();
        Found { names, value }
    };
    match (step, value) {
        (Step::Each, Value::Object(object)) => object.iter().map(|(name, value)| named(name, value)).collect(),
        (Step::Each, Value::Array(array)) => {
            array.iter().enumerate().map(|(place, value)| named(&place.to_string(), value)).collect()
        }
        (Step::Key(key), Value::Object(object)) => {
            object.get(key).map(|value| Found { names, value }).into_iter().collect()
        }
        (Step::Key(key), Value::Array(array)) => {
            let value = key.parse().ok().and_then(|place: usize| array.get(place));
            value.map(|value| Found { names, value }).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn find(path: &str, value: &Value) -> Vec<(String, Value)> {
        let found = path.parse::<Path>().unwrap().find(value).into_iter();
        found.map(|found| (found.names, found.value.clone())).collect()
    }

    #[test]
    fn keys_places_and_all_of_them() {
        let value = json!({"a": {"b": [10, {"c": 20}], "x/y": 30, "t~": 40}, "b": {"b": [50]}, "c": 60});
        let named = |names: &str, number: i32| (names.to_owned(), json!(number));
        assert_eq!(find("c", &value), [named("", 60)]);
        assert_eq!(find("a/b/0", &value), [named("", 10)]);
        assert_eq!(find("a/b/1/c", &value), [named("", 20)]);
        assert_eq!(find("*/b/0", &value), [named("a", 10), named("b", 50)]);
        assert_eq!(find("*/b/*/c", &value), [named("a-1", 20)]);
        assert_eq!(find("a/x~1y", &value), [named("", 30)]);
        assert_eq!(find("a/t~0", &value), [named("", 40)]);
        for path in ["d", "c/d", "a/b/2", "a/b/-1", "a/b/c", "c/*", "a/b/0/*"] {
            assert_eq!(find(path, &value), [], "{path}");
        }
    }

    #[test]
    fn a_long_key_is_not_there_once_for_each_of_its_values() {
        let value = json!({"é".repeat(10_000): [1, 2, {"x".repeat(10_000): 3}]});
        let found = ["*/*", "*/*/*"].map(|path| find(path, &value)).concat();
        let lengths: Vec<_> = found.iter().map(|(names, _)| names.len()).collect();
        assert_eq!(lengths, [127; 4]);
        assert!(found.iter().all(|(names, _)| names.starts_with("éé")));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", "/a", "a/", "a//b"] {
            assert_eq!(path.parse::<Path>(), Err(PathError::Empty), "{path}");
        }
        for path in ["~", "a~", "a/~2/b", "~01~"] {
            assert_eq!(path.parse::<Path>(), Err(PathError::Tilde), "{path}");
        }
        assert_eq!("a/*/b/*".parse::<Path>().unwrap().last_key(), Some("b"));
        assert_eq!("*".parse::<Path>().unwrap().last_key(), None);
    }

    proptest! {
        #[test]
        fn every_key_can_be_written(keys in prop::collection::vec("[^*].{0,4}", 1..5)) {
            let value = keys.iter().rev().fold(json!(1), |value, key| json!({key: value}));
            let path: Vec<_> = keys.iter().map(|key| key.replace('~', "~0").replace('/', "~1")).collect();
            prop_assert_eq!(find(&path.join("/"), &value), [(String::new(), json!(1))]);
        }

        #[test]
        fn any_path_leads_somewhere_or_nowhere(path: String) {
            if let Ok(path) = path.parse::<Path>() {
                path.find(&json!({"a": [1, {"b": [[]]}], "*": {}}));
            }
        }
    }
}
