//! What is in a capture and was not handed on.

/// Counts of what a capture holds besides datagrams for us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// Frames that hold no datagram to a port that was asked for.
    pub(crate) others: u64,
    /// Frames in which nothing can be found: their kind of network is not known, or they are damaged.
    pub(crate) unknown: u64,
    /// Datagrams of which only the beginning was captured; it was handed on.
    pub(crate) cut: u64,
    /// Fragments of datagrams of which others are missing.
    pub(crate) fragments: u64,
}
