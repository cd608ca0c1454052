//! How much protection is given, or demanded.

use core::fmt;
use core::str::FromStr;

/// collectd's `SecurityLevel`: what a sender gives its packets, or a receiver demands of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum SecurityLevel {
    /// Plain packets are sent, and taken.
    #[default]
    None,
    /// Packets are signed; what is neither signed nor encrypted is not used.
    Sign,
    /// Packets are encrypted; what is not encrypted is not used.
    Encrypt,
}

/// A `SecurityLevel` that is neither `None` nor `Sign` nor `Encrypt`.
///
/// collectd warns and goes on without any security. Better not to start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the security level is none of \"None\", \"Sign\", \"Encrypt\"")]
pub struct UnknownLevel;

impl FromStr for SecurityLevel {
    type Err = UnknownLevel;

    /// The names as in collectd.conf, in any case.
    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        let all = [SecurityLevel::None, SecurityLevel::Sign, SecurityLevel::Encrypt];
        all.into_iter().find(|level| level.name().eq_ignore_ascii_case(name)).ok_or(UnknownLevel)
    }
}

impl SecurityLevel {
    const fn name(self) -> &'static str {
        match self {
            SecurityLevel::None => "None",
            SecurityLevel::Sign => "Sign",
            SecurityLevel::Encrypt => "Encrypt",
        }
    }
}

impl fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn names_are_read_in_any_case_and_others_refused() {
        assert_eq!("ENCRYPT".parse(), Ok(SecurityLevel::Encrypt));
        assert_eq!("sign".parse(), Ok(SecurityLevel::Sign));
        assert_eq!(SecurityLevel::None.to_string().parse(), Ok(SecurityLevel::None));
        for bad in ["", "Encrypted", " Sign", "Sign "] {
            assert_eq!(bad.parse::<SecurityLevel>(), Err(UnknownLevel), "{bad:?}");
        }
    }
}
