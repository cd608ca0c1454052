//! Network interfaces by name.

use std::ffi::CString;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
use std::num::NonZeroU32;

use crate::sys;

/// A network interface of this machine: the one to join a group on, or to send through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    name: String,
    index: NonZeroU32,
}

impl Interface {
    /// Looks an interface up by its name, `eth0` say.
    ///
    /// # Errors
    ///
    /// There is no such interface now.
    pub fn named(name: &str) -> Result<Self, InterfaceError> {
        let failed = |error| InterfaceError { name: name.to_owned(), error };
        let c_name = CString::new(name).map_err(|e| failed(e.into()))?;
        let index = sys::interface_index(&c_name).map_err(failed)?;
        Ok(Interface { name: name.to_owned(), index })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kernel's number for it, as it was when it was looked up.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index.get()
    }
}

/// An address that means nothing without its interface, with this one's number, if it has none.
pub(crate) fn scoped(addr: SocketAddr, interface: u32) -> SocketAddr {
    match addr {
        SocketAddr::V6(v6) if v6.scope_id() == 0 && is_of_link(*v6.ip()) => {
            SocketAddrV6::new(*v6.ip(), v6.port(), v6.flowinfo(), interface).into()
        }
        other => other,
    }
}

/// Addresses and groups that are those of one interface, or of what is at its other end.
fn is_of_link(ip: Ipv6Addr) -> bool {
    ip.is_unicast_link_local() || matches!(ip.segments()[0] & 0xff0f, 0xff01 | 0xff02)
}

/// An interface that this machine does not have.
#[derive(Debug, thiserror::Error)]
#[error("network interface \"{name}\": {error}")]
pub struct InterfaceError {
    /// The name as it was given.
    pub name: String,
    /// What the system said.
    pub error: io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_interfaces_are_errors_with_their_name() {
        let long = "x".repeat(300);
        for name in ["nosuchif0", "", "lo\0", long.as_str()] {
            let error = Interface::named(name).expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn what_is_of_a_link_gets_its_number_if_it_has_none() {
        for (addr, wanted) in [
            ("[fe80::1]:7", "[fe80::1%9]:7"),
            ("[fe80::1%3]:7", "[fe80::1%3]:7"),
            ("[ff02::1]:7", "[ff02::1%9]:7"),
            ("[ff12::1]:7", "[ff12::1%9]:7"),
            ("[ff18::efc0:4a42]:7", "[ff18::efc0:4a42]:7"),
            ("[fd00::1]:7", "[fd00::1]:7"),
            ("[::]:7", "[::]:7"),
            ("10.0.0.1:7", "10.0.0.1:7"),
        ] {
            assert_eq!(scoped(addr.parse().unwrap(), 9).to_string(), wanted);
        }
    }
}
