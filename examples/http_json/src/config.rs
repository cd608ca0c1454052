//! What may stand in `<Plugin http_json>`.

use std::path::PathBuf;

use collectd::config::Seconds;
use collectd::{Name, NameError};
use serde::Deserialize;

use crate::http::{self, HttpError};
use crate::path::{Path, PathError};

/// What may stand in `<Plugin http_json>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// What is fetched.
    #[serde(default)]
    pub(crate) url: Vec<Url>,
}

/// `<URL "http://localhost/status">`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Url {
    /// With `http:` or `https:`.
    #[serde(rename = "$argument")]
    pub(crate) url: String,
    /// The plugin instance of all its values.
    #[serde(default)]
    pub(crate) instance: String,
    /// Their host, if not this one.
    #[serde(default)]
    pub(crate) host: String,
    /// How often it is fetched.
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
    #[serde(default = "one_mebibyte")]
    pub(crate) max_body_size: u64,
    /// How many values are taken, at most.
    #[serde(default = "ten_thousand")]
    pub(crate) max_values: usize,
    /// What is taken from it.
    pub(crate) key: Vec<Key>,
}

/// `<Key "nodes/*/load">`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Key {
    /// The way to it.
    #[serde(rename = "$argument")]
    pub(crate) path: String,
    /// A type with one value.
    pub(crate) r#type: String,
    /// What the type instance is, or, if there is a `*` in the path, begins with.
    #[serde(default)]
    pub(crate) type_instance: String,
}

fn five_seconds() -> Seconds {
    Seconds::from_secs(5)
}

fn one_mebibyte() -> u64 {
    1 << 20
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
    #[error("<URL {label:?}>: <Key {key:?}>")]
    Path { label: String, key: String, source: PathError },
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
            accept: "application/json",
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
        for (option, is_zero) in [("Timeout", self.timeout == Seconds::ZERO), ("MaxValues", self.max_values == 0)] {
            if is_zero {
                return Err(Mistake::Zero { label: label(), option });
            }
        }
        for (option, name) in [("Instance", &self.instance), ("Host", &self.host)] {
            Name::new(name).map_err(|source| Mistake::Name { label: label(), option, source })?;
        }
        for key in &self.key {
            let option = "TypeInstance";
            Name::new(&key.type_instance).map_err(|source| Mistake::Name { label: label(), option, source })?;
            let path = key.path.parse::<Path>();
            path.map_err(|source| Mistake::Path { label: label(), key: key.path.clone(), source })?;
        }
        Ok(())
    }
}
