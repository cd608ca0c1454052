//! What may stand in `<Plugin prometheus_scrape>`.

use std::path::PathBuf;

use collectd::config::{Seconds, Selection};
use collectd::{Name, NameError};
use serde::Deserialize;

use crate::http::{self, HttpError};

/// What may stand in `<Plugin prometheus_scrape>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// What is scraped.
    #[serde(default)]
    pub(crate) url: Vec<Url>,
}

/// `<URL "http://localhost:9100/metrics">`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Url {
    /// With `http:` or `https:`.
    #[serde(rename = "$argument")]
    pub(crate) url: String,
    /// What the plugin instance of its values is, or begins with.
    #[serde(default)]
    pub(crate) instance: String,
    /// Their host, if not this one.
    #[serde(default)]
    pub(crate) host: String,
    /// Metrics that are taken, by the names of their samples: names and `/expressions/`.
    #[serde(default)]
    pub(crate) metric: Selection,
    /// Whether all but those are taken.
    #[serde(default)]
    pub(crate) ignore_selected: bool,
    /// Labels whose values are part of the plugin instance; those of all others are part of the type instance.
    #[serde(default)]
    pub(crate) plugin_instance_label: Vec<String>,
    /// Labels whose values are in the meta data only.
    #[serde(default)]
    pub(crate) meta_label: Vec<String>,
    /// How often it is scraped.
    #[serde(default)]
    pub(crate) interval: Seconds,
    /// How long that may take, from looking up the name to the last byte.
    #[serde(default = "five_seconds")]
    pub(crate) timeout: Seconds,
    /// Who asks, with `Password`.
    pub(crate) user: Option<String>,
    /// The password of `User`.
    pub(crate) password: Option<String>,
    /// Lines of the request, as `Header "X-Token: secret"`.
    #[serde(default)]
    pub(crate) header: Vec<String>,
    /// Certificates, in PEM, of who vouches for the server. Those that the system trusts, if not told.
    pub(crate) ca_file: Option<PathBuf>,
    /// How many bytes are read, at most.
    #[serde(default = "sixteen_mebibytes")]
    pub(crate) max_body_size: u64,
    /// How many samples are taken, at most.
    #[serde(default = "ten_thousand")]
    pub(crate) max_series: usize,
}

fn five_seconds() -> Seconds {
    Seconds::from_secs(5)
}

fn sixteen_mebibytes() -> u64 {
    16 << 20
}

fn ten_thousand() -> usize {
    10_000
}

/// A mistake that the types do not find.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Mistake {
    #[error("<URL {label:?}>")]
    Http { label: String, source: HttpError },
    #[error("<URL {label:?}>: {option} is 0")]
    Zero { label: String, option: &'static str },
    #[error("<URL {label:?}>: {option}")]
    Name { label: String, option: &'static str, source: NameError },
    #[error("<URL {label:?}>: {name:?} is both a PluginInstanceLabel and a MetaLabel")]
    Both { label: String, name: String },
}

impl Config {
    /// Checks what the types do not.
    pub(crate) fn check(&self) -> Result<(), Mistake> {
        self.url.iter().try_for_each(Url::check)
    }
}

impl Url {
    /// What it is called in the log: without what may be secret.
    pub(crate) fn label(&self) -> String {
        http::public_part(&self.url).to_owned()
    }

    /// What is needed to fetch it.
    pub(crate) fn request(&self) -> http::Request<'_> {
        http::Request {
            url: &self.url,
            accept: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.9",
            timeout: self.timeout.to_duration(),
            user: self.user.as_deref(),
            password: self.password.as_deref(),
            headers: &self.header,
            ca_file: self.ca_file.as_deref(),
            max_body_size: self.max_body_size,
        }
    }

    fn check(&self) -> Result<(), Mistake> {
        let label = || self.label();
        self.request().check().map_err(|source| Mistake::Http { label: label(), source })?;
        for (option, is_zero) in [("Timeout", self.timeout == Seconds::ZERO), ("MaxSeries", self.max_series == 0)] {
            if is_zero {
                return Err(Mistake::Zero { label: label(), option });
            }
        }
        for (option, name) in [("Instance", &self.instance), ("Host", &self.host)] {
            Name::new(name).map_err(|source| Mistake::Name { label: label(), option, source })?;
        }
        match self.meta_label.iter().find(|name| self.plugin_instance_label.contains(name)) {
            Some(name) => Err(Mistake::Both { label: label(), name: name.clone() }),
            None => Ok(()),
        }
    }
}
