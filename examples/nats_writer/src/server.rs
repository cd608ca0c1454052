//! The connection, and the stream at its other end.

use std::fs;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::{self, Context, ErrorCode, stream};
use async_nats::{Client, ClientError, ConnectOptions, Event, ServerAddr};
use collectd::prelude::*;
use collectd::{Complaint, Escaped, LogLevel, hostname};

use crate::config::Config;
use crate::outbox::Outbox;
use crate::tls;

/// A server that does not answer is left after two of these.
const PING: Duration = Duration::from_secs(10);
/// Between two attempts to connect, at most.
const RECONNECT: Duration = Duration::from_secs(1);
/// How long a server may take to answer a question about a stream.
const ANSWER: Duration = Duration::from_secs(5);

/// Everything that is needed to connect, and can be wrong already now.
pub(crate) struct Server {
    addresses: Vec<ServerAddr>,
    options: ConnectOptions,
}

impl Server {
    pub(crate) fn new(config: &Config, outbox: &Arc<Outbox>) -> Result<Server> {
        let mut options = ConnectOptions::new();
        if let Some(file) = &config.credentials_file {
            let named = |error: std::io::Error| Error::msg(format_args!("CredentialsFile {file:?}: {error}"));
            options = options.credentials(&fs::read_to_string(file).map_err(named)?).map_err(named)?;
        }
        if let Some((user, password)) = config.user() {
            options = options.user_and_password(user.to_owned(), password.to_owned());
        }
        let events = Arc::new(Events::new(Arc::clone(outbox)));
        let reasons = Arc::clone(&events);
        let options = tls::options(options, config)?
            .name(format!("collectd nats_writer on {}", hostname()))
            .ping_interval(PING)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                RECONNECT.min(Duration::from_millis(50) * u32::try_from(attempts).unwrap_or(u32::MAX))
            })
            .reconnect_to_server_callback(move |servers, _info| {
                reasons.explain(&servers);
                // The client chooses.
                ready(None)
            })
            .event_callback(move |event| {
                events.hear(&event);
                ready(())
            });
        Ok(Server { addresses: config.servers()?, options })
    }

    /// Begins to connect, and goes on until it is.
    pub(crate) async fn connect(self) -> Result<Client> {
        Ok(self.options.connect(self.addresses).await?)
    }
}

struct Events {
    outbox: Arc<Outbox>,
    /// No server takes a connection.
    unreachable: Complaint,
    /// Everything else.
    trouble: Complaint,
}

impl Events {
    fn new(outbox: Arc<Outbox>) -> Self {
        Events { outbox, unreachable: Complaint::new(), trouble: Complaint::new() }
    }

    fn hear(&self, event: &Event) {
        match event {
            Event::Connected => {
                self.unreachable.release(format_args!("connected"));
                self.trouble.release(format_args!("the connection works again"));
                self.outbox.changed.notify_one();
            }
            // A bare "IO error": the reasons come with the next attempt.
            Event::ClientError(ClientError::Other(_)) => {}
            event => complain(&self.trouble, &event.to_string()),
        }
    }

    /// Why it has not worked so far, before another attempt.
    fn explain(&self, servers: &[async_nats::Server]) {
        let reason = |server: &async_nats::Server| {
            // Not the whole address, which may have a password.
            let (host, port) = (server.addr.host(), server.addr.port());
            server.last_error.as_ref().map(|error| format!("{host} port {port}: {error}"))
        };
        let reasons: Vec<_> = servers.iter().filter_map(reason).collect();
        if !reasons.is_empty() {
            complain(&self.unreachable, &reasons.join(", "));
        }
    }
}

/// With what a server says.
fn complain(trouble: &Complaint, why: &str) {
    trouble.complain(LogLevel::Warning, format_args!("{}; messages are kept", Escaped(why.as_bytes())));
}

/// A context for questions about streams.
pub(crate) fn context(client: &Client) -> Context {
    let mut context = jetstream::new(client.clone());
    context.set_timeout(ANSWER);
    context
}

/// Sees to it that there is the stream.
pub(crate) async fn find_stream(context: &Context, config: &Config) -> Result {
    let name = &config.stream.name;
    match context.get_stream(name).await {
        Ok(_) => Ok(()),
        Err(error) if is_missing(&error) && config.stream.create => create(context, config).await,
        Err(error) if is_missing(&error) => {
            Err(Error::msg(format_args!("there is no stream {name:?} (Create true in its block would make it)")))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

async fn create(context: &Context, config: &Config) -> Result {
    let wanted = &config.stream;
    let stream = stream::Config {
        name: wanted.name.clone(),
        subjects: config.subject.wildcard().into_iter().collect(),
        num_replicas: wanted.replicas,
        max_age: wanted.max_age(),
        max_bytes: wanted.max_bytes(),
        duplicate_window: wanted.duplicate_window(),
        ..stream::Config::default()
    };
    context.create_stream(stream).await?;
    log::info!("the stream {:?} is made", wanted.name);
    Ok(())
}
