//! What the test host reports: `kind key=value key="text"`, one event a line.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// One thing that happened: its kind, and named fields in the order in which they were reported.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    line: String,
    kind: String,
    fields: Vec<(String, Vec<u8>)>,
}

/// The value of one entry of meta data.
#[derive(Debug, Clone, PartialEq)]
pub enum Meta {
    /// Text, whatever its encoding.
    Text(Vec<u8>),
    /// A signed integer.
    Signed(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A floating-point number.
    Double(f64),
    /// A truth value.
    Boolean(bool),
}

impl Event {
    /// Reads one line as the test host prints it; of any other line something is made, too.
    #[must_use]
    pub fn parse(line: &str) -> Event {
        let (kind, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut fields = Vec::new();
        while let Some((key, after)) = rest.trim_start().split_once('=') {
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => unquote(quoted),
                None => {
                    let (word, after) = after.split_at(after.find(' ').unwrap_or(after.len()));
                    (word.as_bytes().to_vec(), after)
                }
            };
            fields.push((key.to_owned(), value));
            rest = after;
        }
        Event { line: line.to_owned(), kind: kind.to_owned(), fields }
    }

    /// What happened: `log`, `dispatch`, `register`, `free`, `returned` and so on.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The bytes of a field, if it is there.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_slice())
    }

    /// A field as text, whatever its encoding; empty if it is not there.
    #[must_use]
    pub fn lossy(&self, key: &str) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(key).unwrap_or_default())
    }

    /// A field that counts something; 0 if it is not there, or is no number.
    #[must_use]
    pub fn count(&self, key: &str) -> i64 {
        self.lossy(key).parse().unwrap_or(0)
    }

    /// All that count and whose names end like this, each with the rest of its name.
    pub fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, i64)> {
        let count = |value: &[u8]| std::str::from_utf8(value).ok()?.parse().ok();
        self.fields.iter().filter_map(move |(key, value)| Some((key.strip_suffix(end)?, count(value)?)))
    }

    /// A field as text.
    ///
    /// # Panics
    ///
    /// When the event lacks it, or it is not UTF-8.
    #[must_use]
    #[track_caller]
    pub fn text(&self, key: &str) -> &str {
        let bytes = self.bytes(key).unwrap_or_else(|| panic!("no {key} in {self:?}"));
        std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{key} is not UTF-8 in {self:?}"))
    }

    /// A field as a number.
    ///
    /// # Panics
    ///
    /// When the event lacks it, or it is no such number.
    #[track_caller]
    pub fn number<T: FromStr>(&self, key: &str) -> T {
        self.text(key).parse().unwrap_or_else(|_| panic!("{key} is not a number in {self:?}"))
    }

    /// Whether this is an event of that kind with these fields among others.
    #[must_use]
    pub fn is(&self, kind: &str, fields: &[(&str, &str)]) -> bool {
        self.kind == kind && fields.iter().all(|(key, value)| self.bytes(key) == Some(value.as_bytes()))
    }

    /// The values of a value list, as the bits that were in the union.
    ///
    /// # Panics
    ///
    /// When the event has no values.
    #[must_use]
    #[track_caller]
    pub fn values(&self) -> Vec<u64> {
        let bits = |word: &str| u64::from_str_radix(word, 16).unwrap_or_else(|_| panic!("values in {self:?}"));
        self.text("values").split(',').filter(|word| !word.is_empty()).map(bits).collect()
    }

    /// The values of a value list, all taken as gauges.
    ///
    /// # Panics
    ///
    /// When the event has no values.
    #[must_use]
    #[track_caller]
    pub fn gauges(&self) -> Vec<f64> {
        self.values().into_iter().map(f64::from_bits).collect()
    }

    /// Of a `stats` event: the kinds whose user data was not freed as often as it was handed over with a `free_func`, each with
    /// what is missing. Empty after a clean shutdown.
    #[must_use]
    pub fn unfreed(&self) -> Vec<(String, i64)> {
        let missing = |(kind, owned): (&str, i64)| (kind.to_owned(), owned - self.count(&format!("{kind}_freed")));
        self.ending("_owned").map(missing).filter(|(_, missing)| *missing != 0).collect()
    }

    /// The entries of meta data, in their order; empty also when there was none.
    ///
    /// # Panics
    ///
    /// When a value is malformed.
    #[must_use]
    pub fn meta(&self) -> Vec<(String, Meta)> {
        let entry = |pair: &[(String, Vec<u8>)]| {
            let [(key, name), (kind, value)] = pair else { return None };
            (key == "meta").then(|| (String::from_utf8_lossy(name).into_owned(), Meta::parse(kind, value)))
        };
        self.fields.windows(2).filter_map(entry).collect()
    }
}

