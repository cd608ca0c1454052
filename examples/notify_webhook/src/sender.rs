//! The thread that sends.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use collectd::prelude::*;
use collectd::{Complaint, Escaped};
use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::http::header::{AUTHORIZATION, HeaderValue};

use crate::config::Webhook;
use crate::outbox::{Message, Outbox};
use crate::template::Template;
use crate::tls;

/// However often it has failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why a notification was not taken.
#[derive(Debug, thiserror::Error)]
enum PostError {
    #[error("status {0}")]
    Status(u16),
    #[error("{0}")]
    Transport(#[from] ureq::Error),
}

impl PostError {
    /// Whether it could be otherwise the next time: not if the other side says that the request is wrong.
    fn may_pass(&self) -> bool {
        match self {
            PostError::Status(status) => matches!(status, 408 | 429 | 500..),
            PostError::Transport(_) => true,
        }
    }
}

/// Sends to one hook.
pub(crate) struct Sender {
    name: String,
    agent: Agent,
    url: String,
    headers: HeaderMap,
    template: Template,
    timeout: Duration,
    retries: u32,
    retry_interval: Duration,
    trouble: Complaint,
    lost: Complaint,
}

impl Sender {
    pub(crate) fn new(hook: &Webhook) -> Result<Self> {
        let mut headers = hook.headers()?;
        if let Some(file) = &hook.authorization_file {
            let value = authorization(file);
            let value = value.map_err(|error| Error::msg(format_args!("AuthorizationFile {file:?}: {error}")))?;
            headers.insert(AUTHORIZATION, value);
        }
        // What the environment says of proxies is not for the daemon, and a hook that moves is a mistake to be told.
        let config = Agent::config_builder()
            .timeout_global(Some(hook.timeout.to_duration()))
            .http_status_as_error(false)
            .max_redirects(0)
            // What is told now and then finds another connection closed.
            .max_idle_connections(0)
            .proxy(None);
        let config = if hook.is_https() { config.tls_config(tls::config(hook.ca_file.as_deref())?) } else { config };
        Ok(Sender {
            name: hook.name.clone(),
            agent: config.build().into(),
            url: hook.url.clone(),
            headers,
            template: hook.template()?,
            timeout: hook.timeout.to_duration(),
            retries: hook.retries,
            retry_interval: hook.retry_interval.to_duration(),
            trouble: Complaint::new(),
            lost: Complaint::new(),
        })
    }

    /// Sends what there is, until the outbox is closed. Then there is as much time left as for one attempt.
    pub(crate) fn run(&self, outbox: &Outbox) {
        let mut end = None;
        let mut unsent = 0_u64;
        while let Some(message) = outbox.take() {
            if outbox.is_closed() {
                let end = end.get_or_insert_with(|| Instant::now().checked_add(self.timeout));
                if end.is_some_and(|end| Instant::now() >= end) {
                    unsent += 1 + message.held_back;
                    continue;
                }
            }
            self.deliver(&message, outbox);
        }
        if unsent > 0 {
            log::error!("webhook {:?}: the daemon ends, and {unsent} notifications have not been sent", self.name);
        }
    }

    fn deliver(&self, message: &Message, outbox: &Outbox) {
        let name = &self.name;
        let body = self.template.fill_in(message);
        let mut pause = self.retry_interval;
        for attempt in 1_u32.. {
            let error = match self.post(&body) {
                Ok(()) => return self.is_taken(),
                Err(error) => error,
            };
            // What the other side says is not for a log as it is.
            let why = error.to_string();
            let why = Escaped(why.as_bytes());
            if attempt > self.retries || !error.may_pass() || outbox.is_closed() {
                let text = format_args!("webhook {name:?}: a notification is given up, attempt {attempt}: {why}");
                return self.lost.complain(LogLevel::Error, text);
            }
            let text = format_args!("webhook {name:?}: attempt {attempt}: {why}; the next one in {pause:?}");
            self.trouble.complain(LogLevel::Warning, text);
            outbox.pause(pause);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    fn is_taken(&self) {
        for complaint in [&self.trouble, &self.lost] {
            complaint.release(format_args!("webhook {:?}: notifications are taken again", self.name));
        }
    }

    fn post(&self, body: &str) -> Result<(), PostError> {
        let request = self.agent.post(&self.url);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let status = request.send(body)?.status();
        if status.is_success() { Ok(()) } else { Err(PostError::Status(status.as_u16())) }
    }
}

/// The value of the header, as it is in its file.
fn authorization(file: &Path) -> io::Result<HeaderValue> {
    // Reading a pipe might never end.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut value = HeaderValue::from_str(fs::read_to_string(file)?.trim()).map_err(io::Error::other)?;
    value.set_sensitive(true);
    Ok(value)
}
