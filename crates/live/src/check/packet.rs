//! What is looked at.

use std::fmt;
use std::net::SocketAddr;
use std::time::SystemTime;

use collectd_net::Time;

/// A packet, and what is known of its way.
pub(super) struct Packet<'a> {
    pub(super) data: &'a [u8],
    /// If it comes from a capture.
    pub(super) origin: Option<Origin>,
}

/// When it was captured, and where between.
pub(super) struct Origin {
    pub(super) frame: u64,
    pub(super) time: SystemTime,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
}

/// As the protocol has it. What does not fit was never captured.
pub(super) fn arrival(time: SystemTime) -> Time {
    Time::try_from(time).unwrap_or_default()
}

impl fmt::Display for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Origin { frame, time, from, to }) = &self.origin {
            write!(f, "frame {frame}, {:.9}, {from} to {to}, ", arrival(*time).rfc3339())?;
        }
        write!(f, "{} bytes", self.data.len())
    }
}