impl Meta {
    fn parse(kind: &str, value: &[u8]) -> Meta {
        let number = || std::str::from_utf8(value).unwrap_or_default();
        let meta = match kind {
            "string" => Some(Meta::Text(value.to_vec())),
            "signed" => number().parse().ok().map(Meta::Signed),
            "unsigned" => number().parse().ok().map(Meta::Unsigned),
            "double" => number().parse().ok().map(Meta::Double),
            "boolean" => Some(Meta::Boolean(value == b"1")),
            _ => None,
        };
        meta.unwrap_or_else(|| panic!("malformed meta data: {kind}={}", String::from_utf8_lossy(value)))
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// Text as a word of a command of the test host.
#[must_use]
pub fn quoted(text: impl AsRef<[u8]>) -> String {
    let mut word = String::from("\"");
    for &byte in text.as_ref() {
        match byte {
            b'"' | b'\\' => word.extend(['\\', char::from(byte)]),
            b' '..=b'~' => word.push(char::from(byte)),
            _ => word += &format!("\\x{byte:02x}"),
        }
    }
    word + "\""
}

/// The text up to the closing quote, and what follows it.
fn unquote(text: &str) -> (Vec<u8>, &str) {
    let mut value = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return (value, &text[at + 1..]),
            b'\\' if bytes.get(at + 1) == Some(&b'x') => {
                let hex = text.get(at + 2..at + 4).unwrap_or("3f");
                value.push(u8::from_str_radix(hex, 16).unwrap_or(b'?'));
                at += 4;
            }
            b'\\' => {
                value.extend(bytes.get(at + 1));
                at += 2;
            }
            _ => {
                value.push(byte);
                at += 1;
            }
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_comes_back() {
        let event = Event::parse(r#"log severity=3 text="a \"b\" \\ \xff=1" context=- thread="main""#);
        assert_eq!(event.kind(), "log");
        assert_eq!(event.number::<i32>("severity"), 3);
        assert_eq!(event.bytes("text"), Some(&b"a \"b\" \\ \xff=1"[..]));
        assert_eq!(event.text("context"), "-");
        assert!(event.is("log", &[("thread", "main"), ("severity", "3")]));
        assert!(!event.is("log", &[("thread", "writer")]));
    }

    #[test]
    fn values_and_meta_come_back() {
        let event = Event::parse(
            r#"dispatch values=3ff0000000000000,4000000000000000 has_meta=1 meta="a b" signed=-1 meta="c" boolean=1"#,
        );
        assert_eq!(event.gauges(), [1.0, 2.0]);
        assert_eq!(event.meta(), [("a b".into(), Meta::Signed(-1)), ("c".into(), Meta::Boolean(true))]);
        assert!(Event::parse("dispatch values=").values().is_empty());
    }

    #[test]
    fn what_counts_is_found_by_its_ending() {
        let stats = Event::parse("stats read_owned=2 read_freed=1 write_owned=3 write_freed=3 log_owned=x");
        assert_eq!(stats.ending("_owned").collect::<Vec<_>>(), [("read", 2), ("write", 3)]);
        assert_eq!(stats.unfreed(), [("read".to_owned(), 1)]);
        assert_eq!((stats.count("read_owned"), stats.count("log_owned"), stats.count("nothing")), (2, 0, 0));
    }

    #[test]
    fn no_line_is_a_problem() {
        for line in [
            "",
            " ",
            "=",
            "a =",
            "a b=\"",
            "a b=\"\\",
            "a b=\"\\x",
            "a b=\"\\x4",
            "a b=\"\\xä",
            "a b=\"\\xää\"",
            "a \"=\"=\"\"",
        ] {
            let _ = Event::parse(line);
        }
        assert_eq!(Event::parse("log text=\"\\xff\"").lossy("text"), "\u{fffd}");
        assert_eq!(Event::parse("log text=\"\\xffä\\").lossy("nothing"), "");
    }

    #[test]
    fn what_is_quoted_is_a_word_that_comes_back() {
        let text = "a \"b\"\\\nä\x7f\0=1";
        assert_eq!(quoted(text), r#""a \"b\"\\\x0a\xc3\xa4\x7f\x00=1""#);
        let event = Event::parse(&format!("log text={} context=-", quoted(text)));
        assert_eq!((event.text("text"), event.text("context")), (text, "-"));
    }
}
