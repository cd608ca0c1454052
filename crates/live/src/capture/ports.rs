//! Which datagrams of a capture are collectd's.

/// The ports that daemons send to.
#[derive(Clone, Debug)]
pub(crate) struct Ports(Vec<u16>);

/// What collectd uses unless it is told otherwise.
const USUAL: u16 = 25826;

impl Ports {
    pub(crate) fn new(ports: &[u16]) -> Ports {
        Ports(ports.to_vec())
    }

    /// Whether datagrams to this port count. Unless somebody said which, all do in what this program recorded: there
    /// is nothing else in it.
    pub(crate) fn take(&self, port: u16, ours: bool) -> bool {
        if self.0.is_empty() { ours || port == USUAL } else { self.0.contains(&port) }
    }
}
