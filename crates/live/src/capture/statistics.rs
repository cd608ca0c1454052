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

impl Statistics {
    /// Each count that is not 0, with its name.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (u64, &'static str)> {
        let counts = [
            (self.cut, "cut off in the capture"),
            (self.fragments, "fragments of incomplete datagrams"),
            (self.others, "frames that are not for these ports"),
            (self.unknown, "frames that cannot be taken apart"),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0)
    }
}
