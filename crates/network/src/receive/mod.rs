//! Receiving: from sockets to the daemon.

mod admission;
mod dispatch;
mod listener;
mod own;
mod replay;
mod socket;
mod trouble;

pub(crate) use admission::Networks;
pub(crate) use dispatch::RECEIVED;
pub(crate) use listener::Listener;
pub(crate) use own::Own;
pub(crate) use replay::Replays;

use std::sync::Arc;
use std::time::Duration;

use crate::seen::{Keys, Lately};

/// What all listeners share.
pub(crate) struct Shared {
    pub(crate) keys: Keys,
    /// When each metric was sent last, if there are servers: what comes back is older.
    pub(crate) sent: Option<Arc<Lately>>,
    /// What came lately, to drop it when it comes again.
    pub(crate) duplicates: Option<Lately>,
    /// Where packets of ours come from, if there are servers.
    pub(crate) own: Own,
    /// Of what was signed or encrypted, if there is a `ReplayWindow`.
    pub(crate) replays: Option<Replays>,
}

/// How many metrics and value lists are remembered, at 20 bytes each.
pub(crate) const REMEMBERED: usize = 200_000;

/// For how long it is remembered what was sent of a metric: the daemon itself forgets a metric that is not heard of
/// for two intervals.
pub(crate) const SENT_LIFETIME: Duration = Duration::from_secs(3600);
