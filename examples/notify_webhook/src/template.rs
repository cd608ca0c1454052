//! The text that is sent.

use std::borrow::Cow;

use collectd::{Identifier, Meta, Notification, Severity, Time};
use serde::Deserialize;
use thiserror::Error;

use crate::outbox::Message;

/// What the text is: how names and messages in it are escaped depends on that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Format {
    #[default]
    #[serde(rename = "JSON")]
    Json,
    Text,
}

impl Format {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Text => "text/plain; charset=utf-8",
        }
    }

    pub(crate) fn default_template(self) -> &'static str {
        match self {
            Format::Json => concat!(
                r#"{"severity":"%{severity}","time":"%{time}","host":"%{host}","plugin":"%{plugin}","#,
                r#""plugin_instance":"%{plugin_instance}","type":"%{type}","type_instance":"%{type_instance}","#,
                r#""message":"%{message}","held_back":%{held_back}}"#
            ),
            Format::Text => "%{severity} of %{host}: %{message}",
        }
    }

    /// Nothing from outside ends a string or a line.
    fn escape(self, text: &str) -> String {
        match self {
            // The template has the quotation marks.
            Format::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
            }
            Format::Text => text.replace(char::is_control, " "),
        }
    }
}

/// What can stand in `%{…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Severity,
    Time,
    Host,
    Plugin,
    PluginInstance,
    Type,
    TypeInstance,
    Message,
    HeldBack,
}

const FIELDS: [(&str, Field); 9] = [
    ("severity", Field::Severity),
    ("time", Field::Time),
    ("host", Field::Host),
    ("plugin", Field::Plugin),
    ("plugin_instance", Field::PluginInstance),
    ("type", Field::Type),
    ("type_instance", Field::TypeInstance),
    ("message", Field::Message),
    ("held_back", Field::HeldBack),
];

/// Why a template is none.
#[derive(Debug, Error)]
pub(crate) enum TemplateError {
    #[error("Template: %{{ without }} in {rest:?}")]
    Open { rest: String },
    #[error("Template: there is no %{{{name}}}; expected {}", FIELDS.map(|(name, _)| name).join(", "))]
    Unknown { name: String },
    #[error("Template: no JSON once it is filled in")]
    NoJson(#[from] serde_json::Error),
}

/// A text with names for what a notification has.
#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
    format: Format,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Field(Field),
}

impl Template {
    pub(crate) fn new(text: &str, format: Format) -> Result<Self, TemplateError> {
        let template = Template { parts: parts(text)?, format };
        if format == Format::Json {
            // With text in each place that wants to be escaped.
            let filled_in = template.fill_in(&Message { notification: sample("\"\\\n"), held_back: 0 });
            serde_json::from_str::<serde::de::IgnoredAny>(&filled_in)?;
        }
        Ok(template)
    }

    pub(crate) fn fill_in(&self, message: &Message) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Cow::Borrowed(text.as_str()),
            Part::Field(field) => self.format.escape(&field.of(message)).into(),
        });
        parts.collect()
    }
}

fn sample(message: &str) -> Notification {
    Notification {
        time: Time::from_secs(1),
        severity: Severity::Failure,
        identifier: Identifier::default(),
        message: message.into(),
        meta: Meta::new(),
    }
}

fn parts(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("%{") {
        let (name, behind) = behind.split_once('}').ok_or_else(|| TemplateError::Open { rest: rest.to_owned() })?;
        let field = FIELDS.iter().find(|(known, _)| *known == name);
        let (_, field) = field.ok_or_else(|| TemplateError::Unknown { name: name.to_owned() })?;
        parts.extend([Part::Text(before.to_owned()), Part::Field(*field)]);
        rest = behind;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

impl Field {
    fn of(self, Message { notification, held_back }: &Message) -> String {
        let id = &notification.identifier;
        match self {
            Field::Severity => notification.severity.to_string(),
            Field::Time => notification.time.rfc3339().to_string(),
            Field::Host => id.host.to_string(),
            Field::Plugin => id.plugin.to_string(),
            Field::PluginInstance => id.plugin_instance.to_string(),
            Field::Type => id.type_.to_string(),
            Field::TypeInstance => id.type_instance.to_string(),
            Field::Message => notification.view().text().into_owned(),
            Field::HeldBack => held_back.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use collectd::Name;

    use super::*;

    fn filled_in(text: &str, format: Format, message: &str) -> String {
        let mut notification = sample(message);
        notification.identifier.host = Name::new("h").expect("a name");
        Template::new(text, format).expect("a template").fill_in(&Message { notification, held_back: 3 })
    }

    #[test]
    fn what_comes_from_outside_stays_in_its_string() {
        let template = r#"{"text": "%{message}", "n": %{held_back}}"#;
        for message in ["plain", "a\",\"n\":0,\"b\":\"", "\\", "\"", "\"\"", "\u{1b}[2J\r\n%{host}", "ü\u{202e}"] {
            let text = filled_in(template, Format::Json, message);
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(value["text"], message, "{text}");
            assert_eq!(value["n"], 3);
            assert_eq!(value.as_object().map(serde_json::Map::len), Some(2));
        }
        let text = filled_in("%{severity} %{host}: %{message}", Format::Text, "a\r\nOKAY\u{1b}[2J b");
        assert!(text.ends_with(" h: a  OKAY [2J b"), "{text}");
    }

    #[test]
    fn the_templates_that_are_there_are_some() {
        let text = filled_in(Format::Json.default_template(), Format::Json, "m");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value.as_object().map(serde_json::Map::len), Some(FIELDS.len()));
        assert!(filled_in(Format::Text.default_template(), Format::Text, "m").ends_with(" of h: m"));
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str, format| Template::new(text, format).expect_err(text).to_string();
        assert_eq!(error("a %{host", Format::Text), "Template: %{ without } in \"a %{host\"");
        assert!(error("%{hosts}", Format::Text).starts_with("Template: there is no %{hosts}; expected severity, time"));
        assert!(error("{\"a\": %{message}}", Format::Json).contains("no JSON"));
        assert!(error("%{host} is ill", Format::Json).contains("no JSON"));
    }
}
