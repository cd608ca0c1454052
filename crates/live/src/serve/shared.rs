//! What the receiving thread and the serving thread share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collectd_types::{Identifier, Time};
use parking_lot::{Mutex, MutexGuard};

use super::catalogue::Catalogue;
use super::stream::Subscribers;
use crate::source;
use crate::store::{Series, SeriesId, Store};

/// How many series are gone through while the receiving thread may have to wait: some tens of microseconds.
pub(super) const AT_ONCE: usize = 256;

/// How often silent hosts are counted.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// All that is served.
pub(super) struct Shared {
    store: Mutex<Store>,
    source: Mutex<Received>,
    pub(super) subscribers: Subscribers,
    pub(super) started: Time,
    /// Whether what comes is new, and not from a file.
    is_live: bool,
    hosts_silent: AtomicUsize,
    catalogue: Mutex<Arc<Catalogue>>,
}

/// What was received, as of a moment ago.
#[derive(Clone, Default)]
pub(super) struct Received {
    pub(super) statistics: source::Statistics,
    /// For how long, in all, the receiving thread waited for its turn with the store.
    pub(super) waited: Duration,
}

impl Shared {
    pub(super) fn new(store: Store, is_live: bool) -> Self {
        Shared {
            store: Mutex::new(store),
            source: Mutex::default(),
            subscribers: Subscribers::default(),
            started: Time::now(),
            is_live,
            hosts_silent: AtomicUsize::new(0),
            catalogue: Mutex::new(Arc::new(Catalogue::empty())),
        }
    }

    /// The store, for a short time: nothing is received meanwhile, but what the kernel keeps.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock()
    }

    /// The time that counts as now: in a file it is that of the last packet.
    pub(super) fn now(&self, store: &Store) -> Time {
        if self.is_live { Time::now() } else { store.latest() }
    }

    pub(super) fn last_catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.lock().clone()
    }

    pub(super) fn set_catalogue(&self, catalogue: Arc<Catalogue>) {
        *self.catalogue.lock() = catalogue;
    }

    /// How many hosts are silent, as of a moment ago.
    pub(super) fn hosts_silent(&self) -> usize {
        self.hosts_silent.load(Ordering::Relaxed)
    }

    /// Counts the silent hosts every now and then, for ever.
    pub(super) async fn count_silent_hosts(&self) {
        loop {
            let (mut count, mut done) = (0, 0);
            loop {
                let (silent, seen) = self.silent_of(done);
                (count, done) = (count + silent, done + seen);
                if seen < AT_ONCE {
                    break;
                }
                tokio::task::yield_now().await;
            }
            self.hosts_silent.store(count, Ordering::Relaxed);
            tokio::time::sleep(COUNT_EVERY).await;
        }
    }

    /// Of some hosts behind the first ones, how many are silent, and how many there are.
    fn silent_of(&self, first: usize) -> (usize, usize) {
        let store = self.store();
        let now = self.now(&store);
        let hosts = store.hosts().skip(first).take(AT_ONCE);
        (hosts.clone().filter(|host| host.is_silent(now)).count(), hosts.len())
    }

    pub(super) fn received(&self) -> Received {
        self.source.lock().clone()
    }

    pub(super) fn set_received(&self, received: Received) {
        *self.source.lock() = received;
    }

    /// Goes through series in the order of the tree, from behind `after` on, a few at a time, until `visit` has seen
    /// enough and returns false. Other connections and the receiving thread have their turn in between.
    pub(super) async fn each_series(
        &self,
        after: Option<Identifier>,
        mut visit: impl FnMut(&Store, SeriesId, &Series) -> bool,
    ) {
        let mut after = after.unwrap_or_default();
        loop {
            let last = {
                let store = self.store();
                let mut last = None;
                for (id, series) in store.iter_after(after.view()).take(AT_ONCE) {
                    if !visit(&store, id, series) {
                        return;
                    }
                    last = Some(series);
                }
                last.map(|series| series.identifier().to_identifier())
            };
            let Some(last) = last else { return };
            after = last;
            tokio::task::yield_now().await;
        }
    }
}
