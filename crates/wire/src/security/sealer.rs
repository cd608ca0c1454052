//! Signing and encrypting packets to be sent.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use sha1::{Digest, Sha1};
use smallvec::SmallVec;

use super::iv::Vectors;
use super::key_ring::User;
use super::ofb::{self, LANES, Stream};
use super::section::{CHECKSUM_SIZE, IV_SIZE};
use super::{SecurityLevel, UserKeys};
use crate::part::{self, ENCRYPTED_HEADER, MAX_PACKET_SIZE, SIGNATURE_HEADER};

/// What collectd keeps free in every packet for the largest signature or encryption it makes, whether it
/// makes one or not. To fill packets exactly as collectd does, encode with so much less than the
/// `MaxPacketSize`; else with [`room`](Sealer::room).
pub const COMPATIBLE_RESERVE: usize = ENCRYPTED_HEADER + 64;

/// Signs or encrypts packets for one user.
///
/// Give each thread its own. Encryption needs a random vector for each packet; these come from the
/// system, a few hundred at once, and a process that was forked off gets new ones.
pub struct Sealer {
    level: SecurityLevel,
    user: Box<[u8]>,
    keys: Option<UserKeys>,
    vectors: Vectors,
}

impl Sealer {
    /// Does nothing to packets.
    pub fn none() -> Sealer {
        Sealer { level: SecurityLevel::None, user: Box::default(), keys: None, vectors: Vectors::new() }
    }

    /// Signs packets.
    ///
    /// # Errors
    ///
    /// If no receiver could have such a user: the name is empty, has a NUL, or leaves no room in a
    /// packet, or the password is empty or has a NUL.
    pub fn sign(user: &[u8], password: &[u8]) -> Result<Sealer, SealError> {
        Sealer::new(SecurityLevel::Sign, user, password)
    }

    /// Encrypts packets.
    ///
    /// # Errors
    ///
    /// As those of [`sign`](Self::sign).
    pub fn encrypt(user: &[u8], password: &[u8]) -> Result<Sealer, SealError> {
        Sealer::new(SecurityLevel::Encrypt, user, password)
    }

    /// Does what the level says.
    ///
    /// # Errors
    ///
    /// As those of [`sign`](Self::sign), and none at level `None`.
    pub fn new(level: SecurityLevel, user: &[u8], password: &[u8]) -> Result<Sealer, SealError> {
        if level == SecurityLevel::None {
            return Ok(Sealer::none());
        }
        let header = if level == SecurityLevel::Sign { SIGNATURE_HEADER } else { ENCRYPTED_HEADER };
        if user.is_empty() || user.contains(&0) || user.len() + header >= MAX_PACKET_SIZE {
            return Err(SealError::User);
        }
        if password.is_empty() || password.contains(&0) {
            return Err(SealError::Password);
        }
        let keys = Some(UserKeys::new(password));
        Ok(Sealer { level, user: user.into(), keys, vectors: Vectors::new() })
    }

    /// What is done to packets.
    pub const fn level(&self) -> SecurityLevel {
        self.level
    }

    /// So many bytes longer do packets get, exactly.
    pub fn overhead(&self) -> usize {
        match self.level {
            SecurityLevel::None => 0,
            SecurityLevel::Sign => SIGNATURE_HEADER + self.user.len(),
            SecurityLevel::Encrypt => ENCRYPTED_HEADER + self.user.len(),
        }
    }

    /// So long may plain packets be if sealed ones are to have at most this many bytes: what to make an
    /// [`Encoder`](crate::Encoder) with.
    pub fn room(&self, max_packet_size: usize) -> usize {
        max_packet_size.min(MAX_PACKET_SIZE).saturating_sub(self.overhead())
    }

    /// Seals a packet, which replaces what was in `sealed`. Reusing that saves allocations.
    ///
    /// # Errors
    ///
    /// If the packet is empty or gets larger than any may be, or the system has no random numbers.
    /// Then nothing is in `sealed`.
    pub fn seal(&mut self, packet: &[u8], sealed: &mut Vec<u8>) -> Result<(), SealError> {
        sealed.clear();
        self.check(packet)?;
        self.begin_vectors();
        let vector = self.vector()?;
        if let Some(stream) = self.begin(packet, vector, sealed) {
            ofb::apply(&mut [stream]);
        }
        Ok(())
    }

