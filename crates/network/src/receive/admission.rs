//! Who may send, and what for.

use std::net::IpAddr;

use ipnet::IpNet;
use regex::bytes::Regex;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected};

/// The values of `AllowFrom`: addresses and networks. None at all is everybody.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// Whether a packet from this address is to be looked at.
    pub(crate) fn allow(&self, address: IpAddr) -> bool {
        self.0.is_empty() || self.0.iter().any(|network| network.0.contains(&address))
    }
}

/// `"192.0.2.7"`, `"10.0.0.0/8"`, `"2001:db8::/32"`.
#[derive(Debug, Clone)]
struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Network).map_err(|_| {
            D::Error::invalid_value(Unexpected::Str(&text), &"an address or a network such as \"192.0.2.0/24\"")
        })
    }
}

/// A host that a user may report for: its name, or `/regular expression/`.
#[derive(Debug, Clone)]
pub enum HostPattern {
    /// Exactly this name.
    Name(String),
    /// Every name with a match.
    Pattern(Box<Regex>),
}

impl HostPattern {
    pub(crate) fn matches(&self, host: &[u8]) -> bool {
        match self {
            HostPattern::Name(name) => name.as_bytes() == host,
            HostPattern::Pattern(pattern) => pattern.is_match(host),
        }
    }
}

impl<'de> Deserialize<'de> for HostPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pattern = text.strip_prefix('/').and_then(|text| text.strip_suffix('/')).filter(|text| !text.is_empty());
        match pattern.map(Regex::new) {
            None => Ok(HostPattern::Name(text)),
            Some(Ok(pattern)) => Ok(HostPattern::Pattern(Box::new(pattern))),
            // A syntax error comes as a drawing in several lines; the last one says what it is.
            Some(Err(error)) => {
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default();
                Err(D::Error::custom(format_args!("\"{text}\" is no regular expression: {reason}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use collectd::config::Block;

    use super::*;

    fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
        Block::new("Key").value(text).to().map_err(|error| error.to_string())
    }

    #[test]
    fn networks_hold_their_addresses() {
        let all = Networks::default();
        assert!(all.allow([192, 0, 2, 7].into()));
        let mut some = Networks::default();
        for text in ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "::1"] {
            some.0.push(read(text).unwrap());
        }
        for (address, is_allowed) in [
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("2001:db8:1::5", true),
            ("2001:db9::5", false),
            ("::1", true),
        ] {
            assert_eq!(some.allow(address.parse().unwrap()), is_allowed, "{address}");
        }
        for wrong in ["10.0.0.0/33", "somewhere", "", "10.0.0", "::1/129"] {
            let error = read::<Network>(wrong).unwrap_err();
            assert!(error.contains("an address or a network"), "{error}");
        }
    }

    #[test]
    fn hosts_are_names_or_expressions() {
        for (pattern, host, matches) in [
            ("web1", "web1", true),
            ("web1", "web10", false),
            ("/^web[0-9]+$/", "web10", true),
            ("/^web[0-9]+$/", "db1", false),
            ("/", "/", true),
            ("//", "x", false),
        ] {
            let read: HostPattern = read(pattern).unwrap();
            assert_eq!(read.matches(host.as_bytes()), matches, "{pattern} {host}");
        }
        let error = read::<HostPattern>("/a(/").unwrap_err();
        assert!(error.contains("\"/a(/\" is no regular expression: ") && !error.contains('\n'), "{error}");
    }
}
