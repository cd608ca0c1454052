//! The protocol's well-known addresses, and addresses as people write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use crate::resolve::{ResolveError, resolve, resolve_listen};

/// The port of the protocol where none is given.
pub const PORT: u16 = 25826;

/// The IPv4 group of the protocol, in the organisation-local scope.
pub const GROUP_V4: Ipv4Addr = Ipv4Addr::new(239, 192, 74, 66);

/// The IPv6 group of the protocol: transient, organisation-local.
pub const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff18, 0, 0, 0, 0, 0, 0xefc0, 0x4a42);

/// A host and a port, as written `ADDR[:PORT]` on a command line.
///
/// ```
/// use collectd_udp::Endpoint;
///
/// let endpoint: Endpoint = "[fe80::1%eth0]:2000".parse()?;
/// assert_eq!((endpoint.host(), endpoint.port()), ("fe80::1%eth0", 2000));
/// assert_eq!("::1".parse::<Endpoint>()?.to_string(), "[::1]:25826");
/// # Ok::<(), collectd_udp::EndpointError>(())
/// ```
///
/// The host is a name, an IPv4 address, an IPv6 address (in brackets if a port follows, with
/// `%INTERFACE` if it is link-local) or `*` for every address of this machine. A port of 0 is
/// any free one, which makes sense for listening only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    host: String,
    port: u16,
}

impl Endpoint {
    /// A host, whatever it looks like, and a port.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Endpoint { host: host.into(), port }
    }

    /// Name or address of the host, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, [`PORT`] if none was written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The addresses to send to; blocks while the system looks the name up.
    ///
    /// # Errors
    ///
    /// As [`resolve`].
    pub fn resolve(&self) -> Result<Vec<SocketAddr>, ResolveError> {
        resolve(&self.host, &self.port.to_string())
    }

    /// The addresses to listen on; blocks while the system looks the name up.
    ///
    /// # Errors
    ///
    /// As [`resolve_listen`].
    pub fn resolve_listen(&self) -> Result<Vec<SocketAddr>, ResolveError> {
        resolve_listen(&self.host, &self.port.to_string())
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(addr: SocketAddr) -> Self {
        let host = match addr {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
            _ => addr.ip().to_string(),
        };
        Endpoint { host, port: addr.port() }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (host, port) = split(text)?;
        let port = match port {
            None => PORT,
            Some(port) => {
                parse_port(port).ok_or_else(|| EndpointError::Port { text: text.to_owned(), port: port.to_owned() })?
            }
        };
        Ok(Endpoint { host: host.to_owned(), port })
    }
}

/// Why a text is not an [`Endpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Nothing before the port.
    #[error("\"{text}\": there is no host (every address of this machine is written *)")]
    NoHost {
        /// The whole text.
        text: String,
    },
    /// A host that no name or address looks like.
    #[error("\"{text}\": \"{host}\" is neither an address nor a host name")]
    Host {
        /// The whole text.
        text: String,
        /// The part that was read as host.
        host: String,
    },
    /// Several colons, but no IPv6 address.
    #[error("\"{text}\" is not an IPv6 address (with a port it is written [ADDRESS]:PORT)")]
    Ipv6 {
        /// The whole text.
        text: String,
    },
    /// A port that is no number from 0 to 65535.
    #[error("\"{text}\": the port \"{port}\" is not a number from 0 to 65535")]
    Port {
        /// The whole text.
        text: String,
        /// The part that was read as port.
        port: String,
    },
}

fn split(text: &str) -> Result<(&str, Option<&str>), EndpointError> {
    let bad_ipv6 = || EndpointError::Ipv6 { text: text.to_owned() };
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or_else(bad_ipv6)?;
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(port),
            None if rest.is_empty() => None,
            None => return Err(bad_ipv6()),
        };
        return if is_ipv6(host) { Ok((host, port)) } else { Err(bad_ipv6()) };
    }
    if text.matches(':').count() > 1 {
        return if is_ipv6(text) { Ok((text, None)) } else { Err(bad_ipv6()) };
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    if host.is_empty() {
        return Err(EndpointError::NoHost { text: text.to_owned() });
    }
    if host != "*" && !is_name(host) {
        return Err(EndpointError::Host { text: text.to_owned(), host: host.to_owned() });
    }
    Ok((host, port))
}

