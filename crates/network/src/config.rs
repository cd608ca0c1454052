//! The configuration: that of collectd's `network` plugin, as far as it is supported yet.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, Unexpected};

/// The keys of `<Plugin rust_network>` and `<Plugin network>` blocks. Like the original, a global option
/// that is given several times has its last value.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    server: Vec<Server>,
    #[serde(default)]
    max_packet_size: Vec<Line<Number<1024, 65535>>>,
    #[serde(default)]
    time_to_live: Vec<Line<Number<1, 255>>>,
    #[serde(default)]
    linger: Vec<Line<Linger>>,

    #[serde(default, rename = "Listen")]
    _listen: Vec<NotYet>,
    #[serde(default, rename = "Forward")]
    _forward: Vec<Line<OnlyFalse>>,
    #[serde(default, rename = "ReportStats")]
    _report_stats: Vec<Line<OnlyFalse>>,
}

impl Config {
    /// Where to send to.
    pub fn servers(&self) -> &[Server] {
        &self.server
    }

    /// The largest packet to send, in bytes. At most what a datagram can have: the original takes more, and
    /// then fails to send full packets.
    pub fn max_packet_size(&self) -> usize {
        let size = self.max_packet_size.last().map_or(DEFAULT_PACKET_SIZE, |(size,)| usize::from(size.0));
        size.min(LARGEST_PACKET_SIZE)
    }

    /// How many routers a packet may pass; without it the system decides.
    pub fn time_to_live(&self) -> Option<u8> {
        self.time_to_live.last().and_then(|(ttl,)| u8::try_from(ttl.0).ok())
    }

    /// Checks what the types alone do not.
    ///
    /// # Errors
    ///
    /// The path of the key that is wrong, and what is.
    pub fn check(&self) -> Result<(), String> {
        match self.server.iter().find(|server| server.password.is_some()) {
            Some(server) => Err(format!("<{server}>: Password: {NOT_YET}")),
            None => Ok(()),
        }
    }

    /// How long a value may wait for others before its packet is sent.
    pub fn linger(&self) -> Duration {
        self.linger.last().map_or(DEFAULT_LINGER, |(linger,)| linger.0)
    }
}

/// An Ethernet frame, less the headers of IPv6 and UDP.
const DEFAULT_PACKET_SIZE: usize = 1452;
/// What IPv4 can carry, less its own header and that of UDP.
const LARGEST_PACKET_SIZE: usize = 65_535 - 20 - 8;
const DEFAULT_LINGER: Duration = Duration::from_secs(1);

/// One line with one value, of several that may be there.
type Line<T> = (T,);

/// `Server "host" ["port"]`, as a line or as a block.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Server {
    #[serde(rename = "$arguments")]
    address: Address,

    #[serde(default, rename = "SecurityLevel")]
    _security_level: Option<OnlyNone>,
    #[serde(default, rename = "Username")]
    _username: NotYet,
    #[serde(default)]
    password: Option<Secret>,
    #[serde(default, rename = "Interface")]
    _interface: NotYet,
    #[serde(default, rename = "BindAddress")]
    _bind_address: NotYet,
    #[serde(default, rename = "ResolveInterval")]
    _resolve_interval: NotYet,
}

impl Server {
    /// Host name or address.
    pub fn host(&self) -> &str {
        &self.address.0.0
    }

    /// Port number or service name.
    pub fn service(&self) -> &str {
        self.address.1.as_ref().map_or(DEFAULT_SERVICE, |service| &service.0)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server \"{}\" \"{}\"", self.host().escape_debug(), self.service().escape_debug())
    }
}

const DEFAULT_SERVICE: &str = "25826";

#[derive(Deserialize, Debug)]
struct Address(Host, #[serde(default)] Option<Service>);

/// A host name that is not empty.
#[derive(Debug)]
struct Host(String);

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)? {
            host if host.trim().is_empty() => {
                Err(D::Error::invalid_value(Unexpected::Str(&host), &"a host name or an address"))
            }
            host => Ok(Host(host)),
        }
    }
}

/// A port number from 1 to 65535, or the name of a service.
#[derive(Debug)]
struct Service(String);

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let service = String::deserialize(deserializer)?;
        let is_number = service.bytes().all(|byte| byte.is_ascii_digit());
        let is_port = is_number && service.parse::<u16>().is_ok_and(|port| port != 0);
        // Names are looked up in a local file, so this is the moment to find a wrong one.
        if is_port || !is_number && collectd_udp::resolve("127.0.0.1", &service).is_ok() {
            return Ok(Service(service));
        }
        Err(D::Error::invalid_value(Unexpected::Str(&service), &"a port from 1 to 65535 or the name of a service"))
    }
}

/// A whole number within limits.
#[derive(Debug)]
struct Number<const MIN: u16, const MAX: u16>(u16);

impl<'de, const MIN: u16, const MAX: u16> Deserialize<'de> for Number<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Wider than the limits, so that it is they that the error names.
        let number = i64::deserialize(deserializer)?;
        let expected = || format!("a number from {MIN} to {MAX}");
        match u16::try_from(number) {
            Ok(number) if (MIN..=MAX).contains(&number) => Ok(Number(number)),
            _ => Err(D::Error::invalid_value(Unexpected::Signed(number), &expected().as_str())),
        }
    }
}

/// Seconds from 0 to an hour.
#[derive(Debug)]
struct Linger(Duration);

impl<'de> Deserialize<'de> for Linger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if !(0.0..=3600.0).contains(&seconds) {
            return Err(D::Error::invalid_value(Unexpected::Float(seconds), &"a number of seconds from 0 to 3600"));
        }
        Ok(Linger(Duration::from_secs_f64(seconds)))
    }
}

const NOT_YET: &str = "not supported yet";

/// An option of the original that this plugin does not have yet.
#[derive(Debug, Default)]
struct NotYet;

impl<'de> Deserialize<'de> for NotYet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Err(D::Error::custom(NOT_YET))
    }
}

/// A text that no error message may show, as the refusal of a [`NotYet`] would.
#[derive(Debug)]
struct Secret;

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Secret)
    }
}

/// A switch that cannot be turned on yet.
#[derive(Debug)]
struct OnlyFalse;

impl<'de> Deserialize<'de> for OnlyFalse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match bool::deserialize(deserializer)? {
            false => Ok(OnlyFalse),
            true => Err(D::Error::custom(format_args!("true is {NOT_YET}"))),
        }
    }
}

/// The security level that is there: none.
#[derive(Debug)]
struct OnlyNone;

impl<'de> Deserialize<'de> for OnlyNone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let level = String::deserialize(deserializer)?;
        let is = |name: &str| level.eq_ignore_ascii_case(name);
        if is("None") {
            Ok(OnlyNone)
        } else if is("Sign") || is("Encrypt") {
            Err(D::Error::custom(format_args!("\"{level}\" is {NOT_YET}")))
        } else {
            Err(D::Error::unknown_variant(&level, &["None", "Sign", "Encrypt"]))
        }
    }
}

#[cfg(test)]
mod tests;
