use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::wait::wait_until;

/// Collects the datagrams sent to a port of 127.0.0.1, in a thread of its own.
#[derive(Debug)]
pub struct UdpSink {
    addr: SocketAddr,
    packets: Arc<Mutex<Vec<Vec<u8>>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl UdpSink {
    /// Listens on a free port.
    ///
    /// # Panics
    ///
    /// When the socket cannot be made.
    #[must_use]
    pub fn bind() -> Self {
        Self::bind_port(0)
    }

    /// Listens on `port`; for a reader that appears after the sender.
    ///
    /// # Panics
    ///
    /// When the port is in use.
    #[must_use]
    pub fn bind_port(port: u16) -> Self {
        // Somebody's who has just gone may be there a moment longer, in a process that another thread is starting.
        let socket = wait_until("a free UDP port", Duration::from_secs(10), || {
            UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok()
        });
        let addr = socket.local_addr().expect("a bound socket has an address");
        // As much as the kernel gives; it says nothing when it gives less.
        let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(8 << 20);
        // How soon the thread notices that it should end.
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket takes a timeout");
        let (packets, end) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::spawn({
            let (packets, end) = (Arc::clone(&packets), Arc::clone(&end));
            move || collect(&socket, &packets, &end)
        });
        UdpSink { addr, packets, end, thread: Some(thread) }
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// What has arrived so far, in order.
    #[must_use]
    pub fn packets(&self) -> Vec<Vec<u8>> {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many packets have arrived so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until at least `count` packets are here, and returns all that are.
    ///
    /// # Panics
    ///
    /// When `limit` is over before.
    #[must_use]
    pub fn wait(&self, count: usize, limit: Duration) -> Vec<Vec<u8>> {
        wait_until(&format!("{count} packets at {}", self.addr), limit, || (self.count() >= count).then_some(()));
        self.packets()
    }
}

impl Drop for UdpSink {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn collect(socket: &UdpSocket, packets: &Mutex<Vec<Vec<u8>>>, end: &AtomicBool) {
    let mut buffer = vec![0; 65_536];
    while !end.load(Ordering::Relaxed) {
        if let Ok(len) = socket.recv(&mut buffer) {
            packets.lock().unwrap_or_else(PoisonError::into_inner).push(buffer[..len].to_vec());
        }
    }
}
