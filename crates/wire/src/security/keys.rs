//! What is made of a password, once.

use core::fmt;

use aes::Aes256Enc;
use aes::cipher::KeyInit;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

/// The keys of one user: an AES key schedule and an HMAC state. The password itself is not kept.
///
/// Wiped when dropped; never shown.
pub struct UserKeys {
    cipher: Aes256Enc,
    mac: Hmac<Sha256>,
}

impl UserKeys {
    /// Makes both keys of a password.
    #[expect(clippy::missing_panics_doc, reason = "HMAC takes keys of any length")]
    pub fn new(password: &[u8]) -> UserKeys {
        let mut key = Sha256::digest(password);
        let cipher = Aes256Enc::new(&key);
        key.as_mut_slice().zeroize();
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(password).expect("any length will do");
        UserKeys { cipher, mac }
    }

    pub(super) fn cipher(&self) -> &Aes256Enc {
        &self.cipher
    }

    /// The signature of what a user named so signs.
    pub(super) fn sign(&self, user: &[u8], content: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(user);
        mac.update(content);
        mac.finalize().into_bytes().into()
    }

    /// Whether it is, in a time that does not depend on where they differ.
    pub(super) fn is_signature(&self, signature: &[u8; 32], user: &[u8], content: &[u8]) -> Choice {
        self.sign(user, content).ct_eq(signature)
    }
}

impl fmt::Debug for UserKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserKeys").finish_non_exhaustive()
    }
}

// Wiping is left to these; an HMAC state is made of two of the latter.
const _: () = {
    const fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<Aes256Enc>();
    wiped::<Sha256>();
};

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", UserKeys::new(b"secret")), "UserKeys { .. }");
    }

    /// RFC 4231, test case 2; the message is cut anywhere.
    #[test]
    fn signatures_are_hmac_sha_256_over_name_and_content() {
        let message = b"what do ya want for nothing?";
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        for at in 0..=message.len() {
            let (user, content) = message.split_at(at);
            let signature = UserKeys::new(b"Jefe").sign(user, content);
            let hex: alloc::string::String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        }
    }
}
