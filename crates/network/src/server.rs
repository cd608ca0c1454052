//! One `Server`: a thread that resolves its name and sends, so that the daemon's threads never wait for it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use collectd::{Complaint, LogLevel};
use collectd_udp::{SendError, SendOptions, Sender, resolve};

use crate::config;
use crate::queue::{Packet, Queue};

/// How many packets one system call takes.
const BATCH: usize = 64;
/// The pause after a failure: doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The handle to the thread of a server.
pub(crate) struct Server {
    name: Arc<str>,
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    overflow: Complaint,
}

impl Server {
    /// Starts the thread.
    pub(crate) fn start(server: &config::Server, options: SendOptions) -> std::io::Result<Server> {
        let name: Arc<str> = server.to_string().into();
        let queue = Arc::new(Queue::default());
        let worker = Worker {
            name: Arc::clone(&name),
            host: server.host().to_owned(),
            service: server.service().to_owned(),
            options,
            queue: Arc::clone(&queue),
            next_address: 0,
            pause: FIRST_PAUSE,
            connecting: Complaint::new(),
            sending: Complaint::new(),
            refusal: Complaint::new(),
        };
        let thread = thread::Builder::new().name("rust_network".to_owned()).spawn(move || worker.run())?;
        Ok(Server { name, queue, thread: Mutex::new(Some(thread)), overflow: Complaint::new() })
    }

    /// Hands a packet to the thread. Never waits.
    pub(crate) fn send(&self, packet: Packet) {
        match self.queue.push(packet) {
            0 => self.overflow.release(format_args!("{self}: there is room for packets again")),
            lost => {
                let text = format_args!("{self}: too many packets wait, {lost} of the oldest are lost");
                self.overflow.complain(LogLevel::Error, text);
            }
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

/// The thread's side.
struct Worker {
    name: Arc<str>,
    host: String,
    service: String,
    options: SendOptions,
    queue: Arc<Queue>,
    /// Which of the host's addresses to try next.
    next_address: usize,
    pause: Duration,
    connecting: Complaint,
    sending: Complaint,
    refusal: Complaint,
}

impl Worker {
    fn run(mut self) {
        let _done = Done(Arc::clone(&self.queue));
        let mut sender = None;
        while let Some(packets) = self.queue.take(BATCH) {
            let sent = match &mut sender {
                Some(sender) => self.send(sender, &packets),
                none => match self.connect() {
                    Some(connected) => self.send(none.insert(connected), &packets),
                    None => Outcome::Again(0),
                },
            };
            if let Outcome::Again(from) = sent {
                sender = None;
                if self.queue.is_abandoned() || self.give_up_or_wait(&packets[from..]) {
                    return;
                }
            }
        }
    }

    /// Resolves the name and opens a socket to one of its addresses.
    fn connect(&mut self) -> Option<Sender> {
        let address = self.resolve()?;
        match Sender::connect(address, &self.options) {
            Ok(sender) => {
                self.connecting.release(format_args!("{}: sending to {address}", self.name));
                Some(sender)
            }
            Err(error) => {
                self.connecting.complain(LogLevel::Error, format_args!("{}: {error}", self.name));
                None
            }
        }
    }

    fn resolve(&mut self) -> Option<SocketAddr> {
        let found = resolve(&self.host, &self.service);
        // That may have taken long enough for the daemon to end meanwhile: its log is not there any more.
        if self.queue.is_abandoned() {
            return None;
        }
        match found {
            Ok(addresses) if !addresses.is_empty() => {
                let address = addresses[self.next_address % addresses.len()];
                self.next_address = self.next_address.wrapping_add(1);
                Some(address)
            }
            Ok(_) => {
                self.connecting.complain(LogLevel::Error, format_args!("{}: the host has no address", self.name));
                None
            }
            Err(error) => {
                self.connecting.complain(LogLevel::Error, format_args!("{}: {error}", self.name));
                None
            }
        }
    }

    fn send(&mut self, sender: &mut Sender, packets: &[Packet]) -> Outcome {
        let mut from = 0;
        while from < packets.len() {
            match sender.send_batch(&packets[from..]) {
                Ok(sent) => {
                    self.note_refusal(sender.peer_addr(), sent.refused);
                    self.sending.release(format_args!("{}: sending works again", self.name));
                    self.pause = FIRST_PAUSE;
                    return Outcome::Sent;
                }
                Err(error) => {
                    self.sending.complain(LogLevel::Error, format_args!("{}: {error}", self.name));
                    from += error.sent;
                    if !is_about_the_packet(&error) {
                        return Outcome::Again(from);
                    }
                    from += 1;
                }
            }
        }
        Outcome::Sent
    }

    fn note_refusal(&self, peer: SocketAddr, refused: bool) {
        if refused {
            self.refusal.complain(LogLevel::Warning, format_args!("{}: nobody listens on {peer}", self.name));
        } else {
            self.refusal.release(format_args!("{}: {peer} listens again", self.name));
        }
    }

    /// Keeps unsent packets for another try after a pause. When the daemon stops there is none.
    fn give_up_or_wait(&mut self, unsent: &[Packet]) -> bool {
        let was_closed = self.queue.is_closed();
        let lost = self.queue.put_back(unsent);
        if lost > 0 {
            let text = format_args!("{}: too many packets wait, {lost} are lost", self.name);
            self.sending.complain(LogLevel::Error, text);
        }
        if was_closed {
            return self.report_unsent();
        }
        self.queue.pause(self.pause);
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        false
    }

    fn report_unsent(&self) -> bool {
        let mut left = 0;
        while let Some(packets) = self.queue.take(usize::MAX) {
            left += packets.len();
        }
        collectd::log_at(LogLevel::Warning, format_args!("{}: {left} packets could not be sent", self.name));
        true
    }
}

enum Outcome {
    Sent,
    /// From this packet on, with another socket.
    Again(usize),
}

/// Whether another packet may succeed where this one failed.
fn is_about_the_packet(error: &SendError) -> bool {
    // More than the protocol or the interface takes.
    error.error.raw_os_error() == Some(libc::EMSGSIZE)
}

/// Says that the thread has ended, however it ended.
struct Done(Arc<Queue>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.set_done();
    }
}