    /// Seals packets, all of which are encrypted side by side: for 64 an order of magnitude faster than
    /// one by one. `sealed` grows as needed; the answer is as much of it as there are packets.
    ///
    /// # Errors
    ///
    /// As those of [`seal`](Self::seal), if one of the packets has any. Then what is in `sealed` is not
    /// to be sent.
    pub fn seal_all<'s, P>(&mut self, packets: &[P], sealed: &'s mut Vec<Vec<u8>>) -> Result<&'s [Vec<u8>], SealError>
    where
        P: AsRef<[u8]>,
    {
        if sealed.len() < packets.len() {
            sealed.resize_with(packets.len(), Vec::new);
        }
        let sealed = &mut sealed[..packets.len()];
        self.begin_vectors();
        for (packets, sealed) in packets.chunks(LANES).zip(sealed.chunks_mut(LANES)) {
            self.seal_some(packets, sealed)?;
        }
        Ok(sealed)
    }

    /// Seals a packet with a vector that was used before, to compare it with what others made of it.
    /// Never send this: two packets with one vector and key give away both.
    ///
    /// # Errors
    ///
    /// If the packet is empty or gets larger than any may be.
    pub fn seal_again(&self, packet: &[u8], vector: [u8; 16], sealed: &mut Vec<u8>) -> Result<(), SealError> {
        sealed.clear();
        self.check(packet)?;
        if let Some(stream) = self.begin(packet, vector, sealed) {
            ofb::apply(&mut [stream]);
        }
        Ok(())
    }

    fn seal_some<P: AsRef<[u8]>>(&mut self, packets: &[P], sealed: &mut [Vec<u8>]) -> Result<(), SealError> {
        let mut vectors = SmallVec::<[_; LANES]>::new();
        for packet in packets {
            self.check(packet.as_ref())?;
            vectors.push(self.vector()?);
        }
        let mut streams = SmallVec::<[Stream<'_>; LANES]>::new();
        for ((packet, vector), sealed) in packets.iter().zip(vectors).zip(sealed) {
            streams.extend(self.begin(packet.as_ref(), vector, sealed));
        }
        ofb::apply(&mut streams);
        Ok(())
    }

    fn check(&self, packet: &[u8]) -> Result<(), SealError> {
        match packet.len() + self.overhead() {
            _ if packet.is_empty() => Err(SealError::Empty),
            size if size > MAX_PACKET_SIZE => Err(SealError::TooLarge(size)),
            _ => Ok(()),
        }
    }

    /// Asks the system who we are, which costs a tenth of a signature: not where there are none.
    fn begin_vectors(&mut self) {
        if self.level == SecurityLevel::Encrypt {
            self.vectors.begin();
        }
    }

    fn vector(&mut self) -> Result<[u8; IV_SIZE], SealError> {
        if self.level == SecurityLevel::Encrypt { self.vectors.take().map_err(SealError::Random) } else { Ok([0; 16]) }
    }

    /// Writes all there is to write, and answers what is still to be encrypted of it.
    fn begin<'a>(&'a self, packet: &[u8], vector: [u8; IV_SIZE], sealed: &'a mut Vec<u8>) -> Option<Stream<'a>> {
        sealed.clear();
        sealed.reserve(packet.len() + self.overhead());
        let Some(keys) = &self.keys else {
            sealed.extend_from_slice(packet);
            return None;
        };
        if self.level == SecurityLevel::Sign {
            sealed.extend(part::header(part::SIGNATURE, self.overhead()));
            sealed.extend(keys.sign(&self.user, packet));
            sealed.extend_from_slice(&self.user);
            sealed.extend_from_slice(packet);
            return None;
        }
        let [_, _, a, b] = part::header(0, self.user.len());
        sealed.extend(part::header(part::ENCRYPTED, self.overhead() + packet.len()));
        sealed.extend([a, b]);
        sealed.extend_from_slice(&self.user);
        sealed.extend(vector);
        let body = sealed.len();
        sealed.extend(<[u8; CHECKSUM_SIZE]>::from(Sha1::digest(packet)));
        sealed.extend_from_slice(packet);
        Some(Stream { cipher: keys.cipher(), iv: vector, data: &mut sealed[body..] })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("level", &self.level).field("user", &User(&self.user)).finish_non_exhaustive()
    }
}

/// Why packets cannot be signed or encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The user name is empty, has a NUL, or leaves no room in a packet.
    #[error("the user name is empty, has a NUL, or is too long for a packet")]
    User,
    /// The password is empty or has a NUL: no receiver can have it.
    #[error("the password is empty or has a NUL")]
    Password,
    /// The packet is empty: receivers refuse it once encrypted.
    #[error("there is nothing in the packet")]
    Empty,
    /// The sealed packet would have this many bytes, more than any may have.
    #[error("sealed, the packet would have {0} bytes")]
    TooLarge(usize),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}
