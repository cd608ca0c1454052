//! Signed and encrypted packets: keys, and both directions.
//!
//! A signature (part 0x0200) is an HMAC-SHA-256 over everything behind it. An encrypted part (0x0210)
//! holds parts of its own under AES-256 in OFB mode, with a SHA-1 of them in front. Either names the
//! user whose password made it.

#[cfg(feature = "std")]
mod auth_file;
mod iv;
mod key_ring;
mod keys;
mod level;
mod ofb;
mod opener;
mod sealer;
mod section;

#[cfg(feature = "std")]
pub use auth_file::{AuthFile, AuthFileError, Reload};
pub use key_ring::KeyRing;
pub use keys::UserKeys;
pub use level::{SecurityLevel, UnknownLevel};
pub use opener::{Opened, Opener};
pub use sealer::{COMPATIBLE_RESERVE, SealError, Sealer};

pub(crate) use opener::{Rules, Verdict};
pub(crate) use section::{Encrypted, MAX_DEPTH, Signature, until_nul};
