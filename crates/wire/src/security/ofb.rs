//! AES-256 in OFB mode, many streams side by side.
//!
//! In OFB mode each block of keystream is the encryption of the one before, so the blocks of one packet
//! wait for each other while the processor could work on a dozen. Those of different packets do not.

use aes::Aes256Enc;
use aes::Block;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::typenum::Unsigned;
use aes::cipher::{BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser};

/// So many streams are worked on at once: as many blocks as the widest backend takes.
pub(super) const LANES: usize = 64;

/// Blocks of keystream made before they are used: a cache line's worth.
const STEPS: usize = 4;
const BLOCK: usize = 16;

/// What is to be encrypted or decrypted, which is the same.
pub(super) struct Stream<'a> {
    pub(super) cipher: &'a Aes256Enc,
    pub(super) iv: [u8; BLOCK],
    pub(super) data: &'a mut [u8],
}

impl Stream<'_> {
    fn key(&self) -> usize {
        core::ptr::from_ref(self.cipher).addr()
    }
}

/// Encrypts or decrypts all of them; reorders them.
pub(super) fn apply(streams: &mut [Stream<'_>]) {
    // Those of one key together, the longest first.
    streams.sort_unstable_by_key(|stream| (stream.key(), core::cmp::Reverse(stream.data.len())));
    for same in streams.chunk_by_mut(|a, b| a.key() == b.key()) {
        for streams in same.chunks_mut(LANES) {
            streams[0].cipher.encrypt_with_backend(Lanes(streams));
        }
    }
}

/// At most [`LANES`] streams of one key, sorted by length, longest first.
struct Lanes<'s, 'd>(&'s mut [Stream<'d>]);

impl BlockSizeUser for Lanes<'_, '_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Lanes<'_, '_> {
    /// Runs where the features of the processor that the backend was chosen for are in use.
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut state = [Block::default(); LANES];
        let mut keystream = [[Block::default(); LANES]; STEPS];
        for (state, stream) in state.iter_mut().zip(&*self.0) {
            *state = stream.iv.into();
        }
        let (mut streams, mut at) = (self.0, 0);
        while let [.., shortest] = &*streams {
            let left = shortest.data.len().saturating_sub(at);
            if left == 0 {
                let longer = streams.len() - 1;
                streams = &mut streams[..longer];
            } else if left >= STEPS * BLOCK {
                steps(backend, &mut state, &mut keystream, streams, at);
                at += STEPS * BLOCK;
            } else {
                step(backend, &mut state, streams, at);
                at += BLOCK;
            }
        }
    }
}

/// Some blocks of each stream, of which none ends here.
#[inline(always)]
fn steps<B>(
    backend: &B,
    state: &mut [Block; LANES],
    keystream: &mut [[Block; LANES]; STEPS],
    streams: &mut [Stream<'_>],
    at: usize,
) where
    B: BlockCipherEncBackend<BlockSize = U16>,
{
    for blocks in &mut *keystream {
        encrypt(backend, state, streams.len());
        blocks[..streams.len()].copy_from_slice(&state[..streams.len()]);
    }
    for (lane, stream) in streams.iter_mut().enumerate() {
        let (blocks, _) = stream.data[at..at + STEPS * BLOCK].as_chunks_mut();
        for (block, keystream) in blocks.iter_mut().zip(&*keystream) {
            xor(block, keystream[lane]);
        }
    }
}

/// At most one block of each stream.
#[inline(always)]
fn step<B>(backend: &B, state: &mut [Block; LANES], streams: &mut [Stream<'_>], at: usize)
where
    B: BlockCipherEncBackend<BlockSize = U16>,
{
    encrypt(backend, state, streams.len());
    for (stream, state) in streams.iter_mut().zip(&*state) {
        let rest = &mut stream.data[at..];
        if let Some(block) = rest.first_chunk_mut() {
            xor(block, *state);
        } else {
            rest.iter_mut().zip(state).for_each(|(byte, key)| *byte ^= key);
        }
    }
}

/// Encrypts at least so many blocks.
#[inline(always)]
fn encrypt<B>(backend: &B, state: &mut [Block; LANES], lanes: usize)
where
    B: BlockCipherEncBackend<BlockSize = U16>,
{
    let (groups, tail) = Array::<Block, B::ParBlocksSize>::slice_as_chunks_mut(&mut state[..width::<B>(lanes)]);
    for group in groups {
        backend.encrypt_par_blocks_inplace(group);
    }
    for block in tail {
        backend.encrypt_block_inplace(block);
    }
}

/// How many blocks to encrypt for so many streams: the widest backends are fast with full groups only, so
/// that three eighths of one cost less as a whole one. It was measured with groups of 64 blocks.
#[inline(always)]
fn width<B: BlockCipherEncBackend<BlockSize = U16>>(lanes: usize) -> usize {
    let group = B::ParBlocksSize::USIZE;
    let surplus = lanes % group;
    let rounded = lanes - surplus + group;
    if group > 8 && surplus * 8 > group * 3 && rounded <= LANES { rounded } else { lanes }
}

#[inline(always)]
fn xor(block: &mut [u8; BLOCK], keystream: Block) {
    *block = (u128::from_ne_bytes(*block) ^ u128::from_ne_bytes(keystream.into())).to_ne_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::ofb::cipher::{KeyIvInit, StreamCipher};
    use aes::Aes256;
    use aes::cipher::KeyInit;
    use alloc::vec::Vec;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// One after the other, with a crate made for it.
    fn oracle(key: &[u8; 32], iv: [u8; 16], data: &mut [u8]) {
        ::ofb::Ofb::<Aes256>::new(key.into(), &iv.into()).apply_keystream(data);
    }

    fn check(mut data: Vec<(usize, [u8; 16], Vec<u8>)>) {
        let keys = [[1; 32], [2; 32], [3; 32]];
        let ciphers = keys.map(|key| Aes256Enc::new(&key.into()));
        let mut expected = data.clone();
        for (key, iv, data) in &mut expected {
            oracle(&keys[*key], *iv, data);
        }
        let streams = data.iter_mut().map(|(key, iv, data)| Stream { cipher: &ciphers[*key], iv: *iv, data });
        let mut streams: Vec<_> = streams.collect();
        apply(&mut streams);
        drop(streams);
        assert!(data == expected);
    }

    #[test]
    fn any_number_of_streams_of_equal_length() {
        for lanes in 0..=2 * LANES + 1 {
            let stream = |lane| (0, [u8::try_from(lane).unwrap(); 16], Vec::from([0x5a; 200]));
            check((0..lanes).map(stream).collect());
        }
    }

    #[test]
    fn every_length_beside_every_other() {
        check((0..150u8).map(|len| (0, [7; 16], (0..len).collect())).collect());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn streams_side_by_side_are_what_each_is_alone(
            data in vec((0usize..3, any::<[u8; 16]>(), vec(any::<u8>(), 0..300)), 0..200),
        ) {
            check(data);
        }
    }
}
