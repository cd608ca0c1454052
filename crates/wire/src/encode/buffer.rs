//! The memory of an encoder.

use alloc::boxed::Box;

use crate::part::{MAX_PACKET_SIZE, NAME_SIZE};

/// What lies behind the longest packet, so that a value list can be written first and found too long
/// afterwards.
pub(super) const ROOM: usize = 1024;

/// Zeros in front of the packet: there the empty name is, before any name was written.
const FRONT: usize = 1;

const SIZE: usize = FRONT + MAX_PACKET_SIZE + ROOM;

/// Room for the longest packet. Its size is known at compile time, and positions are 16 bits wide plus
/// a little, so the compiler can see that no access leaves it.
#[derive(Clone)]
pub(super) struct Buffer(Box<[u8; SIZE]>);

impl Buffer {
    pub(super) fn new() -> Self {
        Buffer(Box::new([0; SIZE]))
    }

    pub(super) fn packet(&self, len: u16) -> &[u8] {
        &self.0[FRONT..FRONT + usize::from(len)]
    }

    /// Writes bytes at this position of the packet.
    #[inline(always)]
    pub(super) fn put<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        self.0[FRONT + at..FRONT + at + N].copy_from_slice(&bytes);
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
