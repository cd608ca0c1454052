//! Where the page is served, and under which names.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// An address to serve on, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HttpAddress {
    host: String,
    port: u16,
}

pub(super) const DEFAULT_PORT: u16 = 8080;

impl Default for HttpAddress {
    fn default() -> Self {
        HttpAddress { host: Ipv4Addr::LOCALHOST.to_string(), port: DEFAULT_PORT }
    }
}

impl FromStr for HttpAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let port = |port: &str| port.parse().map_err(|_| "the port must be a number from 0 to 65535");
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(HttpAddress { port: port(text)?, ..HttpAddress::default() });
        }
        let (host, number) = text.rsplit_once(':').ok_or("it must be ADDR:PORT, or a port of 127.0.0.1 alone")?;
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').filter(|host| host.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6())),
            None => Some(host).filter(|host| !host.contains(':')),
        };
        let host = host.ok_or("an IPv6 address is written [ADDR]:PORT")?;
        if host.is_empty() {
            return Err("the address is missing; all of this machine's are 0.0.0.0 and [::]");
        }
        Ok(HttpAddress { host: host.to_owned(), port: port(number)? })
    }
}

impl fmt::Display for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl HttpAddress {
    /// What it stands for now.
    pub(super) fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        Ok((self.host.as_str(), self.port).to_socket_addrs()?.collect())
    }

    /// The name in it, if it is not a number.
    pub(super) fn name(&self) -> Option<&str> {
        Some(self.host.as_str()).filter(|host| host.parse::<IpAddr>().is_err())
    }
}

/// The names that the page is for. A page of somebody else's, in the browser of somebody who may see ours, can make its
/// own name point here, and would then be allowed to read everything: but its name it must tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Names(names.into_iter().map(str::to_ascii_lowercase).collect())
    }

    /// Whether a request may have this `Host`: an address, `localhost`, or one of the names; with any port.
    pub(super) fn allow(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => return rest.split_once(']').is_some_and(|(ip, _)| ip.parse::<IpAddr>().is_ok()),
            None => host.split_once(':').map_or(host, |(name, _)| name),
        };
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        name.parse::<Ipv4Addr>().is_ok() || name == "localhost" || self.0.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port() {
        let read = |text: &str| text.parse::<HttpAddress>().map(|address| (address.host, address.port));
        let ok = |host: &str, port| Ok((host.to_owned(), port));
        assert_eq!(read("9000"), ok("127.0.0.1", 9000));
        assert_eq!(read("0.0.0.0:80"), ok("0.0.0.0", 80));
        assert_eq!(read("[::1]:0"), ok("::1", 0));
        assert_eq!(read("metrics.example.org:8080"), ok("metrics.example.org", 8080));
        for wrong in ["", "127.0.0.1", "127.0.0.1:", "::1:80", "[1.2.3.4]:80", "[::1]", ":80", "a:65536", "65536"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_of_others_are_not_allowed() {
        let names = Names::new(["Graphs.example.org"]);
        for host in
            ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:80", "[::1]", "graphs.example.org.", "192.0.2.7"]
        {
            assert!(names.allow(host), "{host}");
        }
        for host in ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::1", "[evil]", "graphs", "1"] {
            assert!(!names.allow(host), "{host}");
        }
    }
}
