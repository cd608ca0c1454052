//! A page that is fetched over and over, and what is taken from it.

use std::time::Duration;

use collectd::{Complaint, DataSet, Dispatch, LogLevel, Name, Number, Result, data_set};
use serde_json::Value;

use crate::config::{Key, Url};
use crate::http::{Client, HttpError};
use crate::path::{Found, Path, PathError};

/// A page that is fetched over and over.
pub(crate) struct Page {
    label: String,
    client: Client,
    interval: Duration,
    host: String,
    instance: String,
    max_values: usize,
    wanted: Vec<Wanted>,
    complaint: Complaint,
}

/// A key of the configuration.
struct Wanted {
    /// As it stands there.
    text: String,
    path: Path,
    set: DataSet,
    type_instance: String,
}

/// Why a page cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    #[error("<URL {label:?}>")]
    Http { label: String, source: HttpError },
    #[error("<Key {key:?}>")]
    Path { key: String, source: PathError },
    #[error("<Key {key:?}>: type {type_:?} is not in types.db")]
    UnknownType { key: String, type_: String },
    #[error("<Key {key:?}>: type {type_:?} has {count} values, not one")]
    SeveralValues { key: String, type_: String, count: usize },
}

/// Why a page gave less than it should.
#[derive(Debug, thiserror::Error)]
enum PageError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("the answer is not JSON")]
    Json(#[from] serde_json::Error),
    #[error("{failed} of {all} keys failed: {first}")]
    Keys { failed: usize, all: usize, first: KeyError },
    #[error("there are more than {0} values; the others are left out")]
    TooMany(usize),
}

