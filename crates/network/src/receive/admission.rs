//! Who may send, and what for.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
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
        network.map(|network| Network(canonical(network))).map_err(|_| {
            D::Error::invalid_value(Unexpected::Str(&text), &"an address or a network such as \"192.0.2.0/24\"")
        })
    }
}

/// Networks of IPv4 that are written as IPv6 shows them, as what is received from there is.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let length = mapped.prefix_len().checked_sub(96);
    let plain =
        mapped.addr().to_ipv4_mapped().zip(length).and_then(|(address, length)| Ipv4Net::new(address, length).ok());
    plain.map_or(network, IpNet::V4)
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
        for text in ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "::1", "::ffff:192.0.2.64/122", "::ffff:198.51.100.7"]
        {
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
            ("192.0.2.127", true),
            ("192.0.2.128", false),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
        ] {
            assert_eq!(some.allow(address.parse().unwrap()), is_allowed, "{address}");
        }
        for wrong in ["10.0.0.0/33", "somewhere", "", "10.0.0", "::1/129"] {
            let error = read::<Network>(wrong).unwrap_err();
            assert!(error.contains("an address or a network"), "{error}");
        }
    }
}
