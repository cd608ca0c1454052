//! The packet that is being filled, and the thread that does not let it get old.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use collectd::ValuesRef;
use collectd::thread::Builder;
use collectd_wire::{EncodeError, Encoder, MIN_PADDING, pad_packet};

use super::queue::Packet;

/// Where finished packets go.
pub(crate) struct Outlet {
    /// Takes one. Must not wait, nor write to the log: value lists and notifications of other threads wait meanwhile, and of
    /// this one, if what takes log lines dispatches some.
    pub(crate) send: Box<dyn Fn(Packet) + Send + Sync>,
    /// Called some time after that, to say how it went.
    pub(crate) tell: Box<dyn Fn() + Send + Sync>,
}

/// Value lists of all write threads, packed into one packet after the other.
pub(crate) struct Buffer {
    shared: Arc<Shared>,
    timer: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    packing: Mutex<Packing>,
    /// How long a full packet is made, if the system sends packets of one length in one piece.
    full_size: Option<usize>,
    /// Tells the timer that there is a first value list, or that it shall end.
    wake: Condvar,
    linger: Duration,
    outlet: Outlet,
}

struct Packing {
    encoder: Encoder,
    /// When the first value list of the packet came.
    oldest: Instant,
    /// Whether the timer waits for a first value list.
    is_timer_idle: bool,
    is_closed: bool,
}

impl Buffer {
    /// Starts with an empty packet of at most this size, and sends it when its oldest value list has waited
    /// for `linger`.
    pub(crate) fn start(max_size: usize, linger: Duration, outlet: Outlet) -> std::io::Result<Buffer> {
        let full_size = collectd_udp::sends_segments().then_some(max_size);
        let encoder = Encoder::new(full_size.map_or(max_size, |size| size.saturating_sub(MIN_PADDING)));
        let packing = Packing { encoder, oldest: Instant::now(), is_timer_idle: false, is_closed: false };
        let shared = Shared { packing: Mutex::new(packing), full_size, wake: Condvar::new(), linger, outlet };
        let shared = Arc::new(shared);
        let timer = Arc::clone(&shared);
        let timer = Builder::new().name("rust_net linger").spawn(move || timer.run_timer())?;
        Ok(Buffer { shared, timer: Mutex::new(Some(timer)) })
    }

    /// Appends a value list; if the packet is full it is sent first.
    ///
    /// # Errors
    ///
    /// If no packet can take the value list.
    pub(crate) fn push(&self, values: ValuesRef<'_>) -> Result<(), EncodeError> {
        let mut packing = self.shared.packing();
        let mut pushed = packing.encoder.push(values);
        let is_full = matches!(pushed, Err(EncodeError::Full));
        if is_full {
            self.shared.send_full_packet(&mut packing);
            pushed = packing.encoder.push(values);
        }
        if pushed.is_ok() && packing.encoder.value_lists() == 1 {
            packing.oldest = Instant::now();
            if packing.is_timer_idle {
                self.shared.wake.notify_one();
            }
        }
        drop(packing);
        if is_full {
            (self.shared.outlet.tell)();
        }
        pushed
    }

    /// Sends a packet that was made elsewhere, behind the value lists that came before it.
    pub(crate) fn push_alone(&self, packet: Packet) {
        let mut packing = self.shared.packing();
        self.shared.send_packet(&mut packing);
        // Under the lock, as the others.
        (self.shared.outlet.send)(packet);
        drop(packing);
        (self.shared.outlet.tell)();
    }

    /// Sends what there is, if its oldest value list has waited for this long.
    pub(crate) fn flush(&self, older_than: Duration) {
        let mut packing = self.shared.packing();
        if packing.oldest.elapsed() >= older_than {
            self.shared.send_packet(&mut packing);
        }
        drop(packing);
        (self.shared.outlet.tell)();
    }

