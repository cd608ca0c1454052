//! Which series are wanted: the search field.

use collectd_net::ContentRef;
use collectd_types::{Data, IdentifierRef, NameRef, Value, ValuesRef};
use regex::bytes::{Regex, RegexBuilder};

use crate::filter::Filter;
use crate::store::Series;

/// What is looked for.
#[derive(Default)]
pub(super) struct Search {
    text: String,
    pattern: Pattern,
    /// What is wrong with it, and in which column.
    error: Option<(String, usize)>,
}

#[derive(Default)]
enum Pattern {
    #[default]
    All,
    /// A text somewhere in the names.
    Names(Regex),
    /// An expression as that of `--filter`; boxed because it is rare.
    Expression(Box<Filter>),
}

/// Texts with one of these are expressions.
const OPERATORS: [&str; 7] = ["==", "!=", "~", "<", ">", "&&", "||"];

impl Search {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What is wrong with the text.
    pub(super) fn error(&self) -> Option<String> {
        let (message, column) = self.error.as_ref()?;
        Some(format!("column {column}: {message}"))
    }

    /// Looks for a text in the names, without regard to case, where `*` and `?` stand for any text and any byte; or for
    /// what an expression is true for. As long as that is not complete, what was looked for before still is.
    pub(super) fn set(&mut self, text: String) {
        self.error = None;
        if text.trim().is_empty() {
            self.pattern = Pattern::All;
        } else if OPERATORS.iter().any(|operator| text.contains(operator)) {
            match text.parse() {
                Ok(filter) => self.pattern = Pattern::Expression(Box::new(filter)),
                Err(error) => {
                    let error: crate::filter::ParseError = error;
                    self.error = Some((error.message().to_owned(), error.column()));
                }
            }
        } else {
            self.pattern = compile(&text).map_or(Pattern::All, Pattern::Names);
        }
        self.text = text;
    }

    /// Whether what was taken may be taken no more, as soon as another value comes.
    pub(super) fn depends_on_values(&self) -> bool {
        matches!(self.pattern, Pattern::Expression(_))
    }

    /// Whether this number of a series is wanted. `line` is scratch space.
    pub(super) fn takes(&self, series: &Series, track: u16, line: &mut Vec<u8>) -> bool {
        let track = usize::from(track);
        match &self.pattern {
            Pattern::All => true,
            Pattern::Names(pattern) => {
                write(line, series.identifier(), series.source(track));
                pattern.is_match(line)
            }
            Pattern::Expression(filter) => {
                // What is shown is what is compared: of a counter its rate.
                let shown = series.tracks().get(track).map_or(f64::NAN, |track| track.shown);
                let shown = [Value::Gauge(shown)];
                let data = Data::Values(&shown);
                let values = ValuesRef::new(series.time(), series.interval(), series.identifier(), data);
                filter.takes_content(ContentRef::Values(values))
            }
        }
    }
}

/// `host/plugin[-instance]/type[-instance][ source]`, as other tools write it.
fn write(line: &mut Vec<u8>, identifier: IdentifierRef<'_>, source: Option<NameRef<'_>>) {
    line.clear();
    let [host, plugin, plugin_instance, type_, type_instance] = identifier.names();
    line.extend_from_slice(host.as_bytes());
    for (separator, name) in [(b'/', plugin), (b'-', plugin_instance), (b'/', type_), (b'-', type_instance)] {
        if !name.is_empty() {
            line.push(separator);
            line.extend_from_slice(name.as_bytes());
        }
    }
    if let Some(source) = source {
        line.push(b' ');
        line.extend_from_slice(source.as_bytes());
    }
}

/// `None` only if the pattern is longer than any name.
fn compile(text: &str) -> Option<Regex> {
    let mut pattern = String::from("(?s-u)");
    for character in text.chars() {
        match character {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            // What is not ASCII is text, of which the bytes are compared.
            _ if !character.is_ascii() => {
                character.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| pattern.push_str(&format!("\\x{byte:02X}")));
            }
            _ => pattern.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
        }
    }
    RegexBuilder::new(&pattern).case_insensitive(true).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(text: &str, names: [&[u8]; 5], source: Option<&str>) -> bool {
        let mut line = Vec::new();
        let source = source.map(|source| NameRef::until_nul(source.as_bytes()));
        write(&mut line, IdentifierRef::new(names.map(NameRef::until_nul)), source);
        text.is_empty() || compile(text).expect("a pattern").is_match(&line)
    }

    const ETH: [&[u8]; 5] = [b"db1.example.org", b"interface", b"eth0", b"if_octets", b""];

    #[test]
    fn texts_are_found_anywhere_without_regard_to_case() {
        for text in ["", "db1", "EXAMPLE.org/int", "face-eth0/if_octets rx", "db1*octets", "eth?", "db1*rx"] {
            assert!(takes(text, ETH, Some("rx")), "{text}");
        }
        for text in ["db2", "example_org", "eth0*db1", "eth??????????????????????????????", "[d]b1", "tx"] {
            assert!(!takes(text, ETH, Some("rx")), "{text}");
        }
    }

    #[test]
    fn names_are_bytes() {
        assert!(takes("münchen", ["münchen".as_bytes(), b"p", b"", b"t", b""], None));
        assert!(takes("a?b", [b"a\xffb", b"p", b"", b"t", b""], None));
        assert!(takes("p*\\", [b"h", b"p\n", b"", b"t", b"\\"], None));
    }
}
