//! What waits for the disk: a bounded queue between the daemon's write threads and the thread of the plugin.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::WhenFull;

pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    limit: usize,
    batch: usize,
    when_full: WhenFull,
}

struct State<T> {
    waiting: VecDeque<(Instant, T)>,
    /// How many are with the writer, which has not said yet how that went.
    in_hand: usize,
    /// When the first of these came.
    in_hand_since: Instant,
    counters: Counters,
    /// Everything up to this number is to be written now.
    flush_to: u64,
    /// When the writer gives up.
    end: Option<Instant>,
}

/// Since the start.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) accepted: u64,
    pub(crate) written: u64,
    pub(crate) dropped: u64,
    /// Of those accepted: how many were dropped for newer ones.
    displaced: u64,
    /// Transactions that did not come about.
    pub(crate) failed: u64,
}

impl Counters {
    pub(crate) fn waiting(&self) -> u64 {
        self.accepted - self.settled()
    }

    fn settled(&self) -> u64 {
        self.written + self.displaced
    }
}

/// Which one is lost.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub(crate) enum Full {
    #[error("{0} value lists wait for the disk, which is QueueLimit: this one is dropped")]
    Newest(usize),
    #[error("{0} value lists wait for the disk, which is QueueLimit: the oldest one is dropped")]
    Oldest(usize),
}

#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub(crate) enum FlushError {
    #[error("the disk did not take them: {0} value lists wait")]
    Failed(u64),
    #[error("the disk did not take them in time: {0} value lists wait")]
    TimedOut(u64),
}

