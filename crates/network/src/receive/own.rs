//! What comes from this daemon itself.

use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock};

/// The addresses of the sockets that servers are sent to from. What a group returns to its sender need not be looked
/// at, be it only to find that it was sent here.
#[derive(Default)]
pub(crate) struct Own(RwLock<Vec<Option<SocketAddr>>>);

impl Own {
    /// Makes room for one more socket, and says which one it is.
    pub(crate) fn add(&self) -> usize {
        let mut addresses = self.0.write().unwrap_or_else(PoisonError::into_inner);
        addresses.push(None);
        addresses.len() - 1
    }

    /// Notes the address of a socket.
    pub(crate) fn set(&self, index: usize, address: SocketAddr) {
        if let Some(place) = self.0.write().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
            *place = Some(address);
        }
    }

    pub(super) fn contains(&self, address: SocketAddr) -> bool {
        let addresses = self.0.read().unwrap_or_else(PoisonError::into_inner);
        addresses.iter().flatten().any(|own| match (own, address) {
            // A socket that is bound to no interface does not know its scope.
            (SocketAddr::V6(own), SocketAddr::V6(address)) if own.scope_id() == 0 => {
                (own.ip(), own.port()) == (address.ip(), address.port())
            }
            (own, address) => *own == address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_known_with_and_without_their_scope() {
        let own = Own::default();
        let is_own = |text: &str| own.contains(text.parse().unwrap());
        assert!(!is_own("10.0.0.1:7"));
        let set = |text: &str| own.set(own.add(), text.parse().unwrap());
        ["10.0.0.1:7", "[fe80::1]:8", "[fe80::2%3]:9"].into_iter().for_each(set);
        own.add();
        for (address, wanted) in [
            ("10.0.0.1:7", true),
            ("10.0.0.1:8", false),
            ("10.0.0.2:7", false),
            ("[fe80::1%2]:8", true),
            ("[fe80::1%2]:7", false),
            ("[fe80::2%3]:9", true),
            ("[fe80::2%4]:9", false),
        ] {
            assert_eq!(is_own(address), wanted, "{address}");
        }
        own.set(0, "10.0.0.1:9".parse().unwrap());
        assert!(is_own("10.0.0.1:9") && !is_own("10.0.0.1:7"));
    }
}
