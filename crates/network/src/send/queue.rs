//! Packets on their way to one server, bounded.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A packet, shared by the queues of all servers.
pub(crate) type Packet = Arc<[u8]>;

/// How long the thread waits for more packets when there is one, so that they go side by side.
const GATHER: Duration = Duration::from_millis(2);

/// A queue between the daemon's write threads, which never wait, and the thread of a server.
pub(crate) struct Queue {
    /// The most bytes that wait.
    limit: usize,
    state: Mutex<State>,
    changed: Condvar,
}

/// What came of a packet that was appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pushed {
    /// How many older ones are lost for it.
    pub(crate) lost: usize,
    /// Whether the queue was at most half full.
    pub(crate) is_roomy: bool,
}

#[derive(Default)]
struct State {
    packets: VecDeque<Packet>,
    bytes: usize,
    /// The thread waits for so many packets; 0 if it does not.
    wanted: usize,
    is_closed: bool,
    /// The thread has taken its last packet, and sent it or given up.
    is_done: bool,
    /// Nobody waits for the thread any more.
    is_abandoned: bool,
}

impl Queue {
    pub(crate) fn new(limit: usize) -> Self {
        Queue { limit, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Appends a packet. If there is no room the oldest ones make it.
    pub(crate) fn push(&self, packet: Packet) -> Pushed {
        let mut state = self.state();
        // Not as soon as a shorter packet happens to fit.
        let is_roomy = state.bytes + packet.len() <= self.limit / 2;
        let mut lost = 0;
        while state.bytes + packet.len() > self.limit
            && let Some(oldest) = state.packets.pop_front()
        {
            state.bytes -= oldest.len();
            lost += 1;
        }
        state.bytes += packet.len();
        state.packets.push_back(packet);
        if state.packets.len() == state.wanted {
            self.changed.notify_all();
        }
        Pushed { lost, is_roomy }
    }

    /// Waits for packets and takes up to `most` of them. `None` if the queue is closed and empty.
    pub(crate) fn take(&self, most: usize) -> Option<Vec<Packet>> {
        let mut state = self.wait_for(1, self.state(), None);
        if state.packets.is_empty() {
            return None;
        }
        // Not for each packet: to be woken costs the pusher as much as to make the packet.
        state = self.wait_for(most, state, Some(GATHER));
        let count = most.min(state.packets.len());
        let packets: Vec<_> = state.packets.drain(..count).collect();
        state.bytes -= packets.iter().map(|packet| packet.len()).sum::<usize>();
        Some(packets)
    }

    /// Waits until there are so many packets, the time is up, or the queue is closed.
    fn wait_for<'s>(
        &'s self,
        count: usize,
        mut state: MutexGuard<'s, State>,
        time: Option<Duration>,
    ) -> MutexGuard<'s, State> {
        let deadline = time.map(|time| Instant::now() + time);
        while state.packets.len() < count && !state.is_closed {
            state.wanted = count;
            state = match deadline {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        state.wanted = 0;
        state
    }

    /// Puts packets back in front that could not be sent. Those that have no room any more are lost; their
    /// number is returned.
    pub(crate) fn put_back(&self, packets: &[Packet]) -> usize {
        let mut state = self.state();
        let mut lost = 0;
        for packet in packets.iter().rev() {
            if state.bytes + packet.len() > self.limit {
                lost += 1;
            } else {
                state.bytes += packet.len();
                state.packets.push_front(Arc::clone(packet));
            }
        }
        lost
    }

    /// Waits this long, or until the queue is closed. Returns whether it is.
    pub(crate) fn pause(&self, duration: Duration) -> bool {
        let state = self.state();
        let wait = self.changed.wait_timeout_while(state, duration, |state| !state.is_closed);
        wait.unwrap_or_else(PoisonError::into_inner).0.is_closed
    }

    /// How many packets wait.
    pub(crate) fn len(&self) -> usize {
        self.state().packets.len()
    }

    /// Whether nothing more will come.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Lets the thread end when it has sent what there is.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }

    /// Says that the thread has ended.
    pub(crate) fn set_done(&self) {
        self.state().is_done = true;
        self.changed.notify_all();
    }

    /// Waits for the end of the thread. If it does not come in time, the thread is abandoned: how many packets
    /// are left.
    pub(crate) fn wait_done(&self, deadline: Instant) -> Result<(), usize> {
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = self.changed.wait_timeout_while(self.state(), left, |state| !state.is_done);
        let mut state = wait.unwrap_or_else(PoisonError::into_inner).0;
        state.is_abandoned = !state.is_done;
        if state.is_done { Ok(()) } else { Err(state.packets.len()) }
    }

    /// Whether the daemon has gone on without the thread: it may be about to end, and must not be called.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.state().is_abandoned
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(byte: u8, len: usize) -> Packet {
        vec![byte; len].into()
    }

    #[test]
    fn a_full_queue_loses_its_oldest_packets_and_counts_them() {
        let queue = Queue::new(16 << 20);
        for _ in 0..16 {
            assert_eq!(queue.push(packet(1, 1 << 20)).lost, 0);
        }
        assert_eq!(queue.push(packet(2, (1 << 20) + 1)), Pushed { lost: 2, is_roomy: false });
        assert!(!queue.push(packet(3, 10)).is_roomy, "it fits, but there is no room");
        let taken = queue.take(100).unwrap();
        assert_eq!(taken.len(), 16);
        assert_eq!(taken[14][0], 2);
        assert_eq!(queue.state().bytes, 0);
        assert_eq!(queue.push(packet(4, 10)), Pushed { lost: 0, is_roomy: true });
    }

    #[test]
    fn unsent_packets_go_back_in_front_in_order() {
        let queue = Queue::new(16 << 20);
        for byte in 1..=4 {
            queue.push(packet(byte, 10));
        }
        let taken = queue.take(3).unwrap();
        assert_eq!(queue.put_back(&taken[1..]), 0);
        let order: Vec<u8> = queue.take(10).unwrap().iter().map(|packet| packet[0]).collect();
        assert_eq!(order, [2, 3, 4]);
    }

    #[test]
    fn a_closed_queue_is_emptied_before_it_ends() {
        let queue = Queue::new(16 << 20);
        queue.push(packet(1, 10));
        queue.close();
        assert!(queue.pause(Duration::from_secs(60)));
        assert!(queue.take(10).is_some());
        assert!(queue.take(10).is_none());
        assert_eq!(queue.wait_done(Instant::now()), Err(0));
        assert!(queue.is_abandoned());
        queue.set_done();
        assert_eq!(queue.wait_done(Instant::now()), Ok(()));
        assert!(!queue.is_abandoned());
    }
}
