//! collectd's binary network protocol, without sockets: bytes in, value lists out, and back.
//!
//! A packet is one UDP datagram, a row of *parts*. Each part has a type, a length that counts its own
//! four header bytes, and a payload; numbers are big endian:
//!
//! ```text
//! 00 00  00 06  'h' 00                     host "h"
//! 00 08  00 0c  11 22 33 44 55 66 77 88    time, in units of 2⁻³⁰ s
//! 00 02  00 08  'c' 'p' 'u' 00             plugin "cpu"
//! 00 04  00 08  'c' 'p' 'u' 00             type "cpu"
//! 00 06  00 0f  00 01  02  8 bytes         one value, a derive
//! ```
//!
//! Names and times stay in force until the next part of their kind, so a sender leaves out what did
//! not change. Each values part makes one value list of what is in force. Gauges are little endian, as
//! the only thing in the protocol.
//!
//! [`decode`] walks through a packet and [`Encoder`] fills one. Neither allocates per value list:
//!
//! ```
//! use collectd_types::{Time, Values};
//! use collectd_wire::{Encoder, Item, decode};
//!
//! let load = Values::new("load").host("h").plugin("load").time(Time::from_secs(1)).gauges([0.5, 0.4, 0.3]);
//! let mut encoder = Encoder::new(1452);
//! encoder.push(load.view())?;
//!
//! for item in decode(encoder.packet()) {
//!     assert_eq!(item?.to_string(), "[1] h/load/load [(1, 0.5), (1, 0.4), (1, 0.3)]");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Signed and encrypted packets
//!
//! ```text
//! 02 00  00 29  32 bytes of HMAC-SHA-256  'a' 'l' 'i' 'c' 'e'               then the parts it is over
//! 02 10  len    00 05  'a' 'l' 'i' 'c' 'e'  16 bytes of IV  20 bytes of SHA-1  parts
//!                                                           `---- encrypted with AES-256-OFB ----´
//! ```
//!
//! A [`Sealer`] makes these, an [`Opener`] with a [`KeyRing`] takes them apart. Either begins a section
//! with names and times of its own, and sections may hold sections. Mind what the protocol does not give:
//! a packet that somebody recorded can be sent again, and a user may send values of any host.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod decode;
mod encode;
mod part;
mod parts;
mod security;

pub use decode::{DecodeError, DecodeErrorKind, Item, Items, Origin, Skipped, decode};
pub use encode::{EncodeError, Encoder, MIN_PADDING, encode_notification, pad_packet};
pub use part::{MAX_MESSAGE_LEN, MAX_PACKET_SIZE, MAX_VALUES};
pub use parts::{Part, PartContent, PartKind, Parts, parts};
#[cfg(feature = "std")]
pub use security::{AuthFile, AuthFileError, Reload};
pub use security::{
    COMPATIBLE_RESERVE, KeyRing, Opened, Opener, SealError, Sealer, SecurityLevel, UnknownLevel, UserKeys,
};