/// Why there is no value for a key.
#[derive(Debug, thiserror::Error)]
enum KeyError {
    #[error("{key:?} is not there")]
    Missing { key: String },
    #[error("{key:?} is {what}, not a number")]
    Kind { key: String, what: &'static str },
    /// As text: the errors themselves are large.
    #[error("{key:?}: {problem}")]
    Value { key: String, problem: String },
}

impl Page {
    pub(crate) fn new(url: Url) -> Result<Self, SetupError> {
        let label = url.label();
        let client = Client::new(&url.request());
        let client = client.map_err(|source| SetupError::Http { label: label.clone(), source })?;
        let wanted = url.key.into_iter().map(Wanted::new).collect::<Result<_, _>>()?;
        let interval = url.interval.to_duration();
        Ok(Page {
            label,
            client,
            interval,
            host: url.host,
            instance: url.instance,
            max_values: url.max_values,
            wanted,
            complaint: Complaint::new(),
        })
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// 0 stands for that of the plugin.
    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// Fetches it, and dispatches what is wanted. A server that is away is told of in the log, and asked again after the
    /// usual interval: an error would make the daemon wait longer and longer.
    pub(crate) fn read(&self) -> Result {
        match self.try_read() {
            Ok(()) => self.complaint.release(format_args!("{:?} works again", self.label)),
            Err(error) => {
                // With its sources.
                let error = collectd::Error::from(error);
                self.complaint.complain(LogLevel::Warning, format_args!("{:?}: {error}", self.label));
            }
        }
        Ok(())
    }

    fn try_read(&self) -> Result<(), PageError> {
        let value: Value = serde_json::from_slice(&self.client.fetch()?)?;
        let (mut first, mut failed, mut left) = (None, 0, self.max_values);
        for wanted in &self.wanted {
            let found = wanted.path.find(&value);
            let taken = &found[..found.len().min(left)];
            left -= taken.len();
            let is_cut = taken.len() < found.len();
            match self.dispatch(wanted, taken) {
                _ if is_cut => return Err(PageError::TooMany(self.max_values)),
                Ok(()) => {}
                Err(error) => {
                    failed += 1;
                    first.get_or_insert(error);
                }
            }
        }
        match first {
            Some(first) => Err(PageError::Keys { failed, all: self.wanted.len(), first }),
            None => Ok(()),
        }
    }

    /// Dispatches all that a key leads to. Where `*` leads to other things too, one number is enough.
    fn dispatch(&self, wanted: &Wanted, found: &[Found<'_>]) -> Result<(), KeyError> {
        let (mut problem, mut count) = (None, 0);
        for found in found {
            match self.dispatch_one(wanted, found) {
                Ok(()) => count += 1,
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        match problem {
            _ if count > 0 => Ok(()),
            Some(problem) => Err(problem),
            None => Err(KeyError::Missing { key: wanted.text.clone() }),
        }
    }

    fn dispatch_one(&self, wanted: &Wanted, found: &Found<'_>) -> Result<(), KeyError> {
        let key = || wanted.text.clone();
        let number = number(found.value).ok_or_else(|| KeyError::Kind { key: key(), what: kind(found.value) })?;
        let values = wanted.set.values([number]);
        let values = values.map_err(|error| KeyError::Value { key: key(), problem: error.to_string() })?;
        let values = values.host(&self.host).plugin_instance(&self.instance);
        let values = values.type_instance(wanted.type_instance(&found.names));
        values.dispatch().map_err(|error| KeyError::Value { key: key(), problem: error.to_string() })
    }
}

impl Wanted {
    fn new(key: Key) -> Result<Self, SetupError> {
        let (text, type_) = (key.path, key.r#type);
        let path = text.parse().map_err(|source| SetupError::Path { key: text.clone(), source })?;
        let Some(set) = data_set::find(&type_) else { return Err(SetupError::UnknownType { key: text, type_ }) };
        match set.sources().len() {
            1 => Ok(Wanted { text, path, set, type_instance: key.type_instance }),
            count => Err(SetupError::SeveralValues { key: text, type_, count }),
        }
    }

    /// What is configured, then what `*` stood for; or else the last key. Names come from the server: they are cut where
    /// they are too long, and have neither slashes nor what moves the cursor of a terminal.
    fn type_instance(&self, names: &str) -> Name {
        let text = match (self.type_instance.as_str(), names) {
            ("", "") => self.path.last_key().unwrap_or_default().to_owned(),
            ("", one) | (one, "") => one.to_owned(),
            (prefix, names) => format!("{prefix}-{names}"),
        };
        Name::truncated(&text.replace(|c: char| c == '/' || c.is_control(), "_"))
    }
}

/// Also of `true`, and of a number in quotes.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => {
            let integer = number.as_i64().map(Number::from).or_else(|| number.as_u64().map(Number::from));
            integer.or_else(|| number.as_f64().map(Number::from))
        }
        Value::Bool(value) => Some(u8::from(*value).into()),
        Value::String(text) => {
            let text = text.trim();
            let integer = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
            integer.ok().or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Number::from))
        }
        _ => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
        Value::String(_) => "a text",
        Value::Bool(_) | Value::Number(_) => "too large",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_exact_and_come_in_quotes_too() {
        for (value, expected) in [
            (json!(-3), Some(Number::from(-3_i8))),
            (json!(u64::MAX), Some(Number::from(u64::MAX))),
            (json!(1.5), Some(Number::from(1.5))),
            (json!(true), Some(Number::from(1_u8))),
            (json!(" 12 "), Some(Number::from(12_u8))),
            (json!("1e3"), Some(Number::from(1000.0))),
            (json!("18446744073709551615"), Some(Number::from(u64::MAX))),
            (json!("nan"), None),
            (json!("twelve"), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(number(&value), expected, "{value}");
        }
    }

    #[test]
    fn names_from_the_server_are_harmless() {
        let wanted = |type_instance: &str, path: &str| {
            let set = "gauge value:GAUGE:U:U".parse().unwrap();
            Wanted { text: path.into(), path: path.parse().unwrap(), set, type_instance: type_instance.into() }
        };
        assert_eq!(wanted("", "a/b").type_instance(""), "b");
        assert_eq!(wanted("x", "a/b").type_instance(""), "x");
        assert_eq!(wanted("", "a/*").type_instance("1"), "1");
        assert_eq!(wanted("x", "a/*").type_instance("1"), "x-1");
        assert_eq!(wanted("", "*").type_instance("\x1b[2J/\n\0"), "_[2J___");
        assert_eq!(wanted("", "*").type_instance(&"é".repeat(100)).as_bytes().len(), 126);
    }
}
