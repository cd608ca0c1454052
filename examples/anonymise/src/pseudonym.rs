//! Names that say nothing.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::digest::InvalidLength;

/// Makes pseudonyms of names.
pub(crate) struct Pseudonyms {
    /// With the secret in it, so that each name costs two blocks of SHA-256.
    mac: Hmac<Sha256>,
    digits: usize,
}

impl Pseudonyms {
    pub(crate) fn new(secret: &[u8], digits: usize) -> Result<Self, InvalidLength> {
        Ok(Pseudonyms { mac: Hmac::new_from_slice(secret)?, digits })
    }

    /// The same for the same name, wherever it stands.
    pub(crate) fn of(&self, name: &[u8]) -> String {
        let code = self.mac.clone().chain_update(name).finalize().into_bytes();
        let mut text = String::with_capacity(2 * code.len());
        for byte in code {
            // A String takes everything.
            let _ = write!(text, "{byte:02x}");
        }
        text.truncate(self.digits);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn it_is_hmac_sha_256() {
        let pseudonyms = |digits| Pseudonyms::new(b"Jefe", digits).expect("any length will do");
        let whole = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(pseudonyms(64).of(b"what do ya want for nothing?"), whole);
        assert_eq!(pseudonyms(8).of(b"what do ya want for nothing?"), whole[..8]);
    }
}