impl<T> Queue<T> {
    /// Holds at most `limit`, and hands out at most `batch` at once.
    pub(crate) fn new(limit: usize, batch: usize, when_full: WhenFull) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            in_hand: 0,
            in_hand_since: Instant::now(),
            counters: Counters::default(),
            flush_to: 0,
            end: None,
        };
        Queue { state: Mutex::new(state), changed: Condvar::new(), limit, batch, when_full }
    }

    /// Adds one at the end.
    pub(crate) fn push(&self, item: T) -> Result<(), Full> {
        let mut state = self.lock();
        let mut result = Ok(());
        if state.waiting.len() + state.in_hand >= self.limit {
            state.counters.dropped += 1;
            // What the writer has in its hands is not to be had.
            if self.when_full == WhenFull::DropNewest || state.waiting.pop_front().is_none() {
                return Err(Full::Newest(self.limit));
            }
            state.counters.displaced += 1;
            result = Err(Full::Oldest(self.limit));
        }
        state.waiting.push_back((Instant::now(), item));
        state.counters.accepted += 1;
        // The first one begins a wait, the last one of a batch ends it.
        if state.waiting.len() == 1 || state.waiting.len() == self.batch {
            self.changed.notify_all();
        }
        result
    }

    /// Waits until there is a whole batch, or the oldest has waited for `age`, or for a flush or the end, and takes what
    /// is there. After `age` that may be nothing. `None` at the end.
    pub(crate) fn take(&self, age: Duration) -> Option<Vec<T>> {
        let mut state = self.lock();
        let begin = Instant::now();
        loop {
            let now = Instant::now();
            if state.end.is_some_and(|end| now >= end || state.waiting.is_empty()) {
                return None;
            }
            let since = state.waiting.front().map_or(begin, |(arrived, _)| *arrived);
            let is_asked = state.end.is_some() || state.counters.settled() < state.flush_to;
            if is_asked || state.waiting.len() >= self.batch || now >= since + age {
                state.in_hand_since = since;
                break;
            }
            state = self.wait(state, since + age - now);
        }
        let count = state.waiting.len().min(self.batch);
        state.in_hand = count;
        Some(state.waiting.drain(..count).map(|(_, item)| item).collect())
    }

    /// What was taken is on the disk.
    pub(crate) fn written(&self) {
        let mut state = self.lock();
        state.counters.written += std::mem::take(&mut state.in_hand) as u64;
        self.changed.notify_all();
    }

    /// What was taken is not on the disk: it comes first again.
    pub(crate) fn give_back(&self, items: Vec<T>) {
        let mut state = self.lock();
        state.in_hand = 0;
        state.counters.failed += 1;
        let since = state.in_hand_since;
        for item in items.into_iter().rev() {
            state.waiting.push_front((since, item));
        }
        self.changed.notify_all();
    }

    /// Waits, but not if somebody asks for a flush or the end meanwhile.
    pub(crate) fn pause(&self, span: Duration) {
        let state = self.lock();
        let asked = (state.flush_to, state.end);
        let same = |state: &mut State<T>| (state.flush_to, state.end) == asked;
        drop(self.changed.wait_timeout_while(state, span, same).unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks for all that is here to be written, and waits until it is, or an attempt has failed.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let mut state = self.lock();
        let target = state.counters.accepted;
        // An attempt that has begun may fail for what has been mended meanwhile.
        let failed = state.counters.failed + u64::from(state.in_hand > 0);
        state.flush_to = state.flush_to.max(target);
        self.changed.notify_all();
        let end = Instant::now() + timeout;
        while state.counters.settled() < target {
            let left = end.saturating_duration_since(Instant::now());
            if state.counters.failed > failed {
                return Err(FlushError::Failed(state.counters.waiting()));
            }
            if left.is_zero() {
                return Err(FlushError::TimedOut(state.counters.waiting()));
            }
            state = self.wait(state, left);
        }
        Ok(())
    }

    /// Nothing comes any more: the writer ends when it has written what is here, or after this time.
    pub(crate) fn close(&self, timeout: Duration) {
        let mut state = self.lock();
        state.end.get_or_insert(Instant::now() + timeout);
        self.changed.notify_all();
    }

    pub(crate) fn counters(&self) -> Counters {
        self.lock().counters
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>, span: Duration) -> MutexGuard<'a, State<T>> {
        self.changed.wait_timeout(state, span).unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn filled(limit: usize, batch: usize, when_full: WhenFull) -> Queue<u32> {
        let queue = Queue::new(limit, batch, when_full);
        (0..4).for_each(|number| queue.push(number).unwrap());
        queue
    }

    #[test]
    fn the_limit_holds_with_what_is_in_hand() {
        let queue = filled(5, 2, WhenFull::DropOldest);
        assert_eq!(queue.take(LONG), Some(vec![0, 1]));
        queue.push(4).unwrap();
        assert_eq!(queue.push(5), Err(Full::Oldest(5)));
        // What comes back is the oldest again.
        queue.give_back(vec![0, 1]);
        assert_eq!(queue.push(6), Err(Full::Oldest(5)));
        assert_eq!(queue.take(LONG), Some(vec![1, 3]));
        queue.written();
        let counters = queue.counters();
        assert_eq!((counters.accepted, counters.written, counters.dropped, counters.waiting()), (7, 2, 2, 3));

        let queue = filled(4, 4, WhenFull::DropOldest);
        assert_eq!(queue.take(LONG).map(|batch| batch.len()), Some(4));
        assert_eq!(queue.push(4), Err(Full::Newest(4)));

        let queue = filled(4, 2, WhenFull::DropNewest);
        assert_eq!(queue.push(4), Err(Full::Newest(4)));
        assert_eq!(queue.take(LONG), Some(vec![0, 1]));
        assert_eq!(queue.counters().waiting(), 4);
    }

    #[test]
    fn what_came_back_does_not_wait_again() {
        let queue = filled(10, 10, WhenFull::DropNewest);
        let age = Duration::from_millis(500);
        let batch = queue.take(age).unwrap();
        queue.give_back(batch);
        let begin = Instant::now();
        assert_eq!(queue.take(age).map(|batch| batch.len()), Some(4));
        assert!(begin.elapsed() < age);
    }

    #[test]
    fn a_flush_waits_for_what_was_there_when_it_began() {
        let queue = filled(10, 10, WhenFull::DropNewest);
        assert_eq!(queue.flush(Duration::ZERO), Err(FlushError::TimedOut(4)));

        let queue = filled(10, 10, WhenFull::DropNewest);
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| queue.flush(LONG));
            // Which it would not without being asked.
            assert_eq!(queue.take(LONG).map(|batch| batch.len()), Some(4));
            queue.written();
            queue.push(4).unwrap();
            assert_eq!(flush.join().unwrap(), Ok(()));
        });
    }

    #[test]
    fn it_ends_when_it_is_empty_or_the_time_is_over() {
        let queue = filled(10, 3, WhenFull::DropNewest);
        queue.close(LONG);
        assert_eq!(queue.take(LONG), Some(vec![0, 1, 2]));
        queue.written();
        assert_eq!(queue.take(LONG), Some(vec![3]));
        queue.written();
        assert_eq!(queue.take(LONG), None);

        let queue = filled(10, 3, WhenFull::DropNewest);
        queue.close(Duration::ZERO);
        assert_eq!(queue.take(LONG), None);
        assert_eq!(queue.counters().waiting(), 4);
    }
}
