//! Receiving: from sockets to the daemon.

mod admission;
mod dispatch;
mod duplicates;
mod listener;
mod own;
mod replay;
mod sent;
mod socket;
mod trouble;

pub(crate) use admission::Networks;
pub(crate) use dispatch::RECEIVED;
pub(crate) use duplicates::Duplicates;
pub(crate) use listener::Listener;
pub(crate) use own::Own;
pub(crate) use replay::Replays;
pub(crate) use sent::Sent;

use crate::seen::Keys;

/// What all listeners share.
pub(crate) struct Shared {
    pub(crate) keys: Keys,
    /// When each metric was sent last, if there are servers.
    pub(crate) sent: Option<Sent>,
    /// What came lately, to drop it when it comes again.
    pub(crate) duplicates: Option<Duplicates>,
    /// Where packets of ours come from, if there are servers.
    pub(crate) own: Own,
    /// Of what was signed or encrypted, if there is a `ReplayWindow`.
    pub(crate) replays: Option<Replays>,
}
