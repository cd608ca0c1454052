//! What stands in the block.

use std::fmt;
use std::path::PathBuf;

use collectd::config::{Seconds, in_range};
use collectd::prelude::*;
use serde::Deserializer;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::uri::Scheme;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::template::{Format, Template};

/// What may stand in `<Plugin notify_webhook>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// A block for each hook.
    #[serde(default)]
    pub(crate) webhook: Vec<Webhook>,
}

/// What may stand in `<Webhook "name">`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Webhook {
    /// What the log calls it.
    #[serde(rename = "$argument")]
    pub(crate) name: String,
    /// Where to send to.
    #[serde(rename = "URL")]
    pub(crate) url: String,
    /// What to send; without it all severities.
    #[serde(default)]
    severity: Vec<Wanted>,
    /// What the text is.
    #[serde(default)]
    format: Format,
    /// The text, with names in `%{…}` for what the notification has.
    template: Option<String>,
    /// Further headers: a name and a value.
    #[serde(default)]
    header: Vec<(String, String)>,
    /// Certificates, in PEM, of who vouches for the other side. Those that the system trusts, if not told.
    pub(crate) ca_file: Option<PathBuf>,
    /// A file with the value of the header Authorization.
    pub(crate) authorization_file: Option<PathBuf>,
    /// How long one attempt may take.
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Seconds,
    /// How often to try again.
    #[serde(default = "five", deserialize_with = "some_retries")]
    pub(crate) retries: u32,
    /// How long to wait before the first of these; each time twice as long.
    #[serde(default = "a_second")]
    pub(crate) retry_interval: Seconds,
    /// How many notifications may wait.
    #[serde(default = "hundred", deserialize_with = "some_length")]
    pub(crate) queue_length: usize,
    /// How long the next one of a metric with the same severity is held back.
    #[serde(default = "a_minute")]
    pub(crate) hold_back: Seconds,
}

/// A severity, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Wanted {
    Failure,
    Warning,
    Okay,
}

fn a_second() -> Seconds {
    Seconds::from_secs(1)
}

fn ten_seconds() -> Seconds {
    Seconds::from_secs(10)
}

fn a_minute() -> Seconds {
    Seconds::from_secs(60)
}

fn five() -> u32 {
    5
}

fn hundred() -> usize {
    100
}

fn some_retries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    in_range(deserializer, 0..=100)
}

fn some_length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    in_range(deserializer, 1..=100_000)
}

impl Config {
    /// What its type does not say.
    pub(crate) fn check(&self) -> Result {
        for (index, hook) in self.webhook.iter().enumerate() {
            let name = &hook.name;
            if self.webhook[..index].iter().any(|other| other.name == *name) {
                return Err(Error::msg(format_args!("<Webhook {name:?}>: there are two of this name")));
            }
            hook.check().map_err(|error| Error::msg(format_args!("<Webhook {name:?}>: {error}")))?;
        }
        Ok(())
    }
}

fn is_http(url: &Uri) -> bool {
    url.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme))
}

impl Webhook {
    fn check(&self) -> Result {
        let url: Uri = self.url.parse().map_err(|error| Error::msg(format_args!("URL: {error}")))?;
        if !is_http(&url) || url.host().is_none_or(str::is_empty) {
            return Err(Error::msg("URL: expected http://HOST/… or https://HOST/…"));
        }
        if self.ca_file.is_some() && !self.is_https() {
            return Err(Error::msg("CaFile: URL is not one of https"));
        }
        if self.timeout == Seconds::ZERO {
            return Err(Error::msg("Timeout: 0 is no time to send anything"));
        }
        self.headers()?;
        self.template().map(drop)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.parse::<Uri>().is_ok_and(|url| url.scheme() == Some(&Scheme::HTTPS))
    }

    /// All but what is in a file.
    pub(crate) fn headers(&self) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.format.content_type()));
        for (name, value) in &self.header {
            let mistake = |what: &dyn fmt::Display| Error::msg(format_args!("Header {name:?}: {what}"));
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| mistake(&error))?;
            headers.insert(key, HeaderValue::from_str(value).map_err(|error| mistake(&error))?);
        }
        Ok(headers)
    }

    pub(crate) fn template(&self) -> Result<Template> {
        let text = self.template.as_deref().unwrap_or(self.format.default_template());
        Ok(Template::new(text, self.format)?)
    }

    pub(crate) fn wants(&self, severity: Severity) -> bool {
        let wanted = match severity {
            Severity::Failure => Wanted::Failure,
            Severity::Warning => Wanted::Warning,
            Severity::Okay => Wanted::Okay,
        };
        self.severity.is_empty() || self.severity.contains(&wanted)
    }
}
