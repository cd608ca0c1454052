//! What waits to be sent.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use collectd::Notification;

use crate::limiter::Limiter;

/// A notification to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) notification: Notification,
    /// How many of the same kind before it were not sent.
    pub(crate) held_back: u64,
}

/// The queue of a hook. It never has more than it may.
#[derive(Debug)]
pub(crate) struct Outbox {
    length: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    queue: VecDeque<Message>,
    limiter: Limiter,
    is_closed: bool,
}

impl Outbox {
    pub(crate) fn new(length: usize, hold_back: Duration) -> Self {
        let state = State { queue: VecDeque::new(), limiter: Limiter::new(hold_back), is_closed: false };
        Outbox { length, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Queues a notification, unless it is held back; whether there was room. If not, the oldest has to go: the newest
    /// says how things are.
    pub(crate) fn offer(&self, notification: Notification) -> bool {
        let mut state = self.lock();
        let Some(message) = state.limiter.pass(notification, Instant::now()) else {
            // Another one may be the first to be due.
            self.changed.notify_all();
            return true;
        };
        let has_room = state.queue.len() < self.length;
        if !has_room {
            state.queue.pop_front();
        }
        state.queue.push_back(message);
        self.changed.notify_all();
        has_room
    }

    /// The next one, once there is one; nothing when the outbox is closed and empty.
    pub(crate) fn take(&self) -> Option<Message> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            // What has been held back does not wait for a queue that may never be empty.
            let next = state.limiter.due(now, false).or_else(|| state.queue.pop_front());
            if next.is_some() {
                return next;
            }
            if state.is_closed {
                return state.limiter.due(now, true);
            }
            state = match state.limiter.next_due() {
                Some(due) => self.wait(state, due.saturating_duration_since(now)),
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Nothing comes any more: what is there is to be sent now.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Waits, but not beyond the moment at which the outbox is closed.
    pub(crate) fn pause(&self, span: Duration) {
        let end = Instant::now().checked_add(span);
        let mut state = self.lock();
        while !state.is_closed {
            let left = end.map_or(span, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return;
            }
            state = self.wait(state, left);
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, span: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, span).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: usize) -> Notification {
        Notification::failure(number.to_string()).host(number.to_string()).build().expect("a notification")
    }

    fn texts(outbox: &Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.take()).map(|message| message.notification.view().text().into_owned()).collect()
    }

    #[test]
    fn the_oldest_makes_room_for_the_newest() {
        let outbox = Outbox::new(3, Duration::from_secs(60));
        assert_eq!([0, 1, 2, 3, 4].map(|number| outbox.offer(numbered(number))), [true, true, true, false, false]);
        // Held back; and sent at the end, as nothing will come any more.
        assert!(outbox.offer(numbered(4)));
        outbox.close();
        assert_eq!(texts(&outbox), ["2", "3", "4", "4"]);
    }

    #[test]
    fn who_takes_waits_for_what_is_held_back() {
        let outbox = Outbox::new(3, Duration::from_millis(50));
        let start = Instant::now();
        assert!(outbox.offer(numbered(1)) && outbox.offer(numbered(1)));
        assert!(outbox.take().is_some() && outbox.take().is_some());
        assert!(start.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn what_is_due_goes_before_what_is_queued() {
        let outbox = Outbox::new(3, Duration::from_millis(50));
        assert!(outbox.offer(numbered(1)) && outbox.take().is_some());
        assert!(outbox.offer(numbered(1)));
        std::thread::sleep(Duration::from_millis(60));
        assert!(outbox.offer(numbered(2)));
        outbox.close();
        assert_eq!(texts(&outbox), ["1", "2"]);
    }

    #[test]
    fn who_waits_goes_on_when_it_is_closed() {
        let outbox = Outbox::new(1, Duration::ZERO);
        outbox.pause(Duration::from_millis(1));
        assert!(!outbox.is_closed());
        std::thread::scope(|scope| {
            let takes = scope.spawn(|| outbox.take().is_none());
            let pauses = scope.spawn(|| outbox.pause(Duration::MAX));
            outbox.close();
            assert!(takes.join().is_ok_and(|is_over| is_over) && pauses.join().is_ok());
        });
    }
}
