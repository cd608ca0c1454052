//! What lies where in the parts that begin a section.

use core::ops::Range;

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use super::KeyRing;
use crate::decode::DecodeErrorKind as Kind;
use crate::part::{ENCRYPTED_HEADER, HEADER, SIGNATURE_HEADER};

/// Sections lie in sections so many deep at most. No sender makes more than one.
pub(crate) const MAX_DEPTH: u8 = 8;

pub(super) const IV_SIZE: usize = 16;
pub(super) const CHECKSUM_SIZE: usize = 20;

/// A signature part.
pub(crate) struct Signature<'a> {
    mac: &'a [u8; SIGNATURE_HEADER - HEADER],
    /// With all its bytes; the user ends at the first NUL.
    name: &'a [u8],
}

impl<'a> Signature<'a> {
    /// Reads the part of this size that `rest` begins with.
    #[inline]
    pub(crate) fn read(rest: &'a [u8], size: usize) -> Result<Self, Kind> {
        if rest.len() <= SIGNATURE_HEADER || size <= SIGNATURE_HEADER {
            return Err(Kind::SignatureLength);
        }
        let (header, name) = rest[..size].split_at(SIGNATURE_HEADER);
        match header[HEADER..].first_chunk() {
            Some(mac) => Ok(Signature { mac, name }),
            None => Err(Kind::SignatureLength),
        }
    }

    pub(crate) fn user(&self) -> &'a [u8] {
        until_nul(self.name)
    }

    pub(crate) fn mac(&self) -> &'a [u8] {
        self.mac
    }

    /// Whether its user signed what is behind it.
    pub(crate) fn verify(&self, keys: &KeyRing, behind: &[u8]) -> Result<(), Kind> {
        let keys = keys.user(self.user()).ok_or(Kind::SignatureUnknownUser)?;
        let same = keys.is_signature(self.mac, self.name, behind);
        if same.into() { Ok(()) } else { Err(Kind::SignatureMismatch) }
    }
}

/// Where things are in an encrypted part.
pub(crate) struct Encrypted {
    name_end: usize,
    size: usize,
}

impl Encrypted {
    const NAME_START: usize = HEADER + 2;

    /// Reads the part of this size that `rest` begins with.
    #[inline]
    pub(crate) fn read(rest: &[u8], size: usize) -> Result<Self, Kind> {
        if rest.len() <= ENCRYPTED_HEADER {
            return Err(Kind::EncryptedShort);
        }
        if size <= ENCRYPTED_HEADER {
            return Err(Kind::EncryptedLength);
        }
        let name = usize::from(u16::from_be_bytes([rest[HEADER], rest[HEADER + 1]]));
        // Besides the name there must be at least one byte.
        if name == 0 || name >= size - ENCRYPTED_HEADER {
            return Err(Kind::EncryptedUserLength);
        }
        Ok(Encrypted { name_end: Self::NAME_START + name, size })
    }

    pub(crate) fn user<'a>(&self, part: &'a [u8]) -> &'a [u8] {
        until_nul(&part[Self::NAME_START..self.name_end])
    }

    pub(super) fn iv(&self, part: &[u8]) -> [u8; IV_SIZE] {
        let mut iv = [0; IV_SIZE];
        iv.copy_from_slice(&part[self.vector()]);
        iv
    }

    /// The initialisation vector, which is not under the cipher.
    pub(crate) fn vector(&self) -> Range<usize> {
        self.name_end..self.name_end + IV_SIZE
    }

    /// What is under the cipher.
    pub(super) fn body(&self) -> Range<usize> {
        self.name_end + IV_SIZE..self.size
    }

    /// The parts in it.
    pub(crate) fn content(&self) -> Range<usize> {
        self.body().start + CHECKSUM_SIZE..self.size
    }

    /// Whether, once decrypted, the checksum is that of the content.
    pub(super) fn verify(&self, part: &[u8]) -> Result<(), Kind> {
        let (checksum, content) = part[self.body()].split_at(CHECKSUM_SIZE);
        let same = Sha1::digest(content).as_slice().ct_eq(checksum);
        if same.into() { Ok(()) } else { Err(Kind::EncryptedChecksum) }
    }
}

/// The text up to the first NUL, as C reads it.
pub(crate) fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}
