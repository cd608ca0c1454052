//! What sockets can fail with. Each text is complete: it holds the reason of the system.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// A socket that could not be opened, and at which step.
#[derive(Debug, thiserror::Error)]
#[error("{addr}: cannot {step}: {error}")]
pub struct OpenError {
    /// The address to send to or to listen on.
    pub addr: SocketAddr,
    /// What was being done, as in "cannot …".
    pub step: &'static str,
    /// What the system said.
    pub error: io::Error,
}

/// None of the addresses could be listened on.
#[derive(Debug)]
pub struct BindError {
    failures: Vec<OpenError>,
}

impl BindError {
    pub(crate) fn new(failures: Vec<OpenError>) -> Self {
        BindError { failures }
    }

    /// One error for each address, in the order they were given; empty if no address was given.
    #[must_use]
    pub fn failures(&self) -> &[OpenError] {
        &self.failures
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.failures.is_empty() {
            return f.write_str("there is no address to listen on");
        }
        for (i, failure) in self.failures.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{failure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BindError {}

/// Sending stopped before the end of a batch.
#[derive(Debug, thiserror::Error)]
#[error("sending to {to} failed after {sent} datagrams of a batch: {error}")]
pub struct SendError {
    /// The receiver's address.
    pub to: SocketAddr,
    /// How many datagrams had gone out: the one with this index is the one that failed.
    pub sent: usize,
    /// As [`Sent::refused`](crate::Sent::refused).
    pub refused: bool,
    /// What the system said; [`TimedOut`](io::ErrorKind::TimedOut) if there was no room in the send
    /// buffer for as long as [`SendOptions::timeout`](crate::SendOptions::timeout).
    pub error: io::Error,
}

/// Receiving from one socket failed. The next call goes on with the others, and with this one
/// after a short pause.
#[derive(Debug, thiserror::Error)]
#[error("receiving on {local} failed: {error}")]
pub struct RecvError {
    /// The address that the socket is bound to.
    pub local: SocketAddr,
    /// What the system said.
    pub error: io::Error,
}