fn is_ipv6(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => address.parse::<Ipv6Addr>().is_ok() && is_name(zone),
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

/// Loose on purpose: whether a name exists is for the resolver to say. This catches slips of the
/// keyboard, as a space or a slash, and names that digits alone show to be a broken address.
fn is_name(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let dotted_digits = text.contains('.') && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    !text.is_empty() && plain && (!dotted_digits || text.parse::<IpAddr>().is_ok())
}

/// Digits only: `u16::from_str` takes a leading plus sign.
fn parse_port(text: &str) -> Option<u16> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parsed(text: &str) -> (String, u16) {
        let endpoint: Endpoint = text.parse().expect(text);
        (endpoint.host, endpoint.port)
    }

    #[test]
    fn reads_what_people_write() {
        for (text, host, port) in [
            ("127.0.0.1", "127.0.0.1", PORT),
            ("127.0.0.1:25827", "127.0.0.1", 25827),
            ("::1", "::1", PORT),
            ("::", "::", PORT),
            ("[::1]", "::1", PORT),
            ("[::1]:25827", "::1", 25827),
            ("fe80::1%eth0", "fe80::1%eth0", PORT),
            ("[fe80::1%eth0]:25827", "fe80::1%eth0", 25827),
            ("ff18::efc0:4a42", "ff18::efc0:4a42", PORT),
            ("localhost", "localhost", PORT),
            ("db-1.example.org:0", "db-1.example.org", 0),
            ("my_host:65535", "my_host", 65535),
            ("*", "*", PORT),
            ("*:1", "*", 1),
        ] {
            assert_eq!(parsed(text), (host.to_owned(), port), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_text() {
        for text in [
            "",
            ":25826",
            "host:",
            "host:http",
            "host:65536",
            "host:-1",
            "host:+1",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[127.0.0.1]:1",
            "[]:1",
            "::1:25826x",
            "1:2:3",
            "a b",
            "a/b",
            "fe80::1%",
            "fe80::1%a/b",
            "256.1.1.1",
            "1.2.3",
            "host\0",
            "127.0.0.1:25826:",
            "[::1]:70000",
        ] {
            let error = text.parse::<Endpoint>().expect_err(text).to_string();
            assert!(error.contains(&format!("\"{text}\"")), "{text}: {error}");
        }
    }

    #[test]
    fn says_which_part_is_wrong() {
        let error = |text: &str| text.parse::<Endpoint>().unwrap_err();
        assert!(matches!(error("host:70000"), EndpointError::Port { port, .. } if port == "70000"));
        assert!(matches!(error("a b:1"), EndpointError::Host { host, .. } if host == "a b"));
        assert!(matches!(error("::1:25826x"), EndpointError::Ipv6 { .. }));
        assert!(matches!(error(":1"), EndpointError::NoHost { .. }));
    }

    #[test]
    fn display_is_read_again() {
        for text in ["127.0.0.1:1", "[::1]:25826", "[fe80::1%eth0]:3", "*:4", "name:5"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        let scoped = SocketAddr::V6(std::net::SocketAddrV6::new(Ipv6Addr::LOCALHOST, 9, 0, 7));
        assert_eq!(Endpoint::from(scoped).to_string(), "[::1%7]:9");
    }

    #[test]
    fn groups_share_their_last_four_bytes() {
        assert_eq!(GROUP_V4.to_string(), "239.192.74.66");
        assert_eq!(GROUP_V6.to_string(), "ff18::efc0:4a42");
        assert_eq!(GROUP_V4.octets(), GROUP_V6.octets()[12..]);
    }
}
