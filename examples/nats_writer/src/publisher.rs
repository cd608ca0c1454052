//! The task that sends, and hears what has arrived.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, HeaderMap, StatusCode, Subscriber};
use collectd::prelude::*;
use collectd::{Complaint, Escaped, LogLevel};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::config::Config;
use crate::outbox::{Message, Outbox};
use crate::server::{self, Server};

/// How often overdue messages are looked for.
const TICK: Duration = Duration::from_millis(250);
/// How long the client may take a message. It does so at once unless it has just lost the connection.
const HAND_OVER: Duration = Duration::from_secs(1);
/// Of a message that comes twice the server keeps one.
const ID: &str = "Nats-Msg-Id";

pub(crate) struct Publisher {
    config: Arc<Config>,
    outbox: Arc<Outbox>,
    client: Client,
    context: Context,
    /// Where acknowledgements go: this, a dot, and the number of the message.
    inbox: String,
    /// What makes numbers of messages unlike those of all other daemons.
    origin: String,
    /// Whether the stream is known to be there.
    is_ready: bool,
    trouble: Complaint,
    losses: Complaint,
}

/// What the server says about a message.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Refused {
        error: jetstream::Error,
    },
    Stored {
        #[expect(dead_code, reason = "what an acknowledgement is known by")]
        seq: u64,
    },
}

/// Runs until the outbox is empty and closed.
pub(crate) async fn run(config: Arc<Config>, outbox: Arc<Outbox>, server: Server) -> Result {
    let client = server.connect().await?;
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(format!("{inbox}.*")).await?;
    let context = server::context(&client);
    let origin = format!("{:016x}", RandomState::new().build_hasher().finish());
    let mut publisher = Publisher {
        config,
        outbox,
        client,
        context,
        inbox,
        origin,
        is_ready: false,
        trouble: Complaint::new(),
        losses: Complaint::new(),
    };
    let outbox = Arc::clone(&publisher.outbox);
    tokio::select! {
        () = publisher.serve(&mut answers) => {}
        () = over(&outbox) => {}
    }
    Ok(())
}

/// Waits until nothing is to be done any more, or it took too long: whatever question has not been answered yet.
async fn over(outbox: &Outbox) {
    while !outbox.is_over() {
        sleep(TICK).await;
    }
}

impl Publisher {
    async fn serve(&mut self, answers: &mut Subscriber) {
        let outbox = Arc::clone(&self.outbox);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !outbox.is_over() {
            tokio::select! {
                Some(answer) = answers.next() => self.hear(&answer),
                () = outbox.changed.notified() => self.send_new().await,
                _ = ticks.tick() => self.look_around().await,
            }
        }
    }

    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Sends what may be on its way.
    async fn send_new(&mut self) {
        while self.is_ready && self.is_connected() {
            let Some(message) = self.outbox.next() else { break };
            if !self.send(message).await {
                break;
            }
        }
    }

    /// Finds the stream if it is not known to be there, and sends what is overdue.
    async fn look_around(&mut self) {
        if !self.is_connected() {
            return;
        }
        if !self.is_ready {
            match server::find_stream(&self.context, &self.config).await {
                Ok(()) => self.is_ready = true,
                Err(error) => return self.complain(format_args!("{error}")),
            }
        }
        for message in self.outbox.overdue(self.config.ack_timeout()) {
            if !self.send(message).await {
                return;
            }
        }
        self.send_new().await;
    }

    /// Whether the connection takes more. If it has not taken this one, it is overdue some time.
    async fn send(&mut self, message: Message) -> bool {
        let number = message.number;
        let mut headers = HeaderMap::new();
        headers.insert(ID, format!("{}-{number}", self.origin));
        let reply = format!("{}.{number}", self.inbox);
        let sent = self.client.publish_with_reply_and_headers(message.subject, reply, headers, message.payload);
        match timeout(HAND_OVER, sent).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) if error.kind() == async_nats::client::PublishErrorKind::Send => {
                self.complain(format_args!("{error}"));
                false
            }
            // It is too long, or the server takes no such subject: so it will be the next time.
            Ok(Err(error)) => {
                self.refuse(number, format_args!("{error}"));
                true
            }
            Err(_elapsed) => {
                self.complain(format_args!("the server takes no messages"));
                false
            }
        }
    }

    /// One answer. A message without one is sent again.
    fn hear(&mut self, answer: &async_nats::Message) {
        let number = answer.subject.rsplit_once('.').and_then(|(_, number)| number.parse().ok());
        let Some(number) = number else { return };
        if answer.status == Some(StatusCode::NO_RESPONDERS) {
            self.is_ready = false;
            return self.complain(format_args!("no stream takes {:?}", self.config.stream.name));
        }
        match serde_json::from_slice(&answer.payload) {
            Ok(Answer::Stored { .. }) => {
                self.outbox.stored(number);
                self.trouble.release(format_args!("the stream takes messages again"));
            }
            Ok(Answer::Refused { error }) if is_lasting(&error) => self.refuse(number, format_args!("{error}")),
            Ok(Answer::Refused { error }) => self.complain(format_args!("{error}")),
            Err(error) => self.complain(format_args!("the answer to a message is none: {error}")),
        }
    }

    fn refuse(&mut self, number: u64, why: std::fmt::Arguments<'_>) {
        self.outbox.refused(number);
        self.losses
            .complain(LogLevel::Error, format_args!("a message is lost: {}", Escaped(why.to_string().as_bytes())));
    }

    fn complain(&self, why: std::fmt::Arguments<'_>) {
        let why = why.to_string();
        self.trouble.complain(LogLevel::Error, format_args!("{}; messages are kept", Escaped(why.as_bytes())));
    }
}

/// Whether the message itself is what the server does not like.
fn is_lasting(error: &jetstream::Error) -> bool {
    [ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM, ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM].contains(&error.error_code())
}
