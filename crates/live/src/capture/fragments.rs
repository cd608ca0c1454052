//! Datagrams that are longer than the network's frames.

use std::collections::HashMap;
use std::net::IpAddr;

use etherparse::defrag::IpDefragBuf;
use etherparse::{IpFragOffset, IpNumber};

/// How many datagrams are put together at the same time.
const MOST: usize = 64;

/// What the fragments of one datagram have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    pub(super) identification: u32,
}

/// One fragment.
pub(super) struct Fragment<'a> {
    pub(super) offset: IpFragOffset,
    pub(super) more: bool,
    pub(super) data: &'a [u8],
}

/// Datagrams of which not all fragments came yet.
#[derive(Default)]
pub(super) struct Fragments {
    partial: HashMap<Key, Partial>,
    /// How many came, to tell which is the oldest.
    begun: u64,
    /// Fragments that led to nothing.
    lost: u64,
    whole: Vec<u8>,
}

struct Partial {
    buffer: IpDefragBuf,
    fragments: u64,
    number: u64,
}

impl Fragments {
    /// Fragments of datagrams that are not whole.
    pub(super) fn lost(&self) -> u64 {
        self.lost + self.partial.values().map(|partial| partial.fragments).sum::<u64>()
    }

    /// Adds a fragment; the datagram, if this was the last one that it lacked.
    pub(super) fn add(&mut self, key: Key, fragment: &Fragment<'_>) -> Option<&[u8]> {
        if self.partial.len() >= MOST && !self.partial.contains_key(&key) {
            let oldest = self.partial.iter().min_by_key(|(_, partial)| partial.number).map(|(key, _)| *key);
            self.lose(&oldest?);
        }
        let number = self.begun;
        let partial = self.partial.entry(key).or_insert_with(|| {
            self.begun += 1;
            Partial { buffer: IpDefragBuf::new(IpNumber::UDP, Vec::new(), Vec::new()), fragments: 0, number }
        });
        partial.fragments += 1;
        if partial.buffer.add(fragment.offset, fragment.more, fragment.data).is_err() {
            self.lose(&key);
            return None;
        }
        if !partial.buffer.is_complete() {
            return None;
        }
        (self.whole, _) = self.partial.remove(&key)?.buffer.take_bufs();
        Some(&self.whole)
    }

    fn lose(&mut self, key: &Key) {
        self.lost += self.partial.remove(key).map_or(0, |partial| partial.fragments);
    }
}
