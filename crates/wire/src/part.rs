//! Part types and lengths, for both directions.

/// The largest packet: more does not fit the length field of UDP.
pub const MAX_PACKET_SIZE: usize = 65_535;

/// The most values that one part can hold: its length has 16 bits.
pub const MAX_VALUES: usize = (65_535 - VALUES_HEADER) / VALUE_SIZE;

/// The longest text of a notification in bytes: the daemon's `NOTIF_MAX_MSG_LEN`, less its NUL.
pub const MAX_MESSAGE_LEN: usize = 255;

pub(crate) const HOST: u16 = 0x0000;
pub(crate) const TIME: u16 = 0x0001;
pub(crate) const PLUGIN: u16 = 0x0002;
pub(crate) const PLUGIN_INSTANCE: u16 = 0x0003;
pub(crate) const TYPE: u16 = 0x0004;
pub(crate) const TYPE_INSTANCE: u16 = 0x0005;
pub(crate) const VALUES: u16 = 0x0006;
pub(crate) const INTERVAL: u16 = 0x0007;
pub(crate) const TIME_HR: u16 = 0x0008;
pub(crate) const INTERVAL_HR: u16 = 0x0009;
pub(crate) const MESSAGE: u16 = 0x0100;
pub(crate) const SEVERITY: u16 = 0x0101;
pub(crate) const SIGNATURE: u16 = 0x0200;
pub(crate) const ENCRYPTED: u16 = 0x0210;

/// Type and length, at the start of every part.
pub(crate) const HEADER: usize = 4;
/// A part that holds a number.
pub(crate) const NUMBER_SIZE: usize = HEADER + 8;
/// Type, length and count of a values part.
pub(crate) const VALUES_HEADER: usize = HEADER + 2;
/// What each value adds to a values part: a byte for its kind, eight for the number.
pub(crate) const VALUE_SIZE: usize = 9;
/// Type, length and MAC of a signature; the user name follows.
pub(crate) const SIGNATURE_HEADER: usize = 36;
/// Type, length, length of the user name, IV and checksum of an encrypted part.
pub(crate) const ENCRYPTED_HEADER: usize = 42;

/// Names in a packet may be this long, with their NUL.
pub(crate) const NAME_SIZE: usize = 128;

/// Type and length as they lie in the packet.
#[inline(always)]
pub(crate) const fn header(code: u16, size: usize) -> [u8; HEADER] {
    #[expect(clippy::cast_possible_truncation, reason = "callers write no part that is longer than 16 bits can say")]
    let size = size as u16;
    (((code as u32) << 16) | size as u32).to_be_bytes()
}

/// Type and length of the part that the bytes begin with, if it is one. A header with nothing behind it
/// is none, as in the daemon.
#[inline(always)]
pub(crate) fn read_header(rest: &[u8]) -> Option<(u16, usize)> {
    let &[a, b, c, d, _, ..] = rest else { return None };
    let (code, size) = (u16::from_be_bytes([a, b]), usize::from(u16::from_be_bytes([c, d])));
    (HEADER..=rest.len()).contains(&size).then_some((code, size))
}

/// A whole part with a number.
#[inline(always)]
pub(crate) const fn number(code: u16, number: u64) -> [u8; NUMBER_SIZE] {
    let [a, b, c, d] = header(code, NUMBER_SIZE);
    let [e, f, g, h, i, j, k, l] = number.to_be_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l]
}

/// Type, length and count of a values part with at most [`MAX_VALUES`] values.
#[inline(always)]
pub(crate) const fn values_header(count: usize) -> [u8; VALUES_HEADER] {
    let [a, b, c, d] = header(VALUES, VALUES_HEADER + VALUE_SIZE * count);
    #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^16")]
    let [e, f] = (count as u16).to_be_bytes();
    [a, b, c, d, e, f]
}
