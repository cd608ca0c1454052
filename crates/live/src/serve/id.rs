//! How a series is named in addresses and JSON.

use std::fmt;

use collectd_types::{Identifier, IdentifierRef, Name};

/// Displays as `host/plugin/plugin_instance/type/type_instance`, each name with all bytes but the plainest as `%XX`,
/// so that any name can be in it, and none looks like another.
pub(super) struct Id<'a>(pub(super) IdentifierRef<'a>);

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.names().into_iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            encode(name.as_bytes(), f)?;
        }
        Ok(())
    }
}

impl serde::Serialize for Id<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes bytes percent-encoded.
pub(super) fn encode(bytes: &[u8], f: &mut impl fmt::Write) -> fmt::Result {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            f.write_char(char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// Reads what is percent-encoded; `None` if a `%` is not followed by two hexadecimal digits.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let (digits, tail) = rest.split_at_checked(2)?;
            rest = tail;
            let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(digits[0])? << 4 | digit(digits[1])?);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}

/// Reads what [`Id`] displays.
pub(super) fn parse(text: &[u8]) -> Option<Identifier> {
    let mut names = text.split(|&byte| byte == b'/').map(|name| Name::new(decode(name)?).ok());
    let mut next = || names.next().flatten();
    let identifier =
        Identifier { host: next()?, plugin: next()?, plugin_instance: next()?, type_: next()?, type_instance: next()? };
    names.next().is_none().then_some(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use collectd_types::NameRef;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_name_survives(names in prop::array::uniform5(prop::collection::vec(1u8.., 0..127))) {
            let identifier = IdentifierRef::new(std::array::from_fn(|n| NameRef::until_nul(&names[n])));
            let text = Id(identifier).to_string();
            prop_assert!(text.is_ascii() && !text.contains(['?', '&', '#', ' ', '+', '"', '<']));
            let parsed = parse(text.as_bytes()).unwrap();
            prop_assert_eq!(parsed.view(), identifier);
        }

        #[test]
        fn no_text_harms(text in prop::collection::vec(any::<u8>(), 0..60)) {
            parse(&text);
        }
    }

    #[test]
    fn plain_names_are_readable() {
        let identifier: Identifier = "web-1.example.org/cpu-0/cpu-idle".parse().unwrap();
        let text = Id(identifier.view()).to_string();
        assert_eq!(text, "web-1.example.org/cpu/0/cpu/idle");
        assert!(parse(b"a/b/c/d").is_none() && parse(b"a/b/c/d/e/f").is_none());
        for wrong in ["%", "%4", "%4g", "%00"] {
            assert!(parse(format!("{wrong}/b//d/").as_bytes()).is_none(), "{wrong}");
        }
    }
}
