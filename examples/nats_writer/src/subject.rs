//! The subject of a value list: a template with its names.

use std::fmt::Write as _;
use std::str::FromStr;

use collectd::IdentifierRef;
use serde::Deserialize;

/// As `collectd.{host}.{plugin}.{type}`.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, PartialEq, Debug)]
enum Piece {
    Text(String),
    /// The place among the names of an identifier.
    Name(usize),
}

/// In the order of an identifier.
const NAMES: [&str; 5] = ["host", "plugin", "plugin_instance", "type", "type_instance"];

#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error("\"{{{0}}}\" is none of {{host}}, {{plugin}}, {{plugin_instance}}, {{type}} and {{type_instance}}")]
    Unknown(String),
    #[error("there is no \"}}\" to \"{{\"")]
    Open,
    #[error("{0:?} cannot be in a subject")]
    Character(char),
    #[error("there is nothing before, between or behind the dots")]
    Empty,
    #[error("the server keeps subjects that begin with \"$\" or \"_INBOX\" for itself")]
    Reserved,
}

/// `collectd.{host}.{plugin}.{type}`
impl Default for Template {
    fn default() -> Self {
        let text = |text: &str| Piece::Text(text.to_owned());
        Template(vec![text("collectd."), Piece::Name(0), text("."), Piece::Name(1), text("."), Piece::Name(3)])
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        text.parse()
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        if text.split('.').any(str::is_empty) {
            return Err(TemplateError::Empty);
        }
        if text.starts_with('$') || text.starts_with("_INBOX") {
            return Err(TemplateError::Reserved);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('{') {
            pieces.extend(literal(before)?);
            let (name, behind) = from.split_once('}').ok_or(TemplateError::Open)?;
            let place = NAMES.iter().position(|known| *known == name);
            pieces.push(Piece::Name(place.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?));
            rest = behind;
        }
        pieces.extend(literal(rest)?);
        Ok(Template(pieces))
    }
}

fn literal(text: &str) -> Result<Option<Piece>, TemplateError> {
    let is_bad = |character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, '*' | '>' | '}' | '%')
    };
    match text.chars().find(|&character| is_bad(character)) {
        Some(character) => Err(TemplateError::Character(character)),
        None => Ok((!text.is_empty()).then(|| Piece::Text(text.to_owned()))),
    }
}

impl Template {
    /// The subject of this metric.
    pub(crate) fn subject(&self, identifier: IdentifierRef<'_>) -> String {
        let names = identifier.names();
        let mut subject = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => subject += text,
                Piece::Name(place) => escape(names[*place].as_bytes(), &mut subject),
            }
        }
        subject
    }

    /// Subjects of which all that it makes are: `collectd.>`. None if a name comes first.
    pub(crate) fn wildcard(&self) -> Option<String> {
        match self.0.as_slice() {
            [Piece::Text(text)] => Some(text.clone()),
            [Piece::Text(text), ..] => text.rsplit_once('.').map(|(literal, _)| format!("{literal}.>")),
            _ => None,
        }
    }
}

/// Everything but ASCII letters, digits, `-` and `_` as `%2E`; an empty name is a `%`. So one token it is, and that of no other name.
pub(crate) fn escape(name: &[u8], subject: &mut String) {
    if name.is_empty() {
        subject.push('%');
    }
    for &byte in name {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => subject.push(char::from(byte)),
            _ => {
                let _ = write!(subject, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use collectd::Values;

    use super::*;

    fn parse(text: &str) -> Result<Template, TemplateError> {
        text.parse()
    }

    #[test]
    fn names_are_tokens_whatever_is_in_them() {
        let template = parse("collectd.{host}.{plugin}-{plugin_instance}.{type}.{type_instance}").unwrap();
        let subject = |values: Values| template.subject(values.view().identifier());
        let values = Values::new("load").host("www.example.org").plugin("load");
        assert_eq!(subject(values), "collectd.www%2Eexample%2Eorg.load-%.load.%");
        let values = Values::new("df").host(b"a\xff").plugin("*").plugin_instance("> x").type_instance("%ä");
        assert_eq!(subject(values), "collectd.a%FF.%2A-%3E%20x.df.%25%C3%A4");
    }

    #[test]
    fn a_stream_takes_what_a_template_makes() {
        let wildcard = |text| parse(text).unwrap().wildcard();
        assert_eq!(wildcard("collectd.{host}.{type}").as_deref(), Some("collectd.>"));
        assert_eq!(wildcard("a.b.x{host}").as_deref(), Some("a.b.>"));
        assert_eq!(wildcard("a.b").as_deref(), Some("a.b"));
        assert_eq!(wildcard("a{host}.b"), None);
        assert_eq!(wildcard("{host}.b"), None);
        assert_eq!(parse("collectd.{host}.{plugin}.{type}"), Ok(Template::default()));
    }

    #[test]
    fn mistakes_are_told() {
        for (text, error) in [
            ("", TemplateError::Empty),
            ("a..b", TemplateError::Empty),
            ("a.{host}.", TemplateError::Empty),
            ("a.{hst}", TemplateError::Unknown("hst".into())),
            ("a.{host", TemplateError::Open),
            ("a.host}", TemplateError::Character('}')),
            ("a b.{host}", TemplateError::Character(' ')),
            ("a.*.{host}", TemplateError::Character('*')),
            ("a.{host}.>", TemplateError::Character('>')),
            ("$JS.{host}", TemplateError::Reserved),
            ("_INBOX.{host}", TemplateError::Reserved),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }
}
