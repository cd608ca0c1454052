//! Counts of what a writer sent.

use std::net::SocketAddr;

/// What a [`Writer`](crate::Writer) sent since it was built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterStatistics {
    /// Value lists taken.
    pub value_lists: u64,
    /// Notifications taken.
    pub notifications: u64,
    /// Value lists and notifications that cannot be sent to anybody.
    pub rejected: u64,
    /// What each server got, in the order in which the builder got them.
    pub servers: Vec<ServerStatistics>,
}

/// What one server got.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStatistics {
    /// The server, as it was given.
    pub server: String,
    /// Where packets go at present, if they do.
    pub address: Option<SocketAddr>,
    /// Packets sent.
    pub packets: u64,
    /// Their bytes, signatures and encryption included.
    pub bytes: u64,
    /// Packets that could not be sent.
    pub lost: u64,
    /// How often its machine has reported that nobody listens.
    pub refused: u64,
}
