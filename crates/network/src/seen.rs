//! What was seen lately: for loops, duplicates and replays.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use collectd::{IdentifierRef, NotificationRef, ValuesRef};

/// Makes keys of names and values. Who does not know the seed cannot make two of one key.
#[derive(Clone, Default)]
pub(crate) struct Keys(RandomState);

impl Keys {
    /// Of a metric.
    pub(crate) fn metric(&self, identifier: IdentifierRef<'_>) -> u64 {
        self.of(|hasher| hash_identifier(hasher, identifier))
    }

    /// Of exactly this value list from this user. Who need not prove who he is makes nobody else's a duplicate.
    pub(crate) fn values(&self, values: ValuesRef<'_>, user: Option<&[u8]>) -> u64 {
        self.of(|hasher| {
            user.hash(hasher);
            hash_identifier(hasher, values.identifier());
            values.time().to_raw().hash(hasher);
            for value in values.values() {
                value.kind().code().hash(hasher);
                value.to_bits().hash(hasher);
            }
        })
    }

    /// Of exactly this notification from this user.
    pub(crate) fn notification(&self, notification: NotificationRef<'_>, user: Option<&[u8]>) -> u64 {
        self.of(|hasher| {
            user.hash(hasher);
            hash_identifier(hasher, notification.identifier);
            notification.time.to_raw().hash(hasher);
            (notification.severity as i32).hash(hasher);
            hasher.write(notification.message);
        })
    }

    /// Of some bytes.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> u64 {
        self.of(|hasher| hasher.write(bytes))
    }

    fn of(&self, write: impl FnOnce(&mut <RandomState as BuildHasher>::Hasher)) -> u64 {
        let mut hasher = self.0.build_hasher();
        write(&mut hasher);
        hasher.finish()
    }
}

fn hash_identifier(hasher: &mut impl Hasher, identifier: IdentifierRef<'_>) {
    for name in identifier.names() {
        hasher.write(name.as_bytes());
        // No byte of a name.
        hasher.write_u8(0);
    }
}

/// A map that forgets: the younger half of its memory is at least as old as `lifetime`, unless there is too much.
pub(crate) struct Lately<V = ()> {
    shards: Box<[Mutex<Shard<V>>]>,
    lifetime: Duration,
    /// The most entries in one generation of a shard.
    most: usize,
}

struct Shard<V> {
    young: Map<V>,
    old: Map<V>,
    turned: Option<Instant>,
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Shard { young: Map::default(), old: Map::default(), turned: None }
    }
}

type Map<V> = HashMap<u64, V, BuildHasherDefault<Unhashed>>;

/// Keys are hashes already.
#[derive(Default)]
struct Unhashed(u64);

impl Hasher for Unhashed {
    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

const SHARDS: usize = 16;

impl<V: Copy> Lately<V> {
    /// Remembers for so long, or so many.
    pub(crate) fn new(lifetime: Duration, most: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Lately { shards, lifetime, most: most.div_ceil(2 * SHARDS) }
    }

    /// Remembers a value under a key: what is made of the one that is there, which is returned. What has to be forgotten
    /// for it is shown to `forgotten` if it is younger than it should be.
    pub(crate) fn update(
        &self,
        key: u64,
        now: Instant,
        value: impl FnOnce(Option<V>) -> V,
        forgotten: impl FnMut(V),
    ) -> Option<V> {
        let mut shard = self.shard(key);
        shard.make_room(self.lifetime, self.most, now, forgotten);
        let before = shard.young.get(&key).or_else(|| shard.old.get(&key)).copied();
        shard.young.insert(key, value(before));
        before
    }

    /// What is remembered under a key.
    pub(crate) fn value(&self, key: u64) -> Option<V> {
        let shard = self.shard(key);
        shard.young.get(&key).or_else(|| shard.old.get(&key)).copied()
    }

    fn shard(&self, key: u64) -> MutexGuard<'_, Shard<V>> {
        // The map itself looks at the other bits.
        let shard = &self.shards[(key >> 32) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Copy> Shard<V> {
    fn make_room(&mut self, lifetime: Duration, most: usize, now: Instant, forgotten: impl FnMut(V)) {
        let turned = *self.turned.get_or_insert(now);
        let age = now.saturating_duration_since(turned);
        if age < lifetime && self.young.len() < most {
            return;
        }
        if age < lifetime {
            self.old.values().copied().for_each(forgotten);
        }
        std::mem::swap(&mut self.young, &mut self.old);
        self.young.clear();
        if age >= 2 * lifetime {
            self.old.clear();
        }
        self.turned = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_younger_than_the_lifetime_is_known() {
        let start = Instant::now();
        let lately = Lately::<u64>::new(10 * SECOND, 1000);
        let insert = |key, seconds: u32| {
            lately.update(key, start + seconds * SECOND, |_| u64::from(seconds), |_| panic!("there is room"))
        };
        assert_eq!(insert(1, 0), None);
        assert_eq!(insert(1, 9), Some(0));
        assert_eq!(insert(1, 18), Some(9));
        assert_eq!(insert(2, 19), None);
        assert_eq!(insert(2, 100), None, "both halves are too old");
        assert_eq!(lately.value(2), Some(100));
        assert_eq!(lately.value(1), None);
    }

    #[test]
    fn memory_is_bounded_and_what_goes_early_is_told() {
        let now = Instant::now();
        let most = 3200;
        let lately = Lately::<u64>::new(1000 * SECOND, most);
        let keys = Keys::default();
        let mut early = 0;
        for number in 0..100_000_u64 {
            let key = keys.of(|hasher| number.hash(hasher));
            lately.update(key, now, |_| number, |_| early += 1);
        }
        let kept: usize =
            lately.shards.iter().map(|shard| shard.lock().unwrap()).map(|s| s.young.len() + s.old.len()).sum();
        assert!(kept <= most + SHARDS * 2, "{kept}");
        assert_eq!(early + kept, 100_000);
    }
}
