//! What has not been acknowledged: a bounded buffer between the daemon's write threads and the thread of the plugin.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::Subject;
use bytes::Bytes;
use tokio::sync::Notify;

use crate::config::WhenFull;

/// A message. A copy shares its text.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Message {
    /// Given by the outbox, in order.
    pub(crate) number: u64,
    pub(crate) subject: Subject,
    pub(crate) payload: Bytes,
}

pub(crate) struct Outbox {
    state: Mutex<State>,
    /// For threads that wait for acknowledgements.
    settled: Condvar,
    /// For the task that sends.
    pub(crate) changed: Notify,
    limit: usize,
    window: usize,
    when_full: WhenFull,
}

struct State {
    waiting: VecDeque<Message>,
    /// Sent, at that time for the last time.
    in_flight: BTreeMap<u64, (Instant, Message)>,
    next: u64,
    counters: Counters,
    end: Option<Instant>,
}

/// Since the start.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Counters {
    /// Acknowledged.
    pub(crate) stored: u64,
    /// For want of room.
    pub(crate) dropped: u64,
    /// By the server, for good.
    pub(crate) refused: u64,
    /// Sent once more.
    pub(crate) repeated: u64,
    /// Not acknowledged yet.
    pub(crate) waiting: u64,
}

/// Which one is lost.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub(crate) enum Full {
    #[error("{0} messages are not acknowledged, which is QueueLimit: this one is dropped")]
    Newest(usize),
    #[error("{0} messages are not acknowledged, which is QueueLimit: the oldest one is dropped")]
    Oldest(usize),
}

