//! What a writer can fail with.

use std::fmt;
use std::net::SocketAddr;

use collectd_types::{FieldError, Identifier};
use collectd_udp::{EndpointError, OpenError, ResolveError, SendError};
use collectd_wire::{EncodeError, SealError};

use crate::address::UnknownInterface;

/// Why a [`Writer`](crate::Writer) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenWriterError {
    /// There is no server to send to.
    #[error("there is no server to send to")]
    NoServer,
    /// A text that is no address.
    #[error(transparent)]
    Address(#[from] EndpointError),
    /// An interface that is not there.
    #[error(transparent)]
    Interface(#[from] UnknownInterface),
    /// A host name that will have no usable address later either. One that only cannot be looked up now is tried
    /// again when there is something to send.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A user or password that nobody can have.
    #[error("{server}: {error}")]
    Security {
        /// The server.
        server: String,
        /// What is wrong.
        error: SealError,
    },
    /// The packets have no room for anything but signature or encryption.
    #[error("a packet size of {0} bytes leaves no room for values")]
    PacketSize(usize),
    /// A host name that is none.
    #[error(transparent)]
    Host(FieldError),
}

/// Why something was not sent, or not to everybody.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// This value list or notification was not taken. Everything else is as it was.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// Packets did not get to some servers; the others got them. The value list or notification that was given
    /// has been taken, and no packet is sent again: whoever can do without an answer may go on.
    #[error(transparent)]
    Servers(#[from] ServerErrors),
}

/// A value list or notification that cannot be sent, to nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{identifier} cannot be sent: {reason}")]
#[non_exhaustive]
pub struct ItemError {
    /// What it is about.
    pub identifier: Box<Identifier>,
    /// Why.
    pub reason: ItemReason,
}

/// What is wrong with a value list or notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemReason {
    /// A part that its author set cannot be used.
    #[error(transparent)]
    Field(FieldError),
    /// Receivers would not take it, or it is larger than packets may be.
    #[error(transparent)]
    Encode(EncodeError),
}

/// The servers that something was not sent to; one error each.
#[derive(Debug)]
pub struct ServerErrors(pub(super) Vec<ServerError>);

impl ServerErrors {
    /// The errors, in the order of the servers.
    pub fn iter(&self) -> std::slice::Iter<'_, ServerError> {
        self.0.iter()
    }
}

impl fmt::Display for ServerErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ServerErrors {}

/// A server that something was not sent to.
#[derive(Debug)]
#[non_exhaustive]
pub struct ServerError {
    /// Which of the servers, in the order in which the builder got them.
    pub index: usize,
    /// The server, as it was given.
    pub server: String,
    /// So many packets were not sent there.
    pub lost: u64,
    /// Why.
    pub reason: ServerReason,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.server, self.reason)?;
        match self.lost {
            0 => Ok(()),
            1 => f.write_str(" (1 packet lost)"),
            lost => write!(f, " ({lost} packets lost)"),
        }
    }
}

impl std::error::Error for ServerError {}

/// Why something was not sent to a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerReason {
    /// Its name cannot be looked up.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// No socket to its last address; others were tried before.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Sending to its last address failed; others were tried before.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Its machine has reported, of packets sent before, that nobody listens on the port. These packets were sent
    /// all the same, and arrive if somebody does by now.
    #[error("nobody listens on {0}")]
    Refused(SocketAddr),
    /// It was tried a short time ago, and failed. It is not tried at each call, since a look-up may take long.
    #[error("waiting before the next try, since {0}")]
    Waiting(String),
    /// The packets cannot be signed or encrypted.
    #[error(transparent)]
    Seal(#[from] SealError),
}
