//! What types.db says of the types that this file dispatches, remembered: the daemon's own search takes as long as
//! everything else that is done for a value list before it is handed over.
//!
//! Copies, so that it does not matter to memory what becomes of the daemon's data sets. A plugin that registers a type
//! anew while the daemon runs is noticed only where values do not fit the type as it was; they are compared with the
//! daemon's data set then. Values that fit the type as it was are handed over, and the daemon judges them as ever.

use std::ffi::c_char;
use std::sync::OnceLock;

use collectd_types::Kind;

use super::bytes;
use super::data_set::DataSet;
use super::host::has_hostname;

/// A name in words, with zeros behind it. The few types with longer names are looked up each time.
type Words = [u64; 4];

/// No type of collectd's has more data sources.
const MAX_SOURCES: usize = 8;

/// How many places a type may be found in.
const TRIES: usize = 4;

struct Known {
    name: Words,
    len: usize,
    kinds: [Kind; MAX_SOURCES],
}

/// Set once each: a type that finds no place is looked up each time.
static KNOWN: [OnceLock<Known>; 256] = [const { OnceLock::new() }; 256];

/// Whether a type is known to have values of this number and these kinds. If not, the daemon's data set decides.
#[inline]
pub(super) fn fit(type_: &[c_char; 128], kinds: &[Kind], fits: impl Fn(Kind, Kind) -> bool) -> bool {
    let name = words(type_);
    let first = first_place(&name);
    let is_it = |known: &&Known| is_same(&known.name, &name);
    let others = || places(first).skip(1).map_while(OnceLock::get).find(is_it);
    let Some(known) = KNOWN[first].get().filter(is_it).or_else(others) else { return false };
    kinds.len() == known.len && kinds.iter().zip(&known.kinds).all(|(&kind, &known)| fits(kind, known))
}

/// Remembers what the daemon says of a type.
#[cold]
pub(super) fn remember(type_: &[c_char; 128], set: &DataSet<'_>) {
    // While the daemon reads its configuration, a later line may still change the type.
    let is_short = bytes(type_)[size_of::<Words>() - 1..].iter().all(|&byte| byte == 0);
    if !has_hostname() || !is_short || set.len() > MAX_SOURCES {
        return;
    }
    let mut known = Known { name: words(type_), len: set.len(), kinds: [Kind::Gauge; MAX_SOURCES] };
    for (index, place) in known.kinds.iter_mut().enumerate().take(known.len) {
        let Some((_, Some(kind))) = set.source(index) else { return };
        *place = kind;
    }
    let name = known.name;
    for place in places(first_place(&name)) {
        match place.set(known) {
            Ok(()) => return,
            Err(_) if place.get().is_some_and(|other| other.name == name) => return,
            Err(back) => known = back,
        }
    }
}

/// All places that a type may have.
fn places(first: usize) -> impl Iterator<Item = &'static OnceLock<Known>> {
    (first..first + TRIES).map(|place| &KNOWN[place % KNOWN.len()])
}

#[inline]
fn first_place(&[a, b, c, d]: &Words) -> usize {
    let mixed = a ^ b.rotate_left(16) ^ c.rotate_left(32) ^ d.rotate_left(48);
    // The high bits of a product depend on all bits of its factors.
    usize::from(mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0])
}

/// Word by word in registers: compared as a whole, the words would be stored first.
#[inline]
fn is_same(a: &Words, b: &Words) -> bool {
    (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) == 0
}

#[inline]
fn words(type_: &[c_char; 128]) -> Words {
    let (words, _) = bytes(type_).as_chunks();
    [0, 1, 2, 3].map(|index: usize| words.get(index).map_or(0, |word| u64::from_ne_bytes(*word)))
}
