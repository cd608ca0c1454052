//! Ports: numbers, or names of services.

use std::ffi::CString;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

use super::de::VALUE;
use super::error::Error;
use super::show;
use crate::ffi;

/// A port: in the configuration a number from 1 to 65535, or the name of a service or a number in quotes
/// (`Port 443`, `Port "https"`, `Port "443"`).
///
/// Names are looked up with the system's `getaddrinfo`, usually in `/etc/services`, while the configuration is
/// read. Beyond what collectd does, numbers are checked, not rounded or cut to 16 bits.
///
/// `Display` writes the number, which is a service to `getaddrinfo` too.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::{Block, Port};
///
/// let port: Port = Block::new("Port").value("https").to()?;
/// assert_eq!(port.number(), 443);
/// assert_eq!(Block::new("Port").value(443).to::<Port>()?, port);
///
/// let error = Block::new("Port").value("htps").to::<Port>().unwrap_err();
/// assert_eq!(error.to_string(), r#"Port: this system knows no service "htps""#);
/// # Ok::<(), collectd::config::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(NonZeroU16);

const EXPECTED: &str = "a number from 1 to 65535, or the name of a service in quotes";

impl Port {
    /// The port of that number; `None` for 0, which is none.
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Port(number)),
            None => None,
        }
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0.get()
    }
}

impl From<Port> for u16 {
    fn from(port: Port) -> u16 {
        port.number()
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// From the name of a service or a number, by the rules of the configuration.
impl FromStr for Port {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text)
    }
}

fn parse<E: de::Error>(text: &str) -> Result<Port, E> {
    // getaddrinfo takes "+80", " 80" and 65616 for port 80.
    if !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_number);
        return number.map(Port).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &EXPECTED));
    }
    let found = CString::new(text).map_or(Ok(None), |name| ffi::port_of_service(&name));
    match found {
        Ok(Some(number)) => Port::new(number).ok_or_else(|| unknown(text)),
        Ok(None) => Err(unknown(text)),
        Err(problem) => Err(E::custom(format_args!("cannot look up service {}: {problem}", show::text(text)))),
    }
}

fn unknown<E: de::Error>(text: &str) -> E {
    E::custom(format_args!("this system knows no service {}", show::text(text)))
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(VALUE, PortVisitor)
    }
}

struct PortVisitor;

impl<'de> Visitor<'de> for PortVisitor {
    type Value = Port;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    /// From a tuple or a buffer of serde.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Port, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Port, E> {
        let port = u16::try_from(number).ok().and_then(Port::new);
        port.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Port, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    /// Only for what is no whole number, or beyond 64 bits.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Port, E> {
        Err(if number.is_finite() && number.fract() != 0.0 {
            E::invalid_type(Unexpected::Float(number), &self)
        } else {
            E::invalid_value(Unexpected::Float(number), &self)
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Port, E> {
        parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Block, ErrorKind, Scalar};

    fn port(value: impl Into<Scalar>) -> Result<u16, String> {
        let port = Block::new("Port").value(value).to::<Port>();
        port.map(Port::number).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_and_names() {
        assert_eq!(port(1), Ok(1));
        assert_eq!(port(65535), Ok(65535));
        assert_eq!(port("https"), Ok(443));
        assert_eq!(port("8080"), Ok(8080));
        assert_eq!(port("65535"), Ok(65535));
        // A name that is a service of TCP only, and one of UDP only.
        assert_eq!(port("telnet"), Ok(23));
        assert_eq!(port("tftp"), Ok(69));
        assert_eq!("https".parse::<Port>().map(u16::from), Ok(443));
        assert_eq!(Port::new(443).unwrap().to_string(), "443");
        assert_eq!(Port::new(0), None);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (number, shown) in [(0.0, "0"), (-1.0, "-1"), (65536.0, "65536"), (1e30, "1e30"), (f64::NAN, "NaN")] {
            assert_eq!(port(number), Err(format!("Port: {shown} does not fit, expected {EXPECTED}")));
        }
        assert_eq!(port(80.5), Err(format!("Port: 80.5 is not a whole number, expected {EXPECTED}")));
        assert_eq!(port(true), Err(format!("Port: true is a boolean, expected {EXPECTED}")));
    }

    #[test]
    fn what_getaddrinfo_would_bend_is_refused() {
        for text in ["", "0", "65536", "65616", "+80", "-1", " 80", "80 ", "8 0", "99999999999999999999", "٨٠"] {
            assert_eq!(port(text), Err(format!("Port: {text:?} is not valid, expected {EXPECTED}")));
        }
        for text in ["htps", "HTTPS ", "0x50", "80a", "example.org"] {
            assert_eq!(port(text), Err(format!("Port: this system knows no service {text:?}")));
        }
        let error = "ht\0tp\n".parse::<Port>().unwrap_err();
        assert_eq!(error.to_string(), r#"this system knows no service "ht\u{0}tp\n""#);
        assert_eq!("0".parse::<Port>().unwrap_err().kind(), ErrorKind::InvalidValue);
    }

    #[test]
    fn exactly_one_value() {
        let message = |block: Block| block.to::<Port>().unwrap_err().to_string();
        assert_eq!(message(Block::new("Port").value(1).value("a")), "Port: one value expected, 2 given: 1 \"a\"");
        assert_eq!(message(Block::new("Port")), format!("<Port>: no value given, expected {EXPECTED}"));
        let block = Block::new("Port").value(1).child(Block::new("A").value(1));
        assert_eq!(message(block), format!("<Port 1>: a block found, expected {EXPECTED}"));
        #[derive(Debug, serde::Deserialize)]
        struct Config {
            #[serde(rename = "Port")]
            _port: Port,
        }
        let line = || Block::new("Port").value("https");
        let block = Block::new("Plugin").child(line()).child(line());
        let error = crate::config::from_block::<Config>(&block).unwrap_err();
        assert_eq!(error.to_string(), "Port: given twice: \"https\", \"https\"");
    }

    #[test]
    fn wherever_a_value_can_stand() {
        let port = |number| Port::new(number).unwrap();
        let line = || Block::new("Port").value("https").value(80);
        assert_eq!(line().to(), Ok(vec![port(443), port(80)]));
        assert_eq!(line().to(), Ok((port(443), Some(port(80)), None::<Port>)));
        assert_eq!(Block::new("Port").value("https").to(), Ok(Some(port(443))));
        let error = line().value("htps").to::<Vec<Port>>().unwrap_err();
        assert_eq!(error.to_string(), "Port: this system knows no service \"htps\"");
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(untagged)]
        enum Buffered {
            Port(Port),
            Switch(bool),
        }
        assert_eq!(Block::new("Port").value("https").to(), Ok(Buffered::Port(port(443))));
        assert_eq!(Block::new("Port").value(80).to(), Ok(Buffered::Port(port(80))));
        assert_eq!(Block::new("Port").value(false).to(), Ok(Buffered::Switch(false)));
    }

    proptest! {
        #[test]
        fn a_number_is_the_same_with_and_without_quotes(number: u32) {
            let quoted = port(number.to_string()).ok();
            prop_assert_eq!(quoted, port(number).ok());
            prop_assert_eq!(quoted, u16::try_from(number).ok().filter(|&number| number != 0));
        }
    }
}