    /// Sends what there is and ends the timer.
    pub(crate) fn close(&self) {
        let mut packing = self.shared.packing();
        self.shared.send_packet(&mut packing);
        packing.is_closed = true;
        drop(packing);
        (self.shared.outlet.tell)();
        self.shared.wake.notify_one();
        let timer = self.timer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The timer has nothing to return, and its panics are logged where they happen.
        drop(timer.map(JoinHandle::join));
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn packing(&self) -> MutexGuard<'_, Packing> {
        self.packing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_packet(&self, packing: &mut Packing) {
        if packing.encoder.is_empty() {
            return;
        }
        // Under the lock, so that packets leave in the order in which they were filled.
        (self.outlet.send)(packing.encoder.packet().into());
        packing.encoder.clear();
    }

    fn send_full_packet(&self, packing: &mut Packing) {
        let Some(size) = self.full_size.filter(|_| !packing.encoder.is_empty()) else {
            return self.send_packet(packing);
        };
        let mut packet = Vec::with_capacity(size);
        packet.extend_from_slice(packing.encoder.packet());
        pad_packet(&mut packet, size);
        (self.outlet.send)(packet.into());
        packing.encoder.clear();
    }

    fn run_timer(&self) {
        let mut packing = self.packing();
        while !packing.is_closed {
            if packing.encoder.is_empty() {
                packing.is_timer_idle = true;
                packing = self.wake.wait(packing).unwrap_or_else(PoisonError::into_inner);
                packing.is_timer_idle = false;
                continue;
            }
            let age = packing.oldest.elapsed();
            match self.linger.checked_sub(age) {
                Some(left) if !left.is_zero() => {
                    let wait = self.wake.wait_timeout(packing, left);
                    packing = wait.unwrap_or_else(PoisonError::into_inner).0;
                }
                _ => {
                    self.send_packet(&mut packing);
                    drop(packing);
                    (self.outlet.tell)();
                    packing = self.packing();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{Receiver, channel};

    use collectd::{Time, Values};

    use super::*;

    fn start(linger: Duration) -> (Buffer, Receiver<Packet>) {
        let (sender, receiver) = channel();
        let outlet = Outlet { send: Box::new(move |packet| sender.send(packet).unwrap()), tell: Box::new(|| ()) };
        (Buffer::start(1024, linger, outlet).unwrap(), receiver)
    }

    fn values(instance: usize) -> Values {
        let values = Values::new("gauge").host("h").plugin("p").type_instance(instance.to_string());
        values.time(Time::from_secs(1)).gauge(1.0)
    }

    fn count(packet: &[u8]) -> usize {
        collectd_wire::decode(packet).filter(Result::is_ok).count()
    }

    const LONG: Duration = Duration::from_secs(3600);
    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn full_packets_are_sent_and_the_last_one_at_the_end() {
        let (buffer, packets) = start(LONG);
        for instance in 0..100 {
            buffer.push(values(instance).view()).unwrap();
        }
        drop(buffer);
        let packets: Vec<_> = packets.iter().collect();
        assert!(packets.len() > 1 && packets.iter().all(|packet| packet.len() <= 1024));
        assert_eq!(packets.iter().map(|packet| count(packet)).sum::<usize>(), 100);
    }

    #[test]
    fn a_lone_value_list_leaves_after_the_linger_time() {
        let linger = Duration::from_millis(100);
        let (buffer, packets) = start(linger);
        for instance in 0..3 {
            let start = Instant::now();
            buffer.push(values(instance).view()).unwrap();
            assert_eq!(count(&packets.recv_timeout(PATIENCE).unwrap()), 1);
            assert!(start.elapsed() >= linger);
        }
    }

    #[test]
    fn a_trickle_does_not_keep_the_oldest_waiting() {
        let (buffer, packets) = start(Duration::from_millis(200));
        let start = Instant::now();
        let mut instance = 0;
        let packet = loop {
            buffer.push(values(instance).view()).unwrap();
            instance += 1;
            if let Ok(packet) = packets.recv_timeout(Duration::from_millis(20)) {
                break packet;
            }
            assert!(start.elapsed() < PATIENCE, "the trickle kept the packet back");
        };
        assert!(count(&packet) >= 1);
    }

    #[test]
    fn a_flush_of_old_values_leaves_young_ones() {
        let (buffer, packets) = start(LONG);
        buffer.push(values(0).view()).unwrap();
        buffer.flush(LONG);
        assert!(packets.try_recv().is_err());
        buffer.flush(Duration::ZERO);
        assert_eq!(count(&packets.try_recv().unwrap()), 1);
        // Nothing to send is not sent.
        buffer.flush(Duration::ZERO);
        assert!(packets.try_recv().is_err());
    }

    /// As a plugin that makes notifications of log lines.
    #[test]
    fn what_says_how_it_went_may_come_back() {
        let (sender, receiver) = channel();
        let itself: Arc<OnceLock<Buffer>> = Arc::default();
        let inner = Arc::clone(&itself);
        let is_told = AtomicBool::new(false);
        let tell = move || {
            if !is_told.swap(true, Ordering::Relaxed) {
                inner.get().unwrap().push_alone(Packet::from([7; 5]));
            }
        };
        let outlet = Outlet { send: Box::new(move |packet| sender.send(packet).unwrap()), tell: Box::new(tell) };
        let buffer = itself.get_or_init(|| Buffer::start(1024, LONG, outlet).unwrap());
        for instance in 0..100 {
            buffer.push(values(instance).view()).unwrap();
        }
        let first: Vec<_> = receiver.try_iter().take(3).collect();
        // The value list that did not fit the first one went before what came later.
        let counts: Vec<_> = first.iter().map(|packet| count(packet)).collect();
        assert!(counts[0] > 2 && counts[1] == 1 && first[2][..] == [7; 5], "{counts:?}");
        itself.get().unwrap().close();
    }
}
