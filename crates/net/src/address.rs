//! Addresses and interfaces as people write them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use collectd_udp::{Endpoint, EndpointError, Interface, PORT};

/// A host and a port: what to listen on, or to send to.
///
/// Made from a text as `"collectd.example.org"`, `"192.0.2.7:25827"`, `"[2001:db8::7]:25827"` or `"*"` (every
/// address of this machine, to listen on), from an address, or from an [`Endpoint`]. Without a port it is
/// 25826. A text that is none of these is reported by the builder that got it.
#[derive(Clone, Debug)]
pub struct Address(Result<Endpoint, EndpointError>);

impl Address {
    pub(crate) fn endpoint(self) -> Result<Endpoint, EndpointError> {
        self.0
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Address(text.parse())
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Address(text.parse())
    }
}

impl From<&String> for Address {
    fn from(text: &String) -> Self {
        Address(text.parse())
    }
}

impl From<Endpoint> for Address {
    fn from(endpoint: Endpoint) -> Self {
        Address(Ok(endpoint))
    }
}

macro_rules! from_socket_addr {
    ($($addr:ty => $with_port:expr),* $(,)?) => {$(
        impl From<$addr> for Address {
            fn from(addr: $addr) -> Self {
                let addr: SocketAddr = $with_port(addr);
                Address(Ok(addr.into()))
            }
        }
    )*};
}

from_socket_addr! {
    SocketAddr => |addr| addr,
    SocketAddrV4 => SocketAddr::V4,
    SocketAddrV6 => SocketAddr::V6,
    IpAddr => |ip| SocketAddr::new(ip, PORT),
    Ipv4Addr => |ip| SocketAddr::from((ip, PORT)),
    Ipv6Addr => |ip| SocketAddr::from((ip, PORT)),
    (IpAddr, u16) => SocketAddr::from,
    (Ipv4Addr, u16) => SocketAddr::from,
    (Ipv6Addr, u16) => SocketAddr::from,
}

/// A network interface, by name or by number: made from `"eth0"`, `2`, or `"2"` (the number 2, unless an
/// interface is named so).
#[derive(Clone, Debug)]
pub struct InterfaceId(Id);

#[derive(Clone, Debug)]
enum Id {
    Name(String),
    Index(u32),
    Known(Interface),
}

impl From<&str> for InterfaceId {
    fn from(name: &str) -> Self {
        InterfaceId(Id::Name(name.to_owned()))
    }
}

impl From<String> for InterfaceId {
    fn from(name: String) -> Self {
        InterfaceId(Id::Name(name))
    }
}

impl From<u32> for InterfaceId {
    fn from(index: u32) -> Self {
        InterfaceId(Id::Index(index))
    }
}

impl From<Interface> for InterfaceId {
    fn from(interface: Interface) -> Self {
        InterfaceId(Id::Known(interface))
    }
}

/// An interface that this machine does not have.
#[derive(Debug, thiserror::Error)]
#[error("network interface {interface}: {error}")]
pub struct UnknownInterface {
    /// Its name or number, as it was given.
    pub interface: String,
    /// What the system said.
    pub error: io::Error,
}

impl InterfaceId {
    /// Looks the interface up.
    ///
    /// # Errors
    ///
    /// This machine has no such interface now.
    pub fn find(&self) -> Result<Interface, UnknownInterface> {
        match &self.0 {
            Id::Known(interface) => Ok(interface.clone()),
            Id::Index(index) => by_index(*index),
            Id::Name(name) => match (by_name(name), name.parse()) {
                (Err(_), Ok(index)) => by_index(index),
                (found, _) => found,
            },
        }
    }
}

fn by_name(name: &str) -> Result<Interface, UnknownInterface> {
    Interface::named(name).map_err(|e| UnknownInterface { interface: format!("\"{}\"", e.name), error: e.error })
}

fn by_index(index: u32) -> Result<Interface, UnknownInterface> {
    let named = name_of(index).and_then(|name| Interface::named(&name).map_err(|e| e.error));
    named.map_err(|error| UnknownInterface { interface: format!("number {index}"), error })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn name_of(index: u32) -> io::Result<String> {
    // The kernel wants a socket for the question; any will do.
    let socket = std::os::unix::net::UnixDatagram::unbound()?;
    Ok(rustix::net::netdevice::index_to_name(&socket, index)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn name_of(_: u32) -> io::Result<String> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "give its name: here it cannot be found by number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_collectds_where_none_is_given() {
        let shown = |address: Address| address.endpoint().unwrap().to_string();
        assert_eq!(shown("192.0.2.7".into()), "192.0.2.7:25826");
        assert_eq!(shown(Ipv6Addr::LOCALHOST.into()), "[::1]:25826");
        assert_eq!(shown((Ipv4Addr::LOCALHOST, 7).into()), "127.0.0.1:7");
        assert_eq!(shown("[::1]:8".to_owned().into()), "[::1]:8");
        assert!(Address::from("::1:").endpoint().is_err());
    }

    #[test]
    fn interfaces_have_names_and_numbers() {
        let lo = InterfaceId::from("lo").find().expect("every Linux machine has it");
        assert_eq!(InterfaceId::from(lo.index()).find().unwrap(), lo);
        assert_eq!(InterfaceId::from(lo.index().to_string()).find().unwrap(), lo);
        assert_eq!(InterfaceId::from(lo.clone()).find().unwrap(), lo);
        let error = InterfaceId::from("nosuchif0").find().unwrap_err().to_string();
        assert!(error.contains("interface \"nosuchif0\": "), "{error}");
        let error = InterfaceId::from(4_000_000).find().unwrap_err().to_string();
        assert!(error.contains("interface number 4000000: "), "{error}");
    }
}