impl Outbox {
    /// Holds at most `limit` messages, of which `window` may be on their way.
    pub(crate) fn new(limit: usize, window: usize, when_full: WhenFull) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            in_flight: BTreeMap::new(),
            next: 0,
            counters: Counters::default(),
            end: None,
        };
        Outbox { state: Mutex::new(state), settled: Condvar::new(), changed: Notify::new(), limit, window, when_full }
    }

    pub(crate) fn push(&self, subject: Subject, payload: Bytes) -> Result<(), Full> {
        let mut state = self.lock();
        let mut result = Ok(());
        if state.waiting.len() + state.in_flight.len() >= self.limit {
            state.counters.dropped += 1;
            // What is on its way may have arrived: it is of no use to forget it.
            if self.when_full == WhenFull::DropNewest || state.waiting.pop_front().is_none() {
                return Err(Full::Newest(self.limit));
            }
            self.settled.notify_all();
            result = Err(Full::Oldest(self.limit));
        }
        let number = state.next;
        state.next += 1;
        state.waiting.push_back(Message { number, subject, payload });
        drop(state);
        self.changed.notify_one();
        result
    }

    /// The next message to be sent, if one more may be on its way.
    pub(crate) fn next(&self) -> Option<Message> {
        let mut state = self.lock();
        if state.in_flight.len() >= self.window {
            return None;
        }
        let message = state.waiting.pop_front()?;
        state.in_flight.insert(message.number, (Instant::now(), message.clone()));
        Some(message)
    }

    /// Those that were sent that long ago and are not acknowledged. They count as sent now.
    pub(crate) fn overdue(&self, timeout: Duration) -> Vec<Message> {
        let mut state = self.lock();
        let now = Instant::now();
        let late = |(sent, _): &&mut (Instant, Message)| now.duration_since(*sent) >= timeout;
        let again = |(sent, message): &mut (Instant, Message)| {
            *sent = now;
            message.clone()
        };
        let messages: Vec<_> = state.in_flight.values_mut().filter(late).map(again).collect();
        state.counters.repeated += messages.len() as u64;
        messages
    }

    /// The server has it. A second acknowledgement says nothing.
    pub(crate) fn stored(&self, number: u64) {
        let mut state = self.lock();
        let was_there = state.in_flight.remove(&number).is_some();
        state.counters.stored += u64::from(was_there);
        self.left(state);
    }

    /// The server will never have it.
    pub(crate) fn refused(&self, number: u64) {
        let mut state = self.lock();
        let was_there = state.in_flight.remove(&number).is_some();
        state.counters.refused += u64::from(was_there);
        self.left(state);
    }

    fn left(&self, state: MutexGuard<'_, State>) {
        drop(state);
        self.settled.notify_all();
        // There is room for one more.
        self.changed.notify_one();
    }

    /// Waits until none of those that are here now is left; how many there are, if that takes too long.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), u64> {
        let mut state = self.lock();
        let target = state.next;
        let end = Instant::now() + timeout;
        loop {
            let front = state.waiting.front().map(|message| message.number);
            let oldest = state.in_flight.keys().next().copied().into_iter().chain(front).min();
            let left = end.saturating_duration_since(Instant::now());
            match oldest {
                Some(oldest) if oldest < target && left.is_zero() => return Err(count(&state)),
                Some(oldest) if oldest < target => {
                    state = self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Nothing comes any more: the task ends when all is acknowledged, or after this time.
    pub(crate) fn close(&self, timeout: Duration) {
        self.lock().end.get_or_insert(Instant::now() + timeout);
        self.changed.notify_one();
    }

    pub(crate) fn is_over(&self) -> bool {
        let state = self.lock();
        state.end.is_some_and(|end| count(&state) == 0 || Instant::now() >= end)
    }

    pub(crate) fn counters(&self) -> Counters {
        let state = self.lock();
        Counters { waiting: count(&state), ..state.counters }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(state: &State) -> u64 {
    (state.waiting.len() + state.in_flight.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(outbox: &Outbox) -> Result<(), Full> {
        outbox.push(Subject::from_static("a"), Bytes::from_static(b"x"))
    }

    fn filled(limit: usize, window: usize, when_full: WhenFull) -> Outbox {
        let outbox = Outbox::new(limit, window, when_full);
        (0..4).for_each(|_| push(&outbox).unwrap());
        outbox
    }

    fn next(outbox: &Outbox) -> Option<u64> {
        outbox.next().map(|message| message.number)
    }

    #[test]
    fn the_window_moves_on_with_acknowledgements_in_any_order() {
        let outbox = filled(4, 2, WhenFull::DropNewest);
        assert_eq!([next(&outbox), next(&outbox), next(&outbox)], [Some(0), Some(1), None]);
        outbox.stored(1);
        outbox.stored(1);
        outbox.stored(77);
        assert_eq!([next(&outbox), next(&outbox)], [Some(2), None]);
        outbox.refused(0);
        outbox.stored(2);
        let counters = outbox.counters();
        assert_eq!((counters.stored, counters.refused, counters.waiting), (2, 1, 1));
    }

    #[test]
    fn what_is_on_its_way_is_not_dropped() {
        let outbox = filled(4, 2, WhenFull::DropOldest);
        assert_eq!([next(&outbox), next(&outbox)], [Some(0), Some(1)]);
        assert_eq!([push(&outbox), push(&outbox)], [Err(Full::Oldest(4)); 2]);
        outbox.stored(0);
        outbox.stored(1);
        assert_eq!([next(&outbox), next(&outbox)], [Some(4), Some(5)]);
        assert_eq!(outbox.counters().dropped, 2);

        let outbox = filled(4, 4, WhenFull::DropOldest);
        while next(&outbox).is_some() {}
        assert_eq!(push(&outbox), Err(Full::Newest(4)));
        let outbox = filled(4, 4, WhenFull::DropNewest);
        assert_eq!(push(&outbox), Err(Full::Newest(4)));
        assert_eq!(next(&outbox), Some(0));
    }

    #[test]
    fn what_is_not_acknowledged_is_due_again_and_again() {
        let outbox = filled(4, 2, WhenFull::DropNewest);
        assert_eq!([next(&outbox), next(&outbox)], [Some(0), Some(1)]);
        assert_eq!(outbox.overdue(Duration::from_secs(60)), []);
        outbox.stored(0);
        for _ in 0..2 {
            let numbers: Vec<_> = outbox.overdue(Duration::ZERO).iter().map(|message| message.number).collect();
            assert_eq!(numbers, [1]);
        }
        assert_eq!(outbox.counters().repeated, 2);
    }

    #[test]
    fn a_flush_waits_for_what_was_there_when_it_began() {
        let outbox = filled(10, 10, WhenFull::DropNewest);
        while next(&outbox).is_some() {}
        (1..4).for_each(|number| outbox.stored(number));
        assert_eq!(outbox.flush(Duration::ZERO), Err(1));
        outbox.stored(0);
        push(&outbox).unwrap();
        assert_eq!(outbox.flush(Duration::ZERO), Err(1));
        assert!(!outbox.is_over());
        outbox.close(Duration::from_secs(60));
        assert!(!outbox.is_over());
        assert_eq!(next(&outbox), Some(4));
        outbox.stored(4);
        assert!(outbox.is_over());
        assert_eq!(outbox.flush(Duration::ZERO), Ok(()));
    }
}
