//! What may stand in `<Plugin nats_writer>`.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::ServerAddr;
use collectd::config::Seconds;
use collectd::{Error, Result};
use serde::Deserialize;

use crate::subject::Template;

// Not to be shown: it has a password.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// Where NATS is; further servers of a cluster are found by themselves.
    #[serde(default = "server")]
    server: Vec<String>,
    /// Where the messages go.
    #[serde(default)]
    pub(crate) subject: Template,
    /// The stream that keeps them.
    #[serde(default)]
    pub(crate) stream: Stream,
    user: Option<String>,
    password: Option<String>,
    /// As `nsc` writes it.
    pub(crate) credentials_file: Option<PathBuf>,
    /// Whether a connection must be encrypted.
    #[serde(rename = "TLS")]
    tls: Option<bool>,
    /// Who may have signed the certificate of a server, in the place of those that the system knows.
    #[serde(rename = "CAFile")]
    pub(crate) ca_file: Option<PathBuf>,
    /// For servers that want to see one.
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) certificate_key: Option<PathBuf>,
    /// Whether to write rates rather than counts.
    #[serde(default)]
    pub(crate) store_rates: bool,
    /// How many messages may be kept.
    #[serde(default = "queue_limit")]
    pub(crate) queue_limit: usize,
    /// Which one goes when there are more.
    #[serde(default)]
    pub(crate) when_full: WhenFull,
    /// How many messages may be on their way.
    #[serde(default = "window")]
    pub(crate) window: usize,
    /// After which time without an acknowledgement a message is sent again.
    #[serde(default = "five_seconds")]
    ack_timeout: Seconds,
    /// How long the daemon may have to wait for acknowledgements when it stops.
    #[serde(default = "ten_seconds")]
    stop_timeout: Seconds,
    /// Whether to dispatch how the plugin fares.
    #[serde(default)]
    pub(crate) report_stats: bool,
}

/// `Stream "COLLECTD"`, or a block with what it is to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Stream {
    #[serde(rename = "$argument")]
    pub(crate) name: String,
    /// Whether to make it if it is not there.
    #[serde(default)]
    pub(crate) create: bool,
    #[serde(default = "one")]
    pub(crate) replicas: usize,
    max_age: Option<Seconds>,
    max_bytes: Option<u64>,
    duplicate_window: Option<Seconds>,
}

impl Default for Stream {
    fn default() -> Self {
        let name = "COLLECTD".to_owned();
        Stream { name, create: false, replicas: 1, max_age: None, max_bytes: None, duplicate_window: None }
    }
}

impl Stream {
    pub(crate) fn max_age(&self) -> Duration {
        self.max_age.map(Seconds::to_duration).unwrap_or_default()
    }

    /// As the server has it, without a limit negative.
    pub(crate) fn max_bytes(&self) -> i64 {
        self.max_bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    pub(crate) fn duplicate_window(&self) -> Duration {
        self.duplicate_window.map(Seconds::to_duration).unwrap_or_default()
    }
}

#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize)]
pub(crate) enum WhenFull {
    #[default]
    DropNewest,
    DropOldest,
}

impl Config {
    pub(crate) fn check(&self) -> Result {
        self.servers()?;
        let name = &self.stream.name;
        if name.is_empty() || name.contains(|character: char| " \t\r\n.*>/\\".contains(character)) {
            return Err(Error::msg(format_args!("Stream: {name:?} cannot be the name of a stream")));
        }
        if self.stream.create && self.subject.wildcard().is_none() {
            return Err(Error::msg("Subject begins with a name of its own: such a stream cannot be created"));
        }
        if self.user.is_some() != self.password.is_some() {
            return Err(Error::msg("User and Password need each other"));
        }
        if self.user.is_some() && self.credentials_file.is_some() {
            return Err(Error::msg("CredentialsFile is in the place of User and Password"));
        }
        if self.certificate_file.is_some() != self.certificate_key.is_some() {
            return Err(Error::msg("CertificateFile and CertificateKey need each other"));
        }
        if self.window == 0 || self.queue_limit < self.window {
            let (limit, window) = (self.queue_limit, self.window);
            return Err(Error::msg(format_args!("Window {window} must be at least 1 and at most QueueLimit {limit}")));
        }
        if self.ack_timeout == Seconds::ZERO {
            return Err(Error::msg("AckTimeout must be more than 0"));
        }
        Ok(())
    }

    pub(crate) fn servers(&self) -> Result<Vec<ServerAddr>> {
        let parse = |text: &String| {
            let failed = |why: &str| Error::msg(format_args!("Server {:?}: {why}", without_password(text)));
            let address: ServerAddr = text.parse().map_err(|error: std::io::Error| failed(&error.to_string()))?;
            if address.host().is_empty() { Err(failed("there is no host")) } else { Ok(address) }
        };
        self.server.iter().map(parse).collect()
    }

    pub(crate) fn user(&self) -> Option<(&str, &str)> {
        self.user.as_deref().zip(self.password.as_deref())
    }

    /// Who names certificates does not want to do without.
    pub(crate) fn tls(&self) -> bool {
        self.tls.unwrap_or(self.ca_file.is_some() || self.certificate_file.is_some())
    }

    pub(crate) fn ack_timeout(&self) -> Duration {
        self.ack_timeout.to_duration()
    }

    pub(crate) fn stop_timeout(&self) -> Duration {
        self.stop_timeout.to_duration()
    }
}

/// An address may have a password, which no log is to have.
fn without_password(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => address.to_owned(),
    }
}

fn server() -> Vec<String> {
    vec!["nats://127.0.0.1:4222".to_owned()]
}

fn one() -> usize {
    1
}

fn queue_limit() -> usize {
    100_000
}

fn window() -> usize {
    1000
}

fn five_seconds() -> Seconds {
    Seconds::from_secs(5)
}

fn ten_seconds() -> Seconds {
    Seconds::from_secs(10)
}
