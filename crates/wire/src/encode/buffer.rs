//! The memory of an encoder.

use crate::part::{MAX_PACKET_SIZE, NAME_SIZE};

/// What lies behind the longest packet, so that a value list can be written first and found too long
/// afterwards.
pub(super) const ROOM: usize = MASK - MAX_PACKET_SIZE;

/// Zeros in front of the packet: there the empty name is, before any name was written.
const FRONT: usize = 1;

/// All bits that positions may have. Applying it changes none of them, and shows the compiler that no
/// access can leave the buffer: a range check takes three times as many instructions.
pub(super) const MASK: usize = (1 << 17) - 1;

const SIZE: usize = FRONT + MASK + NAME_SIZE;

/// Room for the longest packet, and behind it for a value list that turns out not to fit.
#[derive(Clone)]
pub(super) struct Buffer([u8; SIZE]);

impl Buffer {
    pub(super) const fn new() -> Self {
        Buffer([0; SIZE])
    }

    pub(super) fn packet(&self, len: u16) -> &[u8] {
        &self.0[FRONT..FRONT + usize::from(len)]
    }

    /// Writes at most 128 bytes at this position of the packet.
    #[inline(always)]
    pub(super) fn put<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        const { assert!(N <= NAME_SIZE) };
        let start = FRONT + (at & MASK);
        self.0[start..start + N].copy_from_slice(&bytes);
    }

    /// A part of the packet.
    #[inline(always)]
    pub(super) fn slice(&mut self, start: usize, end: usize) -> &mut [u8] {
        &mut self.0[FRONT + start..FRONT + end]
    }

    /// The bytes of the longest name that could start here. Zero is one before the packet.
    #[inline(always)]
    pub(super) fn name(&self, start: u16) -> &[u8; NAME_SIZE] {
        let start = usize::from(start);
        match self.0[start..start + NAME_SIZE].first_chunk() {
            Some(name) => name,
            None => unreachable!(),
        }
    }
}
