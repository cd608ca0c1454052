//! What receivers do about what is wrong.

use collectd_net::DecodeErrorKind as Kind;

/// What collectd's network plugin, version 5.12, does.
pub(super) fn of_collectd(kind: Kind, in_encrypted: bool) -> String {
    let rest = if in_encrypted { "the rest of what is encrypted here" } else { "the rest of the packet" };
    match kind {
        Kind::Truncated => format!(
            "collectd uses what is before, drops {rest}, and warns of a truncated packet; to raise MaxPacketSize helps \
             only if it was cut"
        ),
        Kind::TextEmpty | Kind::TextTooLong | Kind::TextUnterminated | Kind::NumberShort => {
            format!("collectd uses what is before, logs an error, and drops {rest}")
        }
        Kind::NumberLength => {
            "collectd does not look at this length, reads 8 bytes all the same, and loses its way: what it makes of the \
             rest is an accident"
                .to_owned()
        }
        Kind::ValuesShort | Kind::ValuesLength | Kind::ValuesKind => {
            format!("collectd uses what is before, logs an error, and drops {rest} with these values")
        }
        Kind::SignatureMismatch => format!("collectd with an AuthFile warns and drops {rest}; without one it uses it"),
        Kind::SignatureUnknownUser => {
            format!("collectd with an AuthFile logs errors and drops {rest}; without one it uses it")
        }
        Kind::SignatureLength => format!("collectd logs errors and drops {rest}"),
        Kind::EncryptedShort
        | Kind::EncryptedLength
        | Kind::EncryptedUserLength
        | Kind::EncryptedNoKey
        | Kind::EncryptedChecksum => {
            "collectd logs errors and drops this part and what is behind it in the packet".to_owned()
        }
        Kind::TooDeep => "collectd knows no limit, and goes on".to_owned(),
        _ => format!("collectd drops {rest}"),
    }
}

/// What a receiver of ours does, where that is something else.
pub(super) fn of_ours(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::NumberLength => Some("collectd-live and rust_network use what is before, and drop the rest"),
        Kind::TooDeep => Some("collectd-live and rust_network go eight sections deep, and drop the rest"),
        _ => None,
    }
}

/// A name of more than 127 bytes.
pub(super) const LONG_NAME: &str = "a name that is too long: more than 127 bytes with its padding";
pub(super) const LONG_NAME_OURS: &str = "collectd-live and rust_network pass over only what has this name";
