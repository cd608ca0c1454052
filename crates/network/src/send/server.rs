//! One `Server`: a thread that resolves its name, seals and sends, so that the daemon's threads never wait for it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use collectd::thread::Builder;
use collectd::{Complaint, Error, LogLevel, Result};
use collectd_net::{Endpoint, Link, ServerReason, Unsent};

use super::queue::{Packet, Pushed, Queue};
use crate::config::{self, Config};
use crate::counters::Outgoing;
use crate::receive::Shared;

/// How many packets are sealed side by side, and sent by one system call.
const BATCH: usize = 64;

/// The handle to the thread of a server.
pub(crate) struct Server {
    name: Arc<str>,
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    counters: Arc<Outgoing>,
    overflow: Complaint,
    /// How many packets are lost that nothing has been said of.
    untold: AtomicUsize,
    is_roomy: AtomicBool,
}

impl Server {
    /// Starts the thread; with it, how long plain packets may be.
    pub(crate) fn start(config: &Config, server: &config::Server, shared: &Arc<Shared>) -> Result<(Server, usize)> {
        let name: Arc<str> = server.to_string().into();
        let mut link = link(config, server)?;
        if !config.listens().is_empty() {
            let (index, shared) = (shared.own.add(), Arc::clone(shared));
            link = link.tell_opened(move |address| shared.own.set(index, address));
        }
        let room = link.room(config.packet_size_to(server));
        let queue = Arc::new(Queue::new(config.queue_limit()));
        let counters = Arc::<Outgoing>::default();
        let worker = Worker {
            name: Arc::clone(&name),
            link,
            queue: Arc::clone(&queue),
            counters: Arc::clone(&counters),
            sending: Complaint::new(),
            refusal: Complaint::new(),
        };
        let thread = Builder::new().name("rust_network").spawn(move || worker.run())?;
        let (thread, overflow) = (Mutex::new(Some(thread)), Complaint::new());
        let (untold, is_roomy) = (AtomicUsize::new(0), AtomicBool::new(true));
        Ok((Server { name, queue, thread, counters, overflow, untold, is_roomy }, room))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn counters(&self) -> &Outgoing {
        &self.counters
    }

    /// How many packets wait.
    pub(crate) fn queue_length(&self) -> usize {
        self.queue.len()
    }

    /// Hands a packet to the thread. Never waits, and says nothing: see [`tell`](Self::tell).
    pub(crate) fn send(&self, packet: Packet) {
        let Pushed { lost, is_roomy } = self.queue.push(packet);
        self.counters.lost.add(lost);
        self.untold.fetch_add(lost, Ordering::Relaxed);
        self.is_roomy.store(is_roomy, Ordering::Relaxed);
    }

    /// Says whether packets have been lost since the last time.
    pub(crate) fn tell(&self) {
        let lost = self.untold.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let text = format_args!("{self}: too many packets wait, {lost} of the oldest are lost");
            self.overflow.complain(LogLevel::Error, text);
        } else if self.is_roomy.load(Ordering::Relaxed) {
            self.overflow.release(format_args!("{self}: there is room for packets again"));
        }
    }

    /// Begins to end the thread: it sends what there is.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    /// Waits for the thread's end. A thread that the resolver holds is left behind: the process ends soon.
    pub(crate) fn join(&self, deadline: Instant) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        match self.queue.wait_done(deadline) {
            // The thread has nothing to return, and its panics are logged where they happen.
            Ok(()) => drop(thread.map(JoinHandle::join)),
            Err(left) => {
                let text = format_args!("{self}: cannot send any more, {left} packets and what is under way are lost");
                collectd::log_at(LogLevel::Warning, text);
            }
        }
    }
}

