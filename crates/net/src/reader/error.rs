//! What a reader can fail with, and warn of.

use std::net::SocketAddr;

use collectd_udp::{BindError, EndpointError, OpenError, RecvError, ResolveError};
use collectd_wire::{AuthFileError, DecodeError, SecurityLevel};

use crate::address::UnknownInterface;

/// Why a [`Reader`](crate::Reader) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenReaderError {
    /// A text that is no address.
    #[error(transparent)]
    Address(#[from] EndpointError),
    /// An interface that is not there.
    #[error(transparent)]
    Interface(#[from] UnknownInterface),
    /// A host name without address.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// What is to be joined is no group; to receive what is sent to this machine itself, listen.
    #[error("{0} is no multicast group, so it cannot be joined (listen on it)")]
    NotAGroup(SocketAddr),
    /// None of the addresses could be listened on.
    #[error("cannot listen: {0}")]
    Bind(#[from] BindError),
    /// Some could, but none of those that a host has which was asked for.
    #[error("cannot listen: {}", listed(.0))]
    Listen(Vec<OpenError>),
    /// The file with the users cannot be read.
    #[error(transparent)]
    AuthFile(#[from] AuthFileError),
    /// This level is demanded, but there are no keys to check or decrypt anything with.
    #[error("the security level {0} needs users with passwords: an auth file, or keys")]
    NoKeys(SecurityLevel),
}

/// Why nothing, or not what was sent, was received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A socket failed. The reader can be used further.
    #[error(transparent)]
    Receive(#[from] RecvError),
    /// A packet could not be read to its end; only with
    /// [`report_malformed`](crate::ReaderBuilder::report_malformed).
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// A packet that could not be read to its end. What was before the error has been yielded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("packet from {from}: {error}")]
#[non_exhaustive]
pub struct Malformed {
    /// Who sent it.
    pub from: SocketAddr,
    /// What is wrong with it.
    pub error: DecodeError,
}

/// What is not as it was asked for, though the reader works.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// This address cannot be listened on; others of the same wish can.
    #[error("not listening on {0}")]
    NotListening(OpenError),
    /// The kernel gave a smaller receive buffer than was asked for: bursts may get lost.
    #[error(
        "the receive buffer has {granted} bytes instead of {wanted}, so bursts may get lost; \
         as root, `sysctl net.core.rmem_max={wanted}` allows more"
    )]
    SmallBuffer {
        /// Bytes asked for.
        wanted: usize,
        /// Bytes that the smallest buffer of the reader has.
        granted: usize,
    },
}

fn listed(failures: &[OpenError]) -> String {
    let texts: Vec<_> = failures.iter().map(ToString::to_string).collect();
    texts.join("; ")
}