impl Drop for Server {
    /// Lets the thread end where nobody joins it: when the plugin could not be started.
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// What the options of the block make of it.
fn link(config: &Config, server: &config::Server) -> Result<Link> {
    let port = server.port().ok_or_else(|| Error::msg(format_args!("{server}: there is no such service")))?;
    let mut wish = collectd_net::Server::new(Endpoint::new(server.host(), port));
    wish = wish.sealed(server.sealer().map_err(|error| Error::msg(format_args!("{server}: {error}")))?);
    if let Some(ttl) = config.time_to_live() {
        wish = wish.ttl(ttl);
    }
    if let Some(interface) = server.interface() {
        wish = wish.interface(interface);
    }
    if let Some(address) = server.bind_address() {
        wish = wish.bind(address);
    }
    if let Some(interval) = server.resolve_interval() {
        wish = wish.resolve_interval(interval);
    }
    Ok(Link::new(wish)?)
}

/// The thread's side.
struct Worker {
    name: Arc<str>,
    link: Link,
    queue: Arc<Queue>,
    counters: Arc<Outgoing>,
    sending: Complaint,
    refusal: Complaint,
}

impl Worker {
    fn run(mut self) {
        let _done = Done(Arc::clone(&self.queue));
        while let Some(packets) = self.queue.take(BATCH) {
            let is_last = self.queue.is_closed();
            if is_last {
                self.link.end_rest();
            }
            let sent = self.link.send(&packets);
            // A resolver may have taken long enough for the daemon to end meanwhile: its log is not there any more.
            if self.queue.is_abandoned() {
                return;
            }
            self.count();
            match sent {
                Ok(()) => self.works(),
                Err(unsent) => {
                    let left = self.tell(&unsent, packets);
                    if !left.is_empty() && self.give_up_or_wait(&left, is_last) {
                        return;
                    }
                }
            }
        }
    }

    fn count(&self) {
        let statistics = self.link.statistics();
        self.counters.packets.set(statistics.packets);
        self.counters.octets.set(statistics.bytes);
        self.counters.refused.set(statistics.refused);
    }

    fn works(&self) {
        if let Some(peer) = self.link.peer() {
            self.sending.release(format_args!("{}: sending to {peer} again", self.name));
            self.refusal.release(format_args!("{}: {peer} listens again", self.name));
        }
    }

    /// Says what went wrong, and returns the packets that may still be sent.
    fn tell(&self, unsent: &Unsent, mut packets: Vec<Packet>) -> Vec<Packet> {
        self.counters.lost.add(unsent.unfit);
        match &unsent.reason {
            // Nothing is lost that would not be lost on the way too.
            ServerReason::Refused(_) => {
                self.refusal.complain(LogLevel::Warning, format_args!("{}: {}", self.name, unsent.reason));
            }
            // That was said already.
            ServerReason::Waiting(_) => {}
            reason => self.sending.complain(LogLevel::Error, format_args!("{}: {reason}", self.name)),
        }
        packets.split_off(packets.len() - unsent.left)
    }

    /// Keeps packets for another try after a rest. When the daemon stops there is none.
    fn give_up_or_wait(&mut self, left: &[Packet], is_last: bool) -> bool {
        let lost = self.queue.put_back(left);
        if lost > 0 {
            self.counters.lost.add(lost);
            let text = format_args!("{}: too many packets wait, {lost} are lost", self.name);
            self.sending.complain(LogLevel::Error, text);
        }
        if is_last {
            self.report_unsent();
            return true;
        }
        // Not at once, even if the link does not rest: the system may have no room.
        self.queue.pause(self.link.rest_left().max(Duration::from_millis(10)));
        false
    }

    fn report_unsent(&self) {
        let mut left = 0;
        while let Some(packets) = self.queue.take(usize::MAX) {
            left += packets.len();
        }
        self.counters.lost.add(left);
        collectd::log_at(LogLevel::Warning, format_args!("{}: {left} packets could not be sent", self.name));
    }
}

/// Says that the thread has ended, however it ended.
struct Done(Arc<Queue>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.set_done();
    }
}
